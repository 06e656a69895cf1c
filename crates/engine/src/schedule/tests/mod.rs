//! The rules, without threads: single cases here, random steps in `random`.

mod random;

use super::*;
use crate::outcome::Cancelled;
use crate::schedule::Refused;
use crate::stats::Stats;
use std::time::Duration;

fn at(nanoseconds: u64) -> Timestamp {
    Timestamp::from(nanoseconds)
}

fn submit(schedule: &mut Schedule<()>, number: u32) -> Result<(), Refused> {
    let admitted = schedule.submit(number, (), at(0));
    admitted.map_err(|(refused, ())| refused)
}

fn submit_with(schedule: &mut Schedule<()>, number: u32, options: TaskOptions) {
    assert_eq!(schedule.submit_with(number, (), options, at(0)), Ok(()));
}

/// The number of the task that the worker in `seat` dequeues.
fn take(schedule: &mut Schedule<()>, seat: usize) -> Option<u32> {
    match schedule.take(seat, || at(0)) {
        Decision::Run(job) => Some(job.number),
        Decision::Sleep | Decision::End => None,
    }
}

fn finish(schedule: &mut Schedule<()>, seat: usize) -> Verdict {
    schedule.finish(seat, RunEnd::Completed, at(0))
}

fn cancel(schedule: &mut Schedule<()>, number: u32) -> Cancelled {
    schedule.cancel(number).0
}

fn stats(schedule: &Schedule<()>, now: Timestamp) -> Stats {
    schedule.snapshot(now).stats()
}

fn nanoseconds(span: u64) -> Duration {
    Duration::from_nanos(span)
}

#[test]
fn a_task_submitted_to_a_free_worker_counts_as_running_at_once() {
    let mut schedule = Schedule::new(2, 0);
    assert_eq!(submit(&mut schedule, 0), Ok(()));
    assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
    assert_eq!(submit(&mut schedule, 1), Ok(()));
    assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
    assert_eq!(submit(&mut schedule, 2), Err(Refused::Full));
}

/// Two workers, each with a running task and two reserved ones.
fn two_with_tasks_ahead() -> Schedule<()> {
    let mut schedule = Schedule::new(2, 6);
    for number in 0..8 {
        assert_eq!(submit(&mut schedule, number), Ok(()));
    }
    for seat in 0..2 {
        assert!(take(&mut schedule, seat).is_some());
    }
    let ahead = [0, 1, 0, 1].map(|seat| schedule.take_ahead(seat));
    assert_eq!(ahead, [Some(2), Some(3), Some(4), Some(5)]);
    assert_eq!(
        schedule.take_ahead(0),
        None,
        "the queue keeps one task per worker"
    );
    schedule
}

#[test]
fn a_task_reserved_for_a_worker_counts_as_queued_and_runs_next() {
    let mut schedule = two_with_tasks_ahead();
    assert_eq!(schedule.load(), Load { idle: 0, queued: 6 });
    assert_eq!(submit(&mut schedule, 8), Err(Refused::Full));
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(schedule.seat_of(2), Some(0));
    assert_eq!(schedule.load(), Load { idle: 0, queued: 5 });
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(schedule.seat_of(4), Some(0));
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(take(&mut schedule, 0), Some(6), "the next in the queue");
    let stats = stats(&schedule, at(0));
    assert_eq!((stats.completed, stats.running, stats.queued), (3, 2, 3));
}

#[test]
fn recalled_tasks_are_next() {
    let mut schedule = two_with_tasks_ahead();
    schedule.recall(0, 1);
    schedule.recall(1, 2);
    schedule.recall(1, 7);
    assert_eq!(schedule.load(), Load { idle: 0, queued: 6 });
    for next in [3, 5, 4, 6] {
        assert_eq!(finish(&mut schedule, 1), Verdict::Counts);
        assert_eq!(take(&mut schedule, 1), Some(next));
    }
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(schedule.seat_of(2), Some(0), "it was not recalled");
    schedule.put_back(0, ());
    assert_eq!(take(&mut schedule, 0), Some(2), "it is next again");
}

