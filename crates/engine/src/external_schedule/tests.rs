//! The external schedule with a real clock.

use super::*;

fn timeout(milliseconds: u64) -> TaskOptions {
    TaskOptions {
        timeout: Some(Duration::from_millis(milliseconds)),
        ..TaskOptions::default()
    }
}

#[test]
fn tasks_are_dequeued_in_order_and_counted_as_reported() {
    let mut schedule = ExternalSchedule::new(2, usize::MAX);
    for task in 0..4 {
        assert_eq!(schedule.submit(task), Ok(()));
    }
    assert_eq!((schedule.take(1), schedule.take(0)), (Some(0), Some(1)));
    assert_eq!(schedule.seat_of(0), Some(1));
    assert_eq!(schedule.waiting(), 2);
    assert_eq!(schedule.finish(1, RunEnd::Completed, None), Verdict::Counts);
    assert_eq!(schedule.take(1), Some(2));
    assert_eq!(schedule.finish(0, RunEnd::Crashed, None), Verdict::Counts);
    let stats = schedule.stats();
    assert_eq!((stats.completed, stats.failed, stats.crashes), (1, 1, 1));
    assert_eq!((stats.running, stats.queued), (2, 0));
}

#[test]
fn a_task_that_is_put_back_is_next() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    assert_eq!(schedule.submit_with(0, timeout(0)), Ok(()));
    assert_eq!(schedule.submit(1), Ok(()));
    assert_eq!(schedule.take(0), Some(0));
    schedule.put_back(0);
    assert_eq!(schedule.seat_of(0), None);
    assert_eq!(schedule.load().queued, 1);
    assert_eq!(schedule.take(0), Some(0));
    assert_eq!(schedule.stop_late(), Some(0), "its timeout still applies");
    assert_eq!(schedule.finish(0, RunEnd::Failed, None), Verdict::Settled);
    assert_eq!(schedule.take(0), Some(1));
}

#[test]
fn a_task_that_is_put_back_keeps_its_queue_timeout() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    let options = TaskOptions {
        queue_timeout: Some(Duration::from_millis(1)),
        ..TaskOptions::default()
    };
    assert_eq!(schedule.submit_with(0, options), Ok(()));
    assert_eq!(schedule.take(0), Some(0));
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(schedule.expire(), None, "a running task has no queue limit");
    schedule.put_back(0);
    assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
    assert_eq!(schedule.expire(), Some(0));
    assert_eq!(schedule.stats().timed_out, 1);
}

#[test]
fn an_assigned_task_runs_from_when_its_worker_begins_it() {
    let mut schedule = ExternalSchedule::new(1, 0);
    assert_eq!(schedule.submit_with(0, timeout(5)), Ok(()));
    assert_eq!(schedule.assign(0), Some(0));
    assert_eq!((schedule.assign(0), schedule.take(0)), (None, None));
    assert_eq!(
        schedule.submit(1),
        Err(Refused::Full),
        "the assigned task counts as running"
    );
    assert_eq!(
        (schedule.seat_of(0), schedule.stats().running),
        (Some(0), 1)
    );
    std::thread::sleep(Duration::from_millis(10));
    assert_eq!(schedule.stop_late(), None);
    assert_eq!(schedule.first_limit(), None);
    schedule.begin(0, Duration::from_millis(1));
    assert!(schedule.first_limit() <= Some(Duration::from_millis(4)));
    let took = Some(Duration::from_millis(1));
    assert_eq!(schedule.finish(0, RunEnd::Completed, took), Verdict::Counts);
    let stats = schedule.stats();
    assert!(stats.wait_time.max >= Duration::from_millis(9), "{stats:?}");
    assert!(stats.run_time.max <= Duration::from_millis(1), "{stats:?}");
}

#[test]
fn a_task_begins_no_earlier_than_it_was_assigned() {
    let mut schedule = ExternalSchedule::new(1, 0);
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(schedule.submit_with(0, timeout(60_000)), Ok(()));
    assert_eq!(schedule.assign(0), Some(0));
    schedule.begin(0, Duration::MAX);
    assert!(schedule.first_limit() > Some(Duration::from_secs(50)));
}

#[test]
fn an_assigned_task_keeps_its_queue_timeout() {
    let mut schedule = ExternalSchedule::new(2, usize::MAX);
    let options = TaskOptions {
        queue_timeout: Some(Duration::from_millis(1)),
        ..TaskOptions::default()
    };
    for task in 0..2 {
        assert_eq!(schedule.submit_with(task, options), Ok(()));
        assert_eq!(schedule.assign(task as usize), Some(task));
    }
    assert_eq!(schedule.submit(2), Ok(()));
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(schedule.expire(), None);
    assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
    assert_eq!(schedule.late_assigned(), Some(0));
    schedule.begin(0, Duration::ZERO);
    assert_eq!(schedule.late_assigned(), Some(1));
    schedule.put_back(1);
    assert_eq!(
        (schedule.late_assigned(), schedule.expire()),
        (None, Some(1))
    );
    assert_eq!(schedule.take(1), Some(2), "the seat is free again");
    let stats = schedule.stats();
    assert_eq!((stats.timed_out, stats.running, stats.queued), (1, 2, 0));
}

