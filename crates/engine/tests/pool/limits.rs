//! How long a task may run, and how long it may wait.

use crate::script::{
    Ending, Event, Job, NO_LIMIT, Outcome, close, end, outcome, place_gated, pool, start, submit,
    submit_gated,
};
use native_worker_pool_engine::{Cancelled, Load, Terms};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

fn may_run(timeout: Duration) -> Terms {
    Terms {
        timeout: Some(timeout),
        ..Terms::default()
    }
}

fn may_wait(queue_timeout: Duration) -> Terms {
    Terms {
        queue_timeout: Some(queue_timeout),
        ..Terms::default()
    }
}

#[test]
fn a_running_task_is_stopped_when_its_time_is_up_though_nobody_calls_the_pool() {
    let (pool, events) = pool(1, 0);
    // It ends only because its token says so.
    let job = Job::at_once(0, Ending::Obey);
    pool.submit_with(0, job, may_run(Duration::from_millis(1)))
        .expect("the worker is idle");
    assert_eq!(events.finished(), (0, Outcome::TimedOut));
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.completed), (1, 0));
    close(pool, events);
}

#[test]
fn what_comes_too_late_has_timed_out_but_a_panic_is_a_crash() {
    let (pool, events) = pool(1, 0);
    for (how, due) in [
        (Ending::Complete, Outcome::TimedOut),
        (Ending::Fail, Outcome::TimedOut),
        (Ending::Panic, outcome(0, Ending::Panic)),
    ] {
        let gate = place_gated(&pool, 0, may_run(Duration::ZERO));
        assert_eq!(events.started().0, 0);
        end(&gate, how);
        assert_eq!(events.finished(), (0, due));
    }
    close(pool, events);
}

#[test]
fn who_is_cancelled_after_its_time_was_up_is_aborted() {
    let (pool, events) = pool(1, 0);
    let gate = place_gated(&pool, 0, may_run(Duration::ZERO));
    assert_eq!(events.started().0, 0);
    assert_eq!(pool.cancel(0), Cancelled::Stopping);
    end(&gate, Ending::Complete);
    assert_eq!(events.finished(), (0, Outcome::Aborted));
    close(pool, events);
}

#[test]
fn a_time_limit_counts_for_its_own_task_only_and_from_the_start() {
    let (pool, events) = pool(1, NO_LIMIT);
    let first = place_gated(&pool, 0, may_run(Duration::ZERO));
    // While it waits, its time to run does not pass; and none can be longer than for ever.
    for (number, timeout) in [(1, HOUR), (2, Duration::MAX)] {
        end(
            &place_gated(&pool, number, may_run(timeout)),
            Ending::Complete,
        );
    }
    submit(&pool, 3, Ending::Complete);
    end(&first, Ending::Obey);
    assert_eq!(events.finished(), (0, Outcome::TimedOut));
    for number in 1..4 {
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.finished(), (number, due));
    }
    close(pool, events);
}

#[test]
fn a_task_that_waited_for_too_long_is_removed_though_nobody_calls_the_pool() {
    let (pool, events) = pool(1, 2);
    let running = start(&pool, &events, 0);
    let late = place_gated(&pool, 1, may_wait(Duration::from_millis(1)));
    let patient = place_gated(&pool, 2, may_wait(HOUR));
    assert_eq!(events.next(), Event::Finished(1, Outcome::WaitedTooLong));
    assert!(late.send(Ending::Complete).is_err(), "its input is gone");
    assert_eq!(pool.cancel(1), Cancelled::Gone);
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });

    assert_eq!(pool.cancel(2), Cancelled::Removed);
    assert!(patient.send(Ending::Complete).is_err());
    end(&running, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.aborted, stats.completed), (1, 1, 1));
    close(pool, events);
}

#[test]
fn waits_end_each_at_its_time_whatever_the_turn_of_the_task() {
    let (pool, events) = pool(1, NO_LIMIT);
    let running = start(&pool, &events, 0);
    let since = Instant::now();
    let waits = [40, 5, 30, 10, 20];
    for (number, milliseconds) in (1..).zip(waits) {
        let terms = Terms {
            priority: i64::from(number),
            ..may_wait(Duration::from_millis(milliseconds))
        };
        place_gated(&pool, number, terms);
    }
    assert_eq!(pool.cancel(3), Cancelled::Removed);
    for (number, milliseconds) in [(2, 5), (4, 10), (5, 20), (1, 40)] {
        let due = Event::Finished(number, Outcome::WaitedTooLong);
        assert_eq!(events.next(), due);
        assert!(since.elapsed() >= Duration::from_millis(milliseconds));
    }
    end(&running, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    close(pool, events);
}

#[test]
fn a_task_that_waited_for_too_long_does_not_start_though_nobody_looked() {
    let (pool, events) = pool(1, NO_LIMIT);
    let running = start(&pool, &events, 0);
    let _late = place_gated(&pool, 1, may_wait(Duration::ZERO));
    end(&running, Ending::Complete);
    let mut ends = [events.next(), events.next()];
    ends.sort_by_key(|event| matches!(event, Event::Finished(1, _)));
    assert_eq!(
        ends,
        [
            Event::Finished(0, outcome(0, Ending::Complete)),
            Event::Finished(1, Outcome::WaitedTooLong),
        ]
    );
    close(pool, events);
}

#[test]
fn a_task_that_finds_a_worker_does_not_wait() {
    let (pool, events) = pool(1, NO_LIMIT);
    let gate = place_gated(&pool, 0, may_wait(Duration::ZERO));
    assert_eq!(events.started().0, 0);
    end(&gate, Ending::Complete);
    assert_eq!(events.finished(), (0, outcome(0, Ending::Complete)));
    close(pool, events);
}

#[test]
fn room_is_made_by_what_waited_for_too_long() {
    let (pool, events) = pool(1, 1);
    let running = start(&pool, &events, 0);
    let _late = place_gated(&pool, 1, may_wait(Duration::ZERO));
    let next = submit_gated(&pool, 2).expect("the other has waited for too long");
    assert_eq!(events.next(), Event::Finished(1, Outcome::WaitedTooLong));
    for gate in [running, next] {
        end(&gate, Ending::Complete);
        events.finished();
    }
    close(pool, events);
}