#[test]
fn only_plain_tasks_are_reserved() {
    let mut schedule = Schedule::new(1, usize::MAX);
    assert_eq!(schedule.take_ahead(0), None, "no task");
    assert_eq!(submit(&mut schedule, 0), Ok(()));
    assert_eq!(
        schedule.take_ahead(0),
        None,
        "a starting task is not reserved"
    );
    assert_eq!(take(&mut schedule, 0), Some(0));
    for number in 1..4 {
        assert_eq!(submit(&mut schedule, number), Ok(()));
    }
    assert_eq!(schedule.take_ahead(0), Some(1));
    submit_with(&mut schedule, 4, TaskOptions::default());
    assert_eq!(schedule.take_ahead(0), None, "4 may be cancelled");
    schedule.recall(0, 1);
    let order = [(); 4].map(|()| {
        assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
        take(&mut schedule, 0)
    });
    assert_eq!(order, [Some(1), Some(2), Some(3), Some(4)]);
}

#[test]
fn reserved_tasks_are_given_up_too() {
    let mut schedule = two_with_tasks_ahead();
    let (running, waiting) = schedule.give_up();
    assert_eq!(running, [0, 1]);
    let mut waiting: Vec<u32> = waiting.iter().map(|task| task.number).collect();
    waiting.sort_unstable();
    assert_eq!(waiting, [2, 3, 4, 5, 6, 7]);
    assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
    assert_eq!(finish(&mut schedule, 0), Verdict::Settled);
    assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
}

#[test]
fn a_starting_task_that_exceeds_its_queue_limit_is_removed() {
    let mut schedule = Schedule::new(2, usize::MAX);
    let within = |span| TaskOptions {
        queue_timeout: Some(nanoseconds(span)),
        ..TaskOptions::default()
    };
    submit_with(&mut schedule, 0, within(20));
    submit_with(&mut schedule, 1, within(10));
    submit_with(&mut schedule, 2, within(30));
    assert_eq!(schedule.first_start_limit(), Some(at(10)));
    assert_eq!(schedule.expire_starting(at(9)), None);
    let late = schedule.expire_starting(at(15)).map(|task| task.number);
    assert_eq!(late, Some(1));
    assert_eq!(schedule.expire_starting(at(15)), None);
    assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
    assert_eq!(take(&mut schedule, 0), Some(0));
    assert_eq!(
        schedule.first_start_limit(),
        Some(at(30)),
        "2 is starting now"
    );
    let late = schedule.expire_starting(at(30)).map(|task| task.number);
    assert_eq!(late, Some(2));
    assert_eq!(stats(&schedule, at(30)).timed_out, 2);
}

#[test]
fn the_queue_holds_max_queue_tasks_beside_the_running_ones() {
    let mut schedule = Schedule::new(1, 2);
    for number in 0..3 {
        assert_eq!(submit(&mut schedule, number), Ok(()));
    }
    assert_eq!(submit(&mut schedule, 3), Err(Refused::Full));
    assert_eq!(schedule.load(), Load { idle: 0, queued: 2 });
    assert_eq!(take(&mut schedule, 0), Some(0));
    let refused = submit(&mut schedule, 3);
    assert_eq!(
        refused,
        Err(Refused::Full),
        "the task counted as running before"
    );
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(schedule.load(), Load { idle: 0, queued: 1 });
    assert_eq!(submit(&mut schedule, 3), Ok(()));
}

#[test]
fn a_closed_schedule_runs_waiting_tasks_and_then_ends_its_workers() {
    let mut schedule = Schedule::new(1, usize::MAX);
    assert_eq!(schedule.take(0, || at(0)), Decision::Sleep);
    assert_eq!(submit(&mut schedule, 0), Ok(()));
    schedule.close();
    assert_eq!(submit(&mut schedule, 1), Err(Refused::Closed));
    assert_eq!(take(&mut schedule, 0), Some(0));
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    assert_eq!(schedule.take(0, || at(0)), Decision::End);
}