#[test]
fn an_assigned_task_is_cancelled_and_given_up_like_a_running_one() {
    let mut schedule = ExternalSchedule::new(2, usize::MAX);
    for task in 0..2 {
        assert_eq!(schedule.submit(task), Ok(()));
        assert_eq!(schedule.assign(task as usize), Some(task));
    }
    assert_eq!(schedule.cancel(0), Cancelled::Stopping);
    assert_eq!(schedule.give_up(), [1]);
    let stats = schedule.stats();
    assert_eq!((stats.aborted, stats.stopping, stats.idle), (2, 2, 0));
    for seat in 0..2 {
        let verdict = schedule.finish(seat, RunEnd::Failed, None);
        assert_eq!(verdict, Verdict::Settled);
    }
    assert_eq!(schedule.stats().idle, 2);
}

#[test]
fn fail_waiting_fails_all_waiting_tasks() {
    let mut schedule = ExternalSchedule::new(3, usize::MAX);
    for task in 0..4 {
        assert_eq!(schedule.submit_with(task, timeout(1)), Ok(()));
    }
    assert_eq!(schedule.take(0), Some(0));
    schedule.set_absent(2);
    let stats = schedule.stats();
    assert_eq!((stats.idle, stats.running, stats.queued), (0, 1, 3));
    assert_eq!(schedule.fail_waiting(), [1, 2, 3]);
    assert_eq!(schedule.stats().failed, 3);
    schedule.set_absent(0);
    assert_eq!(schedule.stats().idle, 2);
}

#[test]
fn a_task_that_exceeds_its_timeout_is_stopped_once() {
    let mut schedule = ExternalSchedule::new(2, usize::MAX);
    assert_eq!(schedule.submit_with(7, timeout(0)), Ok(()));
    assert_eq!(schedule.submit_with(8, timeout(1_000_000)), Ok(()));
    assert_eq!((schedule.take(0), schedule.take(1)), (Some(7), Some(8)));
    assert_eq!(schedule.first_limit(), Some(Duration::ZERO));
    assert_eq!(schedule.stop_late(), Some(0));
    assert_eq!(schedule.stop_late(), None);
    assert!(schedule.first_limit() > Some(Duration::from_secs(900)));
    assert_eq!(schedule.stats().timed_out, 1, "counted at once");
    let verdict = schedule.finish(0, RunEnd::Completed, None);
    assert_eq!(verdict, Verdict::Settled);
    assert_eq!(schedule.stats().timed_out, 1);
}

#[test]
fn a_worker_is_stopping_until_it_ends_its_settled_task() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    assert_eq!(schedule.submit(0), Ok(()));
    assert_eq!(schedule.take(0), Some(0));
    assert_eq!(schedule.cancel(0), Cancelled::Stopping);
    assert_eq!(schedule.cancel(0), Cancelled::Gone);
    assert_eq!(schedule.submit(0), Ok(()), "the number may be used again");
    let stats = schedule.stats();
    assert_eq!((stats.idle, stats.running, stats.stopping), (0, 0, 1));
    assert_eq!((stats.aborted, stats.queued), (1, 1));
    assert_eq!((schedule.seat_of(0), schedule.take(0)), (None, None));
    let verdict = schedule.finish(0, RunEnd::Completed, None);
    assert_eq!(verdict, Verdict::Settled);
    assert_eq!(schedule.take(0), Some(0));
    assert_eq!(schedule.finish(0, RunEnd::Completed, None), Verdict::Counts);
    let stats = schedule.stats();
    assert_eq!((stats.idle, stats.running, stats.stopping), (1, 0, 0));
    assert_eq!((stats.aborted, stats.completed), (1, 1));
}

#[test]
fn the_run_time_that_a_worker_reports_decides() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    assert_eq!(schedule.submit_with(0, timeout(5)), Ok(()));
    assert_eq!(schedule.take(0), Some(0));
    std::thread::sleep(Duration::from_millis(10));
    // The task ended in time; only the message was late.
    let took = Duration::from_millis(2);
    assert_eq!(
        schedule.finish(0, RunEnd::Completed, Some(took)),
        Verdict::Counts
    );
    assert_eq!(schedule.stats().run_time.max, took);
}

#[test]
fn an_assigned_task_that_cannot_be_put_back_expires_in_its_seat() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    let options = TaskOptions {
        queue_timeout: Some(Duration::ZERO),
        ..TaskOptions::default()
    };
    assert_eq!(schedule.submit_with(0, options), Ok(()));
    assert_eq!(schedule.assign(0), Some(0));
    assert_eq!(schedule.late_assigned(), Some(0));
    schedule.expire_assigned(0);
    assert_eq!(
        (schedule.late_assigned(), schedule.seat_of(0)),
        (None, None)
    );
    let stats = schedule.stats();
    assert_eq!((stats.timed_out, stats.stopping, stats.idle), (1, 1, 0));
    let verdict = schedule.finish(0, RunEnd::Failed, None);
    assert_eq!(verdict, Verdict::Settled);
    let stats = schedule.stats();
    assert_eq!((stats.failed, stats.stopping, stats.idle), (0, 0, 1));
}

#[test]
fn give_up_settles_waiting_and_running_tasks() {
    let mut schedule = ExternalSchedule::new(1, usize::MAX);
    for task in 0..3 {
        assert_eq!(schedule.submit(task), Ok(()));
    }
    assert_eq!(schedule.take(0), Some(0));
    assert_eq!(schedule.give_up(), [0, 1, 2]);
    assert_eq!(schedule.submit(3), Err(Refused::Closed));
    assert_eq!(schedule.stats().stopping, 1);
    let verdict = schedule.finish(0, RunEnd::Completed, None);
    assert_eq!(verdict, Verdict::Settled);
    assert_eq!(schedule.take(0), None);
    schedule.died();
    schedule.end();
    let stats = schedule.stats();
    assert_eq!((stats.aborted, stats.refused, stats.crashes), (3, 1, 1));
}
