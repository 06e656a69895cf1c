//! Invariants of the schedule after every step of random runs.

use super::{Schedule, Seat, at, stats};
use crate::schedule::{RunEnd, TaskOptions};
use proptest::prelude::*;
use std::time::Duration;

/// The first size.
const SIZE: usize = 3;
const MAX_SIZE: usize = 5;

#[derive(Debug, Clone)]
enum Step {
    Submit,
    SubmitWith(TaskOptions),
    Take(usize),
    Finish(usize, RunEnd),
    TakeAhead(usize),
    Recall(usize, usize),
    PutBack(usize),
    Assign(usize),
    Begin(usize),
    FailWaiting,
    Cancel(u32),
    Absent(usize),
    Resize(usize),
    Expire,
    Close,
    GiveUp,
}

fn step() -> impl Strategy<Value = Step> {
    let span = || prop::option::of((0..30_u64).prop_map(Duration::from_nanos));
    let options =
        (-1..2_i64, span(), span()).prop_map(|(priority, timeout, queue_timeout)| TaskOptions {
            priority,
            timeout,
            queue_timeout,
        });
    let ran = prop::sample::select(vec![RunEnd::Completed, RunEnd::Failed, RunEnd::Crashed]);
    prop_oneof![
        40 => Just(Step::Submit),
        40 => options.prop_map(Step::SubmitWith),
        40 => (0..MAX_SIZE).prop_map(Step::Take),
        40 => (0..MAX_SIZE, ran).prop_map(|(seat, ran)| Step::Finish(seat, ran)),
        20 => (0..MAX_SIZE).prop_map(Step::TakeAhead),
        5 => (0..MAX_SIZE, 0..MAX_SIZE).prop_map(|(seat, count)| Step::Recall(seat, count)),
        5 => (0..MAX_SIZE).prop_map(Step::PutBack),
        20 => (0..MAX_SIZE).prop_map(Step::Assign),
        20 => (0..MAX_SIZE).prop_map(Step::Begin),
        1 => Just(Step::FailWaiting),
        30 => (0..100_u32).prop_map(Step::Cancel),
        10 => (0..MAX_SIZE).prop_map(Step::Absent),
        10 => (1..=MAX_SIZE).prop_map(Step::Resize),
        10 => Just(Step::Expire),
        1 => Just(Step::Close),
        1 => Just(Step::GiveUp),
    ]
}

fn is_busy(seat: &Seat<()>) -> bool {
    seat.running.is_some() || seat.stopping.is_some() || seat.assigned.is_some()
}

proptest! {
    /// Also, no task is queued while a worker is free, unless it is reserved for another.
    #[test]
    fn the_sum_rule_holds_after_every_step(
        max_queue in 0..6_usize,
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut schedule = Schedule::new(SIZE, max_queue);
        schedule.resize(MAX_SIZE, at(0)); // makes all seats
        schedule.resize(SIZE, at(0));
        for (time, step) in (0_u64..).zip(steps) {
            let number = u32::try_from(time).unwrap();
            let now = at(time);
            match step {
                Step::Submit => drop(schedule.submit(number, (), now)),
                Step::SubmitWith(options) => drop(schedule.submit_with(number, (), options, now)),
                Step::Take(seat) => {
                    if !is_busy(&schedule.seats[seat]) {
                        let _ = schedule.take(seat, || now);
                    }
                }
                Step::Finish(seat, ran) => {
                    let _ = schedule.begin(seat, now);
                    let _ = schedule.finish(seat, ran, now);
                }
                Step::TakeAhead(seat) => drop(schedule.take_ahead(seat)),
                Step::Recall(seat, count) => schedule.recall(seat, count),
                Step::PutBack(seat) => {
                    schedule.recall(seat, usize::MAX);
                    schedule.put_back(seat, ());
                }
                Step::Assign(seat) => {
                    if !is_busy(&schedule.seats[seat]) {
                        let _ = schedule.assign(seat, now);
                    }
                }
                Step::Begin(seat) => drop(schedule.begin(seat, now)),
                Step::FailWaiting => drop(schedule.fail_waiting()),
                Step::Cancel(number) => drop(schedule.cancel(number)),
                Step::Absent(count) => {
                    let busy = schedule.seats.iter().filter(|seat| is_busy(seat)).count();
                    schedule.set_absent(count.min(schedule.size.saturating_sub(busy)));
                }
                Step::Expire => {
                    while schedule.expire(now).is_some() {}
                    while schedule.expire_starting(now).is_some() {}
                    while schedule.stop_late(now).is_some() {}
                }
                Step::Resize(size) => {
                    schedule.resize(size, now);
                    let busy = schedule.occupied;
                    schedule.set_absent(schedule.absent.min(size.saturating_sub(busy)));
                }
                Step::Close => drop(schedule.close()),
                Step::GiveUp => drop(schedule.give_up()),
            }
            let stats = stats(&schedule, now);
            let ended = stats.completed + stats.failed + stats.aborted + stats.timed_out;
            prop_assert_eq!(stats.submitted, ended + (stats.queued + stats.running) as u64);
            prop_assert!(schedule.queue.len() == 0 || stats.idle == 0);
            let ahead = schedule.seats.iter().map(|seat| seat.ahead.len());
            prop_assert_eq!(ahead.sum::<usize>(), schedule.ahead);
            // Starting tasks of absent seats, and of those that a smaller size lacks, are queued beyond the limit.
            prop_assert!(stats.queued <= max_queue + MAX_SIZE);
            let busy = schedule.seats.iter().filter(|seat| is_busy(seat));
            prop_assert_eq!(busy.count(), schedule.occupied);
            let size = schedule.size.max(schedule.occupied);
            prop_assert_eq!(schedule.occupied + schedule.free() + schedule.absent, size);
            prop_assert_eq!(stats.idle + stats.running + stats.stopping + schedule.absent, size);
            let deadlines = schedule.seats.iter().filter_map(|seat| seat.running.as_ref()?.deadline());
            prop_assert_eq!(deadlines.min(), schedule.first_deadline());
        }
    }
}