#[test]
fn give_up_settles_waiting_and_running_tasks() {
    let mut schedule = Schedule::new(2, usize::MAX);
    for number in 0..4 {
        assert_eq!(submit(&mut schedule, number), Ok(()));
    }
    assert_eq!(take(&mut schedule, 0), Some(0));
    let (running, waiting) = schedule.give_up();
    assert_eq!(running, [0]);
    assert!(waiting.iter().map(|task| task.number).eq([1, 2, 3]));
    assert!(schedule.token(0).is_cancelled());
    assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
    let now = stats(&schedule, at(0));
    assert_eq!((now.aborted, now.running, now.stopping), (4, 0, 1));
    assert_eq!(cancel(&mut schedule, 0), Cancelled::Gone);
    assert_eq!(finish(&mut schedule, 0), Verdict::Settled);
    assert_eq!(schedule.take(1, || at(0)), Decision::End);
}

#[test]
fn priorities_order_queued_tasks_but_not_starting_ones() {
    let mut schedule = Schedule::new(1, usize::MAX);
    let urgent = TaskOptions {
        priority: 1,
        ..TaskOptions::default()
    };
    assert_eq!(submit(&mut schedule, 0), Ok(()));
    assert_eq!(submit(&mut schedule, 1), Ok(()));
    submit_with(&mut schedule, 2, urgent);
    let mut order = Vec::new();
    while let Some(number) = take(&mut schedule, 0) {
        order.push(number);
        assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
    }
    assert_eq!(order, [0, 2, 1]);
}

#[test]
fn a_task_is_cancelled_in_any_state_and_makes_room() {
    let mut schedule = Schedule::new(2, 1);
    for number in 0..3 {
        submit_with(&mut schedule, number, TaskOptions::default());
    }
    assert_eq!(take(&mut schedule, 0), Some(0));
    assert_eq!(cancel(&mut schedule, 1), Cancelled::Removed);
    assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
    assert_eq!(
        take(&mut schedule, 1),
        Some(2),
        "the queued task is starting now"
    );
    assert_eq!(cancel(&mut schedule, 0), Cancelled::Stopping);
    assert!(schedule.token(0).is_cancelled());
    assert!(!schedule.token(1).is_cancelled());
    assert_eq!(cancel(&mut schedule, 0), Cancelled::Gone);
    assert_eq!(submit(&mut schedule, 3), Ok(()));
    assert_eq!(schedule.load(), Load { idle: 0, queued: 1 });
    assert_eq!(finish(&mut schedule, 0), Verdict::Settled);
    assert_eq!(take(&mut schedule, 0), Some(3));
    assert!(
        !schedule.token(0).is_cancelled(),
        "the next task is not cancelled"
    );
    assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
}

#[test]
fn a_task_that_ends_after_its_deadline_has_timed_out() {
    let mut schedule = Schedule::new(1, 0);
    let options = TaskOptions {
        timeout: Some(nanoseconds(10)),
        ..TaskOptions::default()
    };
    for (end, verdict) in [(109, Verdict::Counts), (110, Verdict::TimedOut)] {
        assert_eq!(schedule.submit_with(0, (), options, at(50)), Ok(()));
        let Decision::Run(job) = schedule.take(0, || at(100)) else {
            panic!("a task is waiting");
        };
        assert_eq!(
            job.deadline,
            Some(at(110)),
            "the timeout counts from the start"
        );
        assert_eq!(schedule.finish(0, RunEnd::Completed, at(end)), verdict);
    }
}

#[test]
fn a_queued_task_that_exceeds_its_queue_limit_is_removed() {
    let mut schedule = Schedule::new(1, usize::MAX);
    let options = TaskOptions {
        queue_timeout: Some(nanoseconds(10)),
        ..TaskOptions::default()
    };
    // Task 0 is starting, so only task 1 is queued.
    submit_with(&mut schedule, 0, options);
    submit_with(&mut schedule, 1, options);
    assert_eq!(schedule.first_limit(), Some(at(10)));
    assert_eq!(schedule.expire(at(9)), None);
    let late = schedule.expire(at(10)).map(|task| task.number);
    assert_eq!(late, Some(1));
    assert_eq!(schedule.expire(at(99)), None);
    assert_eq!(take(&mut schedule, 0), Some(0));
}

#[test]
fn late_running_tasks_are_settled_in_order_of_their_deadlines() {
    let mut schedule = Schedule::new(3, 0);
    for (seat, span) in [(0, 30), (1, 10), (2, 20)] {
        let options = TaskOptions {
            timeout: Some(nanoseconds(span)),
            ..TaskOptions::default()
        };
        submit_with(&mut schedule, 7, options);
        assert_eq!(take(&mut schedule, seat), Some(7));
    }
    assert_eq!(schedule.first_deadline(), Some(at(10)));
    assert_eq!(schedule.stop_late(at(9)), None);
    assert_eq!(schedule.stop_late(at(25)), Some((1, 7)));
    assert_eq!(schedule.stop_late(at(25)), Some((2, 7)));
    assert_eq!(schedule.stop_late(at(25)), None);
    assert!(schedule.token(1).is_cancelled());
    assert_eq!(
        schedule.finish(0, RunEnd::Completed, at(29)),
        Verdict::Counts
    );
    assert_eq!(schedule.first_deadline(), None, "it ended in time");
    let stats = stats(&schedule, at(29));
    assert_eq!((stats.timed_out, stats.running), (2, 0));
    assert_eq!((stats.stopping, stats.idle), (2, 1));
}

#[test]
fn a_panic_after_the_task_is_settled_counts_only_as_a_crash() {
    let mut schedule = Schedule::new(1, 0);
    assert_eq!(submit(&mut schedule, 0), Ok(()));
    assert_eq!(take(&mut schedule, 0), Some(0));
    assert_eq!(cancel(&mut schedule, 0), Cancelled::Stopping);
    let verdict = schedule.finish(0, RunEnd::Crashed, at(5));
    assert_eq!(verdict, Verdict::Settled);
    let stats = stats(&schedule, at(5));
    assert_eq!((stats.crashes, stats.failed, stats.aborted), (1, 0, 1));
    assert_eq!(stats.run_time.max, nanoseconds(5));
}

#[test]
fn starting_tasks_of_absent_seats_are_queued_with_their_options() {
    let mut schedule = Schedule::new(3, 1);
    let options = |priority| TaskOptions {
        priority,
        queue_timeout: Some(nanoseconds(10)),
        ..TaskOptions::default()
    };
    for (number, priority) in [(0, 0), (1, -1), (2, 0), (3, 1)] {
        submit_with(&mut schedule, number, options(priority));
    }
    schedule.set_absent(2);
    let now = stats(&schedule, at(0));
    assert_eq!((now.idle, now.running, now.queued), (0, 1, 3));
    assert_eq!(submit(&mut schedule, 4), Err(Refused::Full));
    assert_eq!(schedule.first_limit(), Some(at(10)));
    let order = [(); 2].map(|()| {
        let number = take(&mut schedule, 0);
        assert_eq!(finish(&mut schedule, 0), Verdict::Counts);
        number
    });
    assert_eq!(order, [Some(0), Some(3)]);
    schedule.set_absent(0);
    assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
    assert_eq!(take(&mut schedule, 2), Some(2));
    assert_eq!(take(&mut schedule, 1), Some(1));
}

#[test]
fn times_and_utilization_count_only_started_tasks() {
    let mut schedule = Schedule::new(2, usize::MAX);
    let running = |schedule: &mut Schedule<()>, seat, started| {
        assert_eq!(schedule.submit(0, (), at(100)), Ok(()));
        assert!(matches!(schedule.take(seat, || started), Decision::Run(_)));
    };
    running(&mut schedule, 0, at(150));
    running(&mut schedule, 1, at(200));
    assert_eq!(
        schedule.finish(0, RunEnd::Completed, at(350)),
        Verdict::Counts
    );
    let stats = stats(&schedule, at(400));
    assert_eq!(stats.wait_time.mean, Duration::from_nanos(75));
    assert_eq!(stats.wait_time.max, Duration::from_nanos(100));
    assert_eq!(stats.run_time.max, Duration::from_nanos(200));
    // Each of two workers has spent 200 of 400 on tasks.
    assert!((stats.utilization - 0.5).abs() < 1e-9, "{stats:?}");
}

/// The nanoseconds of 1,024 workers exceed 64 bits after 208 days.
#[test]
fn times_and_utilization_do_not_overflow_after_years() {
    const SIZE: usize = 1_024;
    const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;
    for days in [208, 209, 365, 20_000] {
        let mut schedule = Schedule::new(SIZE, 0);
        for seat in 0..SIZE {
            assert_eq!(schedule.submit(0, (), at(0)), Ok(()));
            assert!(matches!(schedule.take(seat, || at(0)), Decision::Run(_)));
        }
        let (now, half) = (at(days * DAY), at(days * DAY / 2));
        assert_eq!(
            stats(&schedule, now).utilization.to_bits(),
            1.0_f64.to_bits()
        );
        for seat in 0..SIZE {
            assert_eq!(
                schedule.finish(seat, RunEnd::Completed, half),
                Verdict::Counts
            );
        }
        let Stats {
            utilization,
            run_time,
            ..
        } = stats(&schedule, now);
        assert!(
            (utilization - 0.5).abs() < 1e-9,
            "{days} days: {utilization}"
        );
        assert_eq!(run_time.mean, nanoseconds(days * DAY / 2));
    }
}
/// A schedule of one busy worker whose inputs are their own size.
fn busy_with_byte_limit(max_bytes: usize) -> Schedule<usize> {
    let mut schedule = Schedule::new(1, usize::MAX);
    schedule.limit_bytes(max_bytes, |&size| size);
    assert_eq!(schedule.submit(0, 1_000, at(0)), Ok(()));
    schedule
}

#[test]
fn inputs_of_waiting_tasks_are_limited_in_bytes() {
    let mut schedule = busy_with_byte_limit(100);
    assert_eq!(
        schedule.queued_bytes().bytes,
        0,
        "a running task counts nothing"
    );
    assert_eq!(schedule.submit(1, 60, at(0)), Ok(()));
    assert_eq!(schedule.submit(2, 41, at(0)), Err((Refused::Full, 41)));
    assert_eq!(schedule.submit(3, 40, at(0)), Ok(()));
    assert_eq!(schedule.queued_bytes().bytes, 100);
    assert_eq!(schedule.submit(4, 1, at(0)), Err((Refused::Full, 1)));
    assert_eq!(schedule.submit(5, 0, at(0)), Ok(()));
    assert_eq!(schedule.cancel(1).0, Cancelled::Gone, "a plain task stays");
    assert!(matches!(schedule.take(0, || at(0)), Decision::Run(job) if job.number == 0));
    let _ = schedule.finish(0, RunEnd::Completed, at(0));
    assert_eq!(schedule.queued_bytes().bytes, 40);
}

#[test]
fn an_input_above_the_byte_limit_waits_alone() {
    let mut schedule = busy_with_byte_limit(100);
    assert_eq!(schedule.submit(1, 500, at(0)), Ok(()));
    assert_eq!(schedule.submit(2, 1, at(0)), Err((Refused::Full, 1)));
}

#[test]
fn there_is_room_when_the_input_that_was_refused_last_fits() {
    let mut schedule = busy_with_byte_limit(100);
    let options = TaskOptions::default();
    assert!(schedule.queued_bytes().has_room);
    assert_eq!(schedule.submit_with(1, 50, options, at(0)), Ok(()));
    assert_eq!(schedule.submit_with(2, 30, options, at(0)), Ok(()));
    assert!(schedule.queued_bytes().has_room);
    assert_eq!(schedule.submit(3, 60, at(0)), Err((Refused::Full, 60)));
    assert!(!schedule.queued_bytes().has_room);
    assert_eq!(schedule.cancel(2).0, Cancelled::Removed);
    assert!(!schedule.queued_bytes().has_room, "50 and 60 are too much");
    assert_eq!(schedule.cancel(1).0, Cancelled::Removed);
    assert_eq!(
        schedule.queued_bytes(),
        QueuedBytes {
            bytes: 0,
            has_room: true
        }
    );
}
