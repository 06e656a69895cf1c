//! How long a task may run, and how long it may wait.

use crate::script::{
    Ending, Event, Events, Job, NO_LIMIT, Outcome, assert_sum_rule, await_load, close, end,
    outcome, place_gated, pool, start, submit, submit_gated, words,
};
use native_worker_pool_engine::{Cancelled, Load, TaskOptions};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

fn may_run(timeout: Duration) -> TaskOptions {
    TaskOptions {
        timeout: Some(timeout),
        ..TaskOptions::default()
    }
}

fn may_wait(queue_timeout: Duration) -> TaskOptions {
    TaskOptions {
        queue_timeout: Some(queue_timeout),
        ..TaskOptions::default()
    }
}

/// Awaits the start of a task that has no time to run, and that it is settled; which of the two is told first
/// is open.
fn await_late_start(events: &Events, task: u32) {
    let mut pair = [events.next(), events.next()];
    pair.sort_by_key(|event| matches!(event, Event::Finished(..)));
    assert!(matches!(pair[0], Event::Started(started, _) if started == task));
    assert_eq!(pair[1], Event::Finished(task, Outcome::TimedOut));
}

#[test]
fn a_task_is_settled_when_its_time_is_up_though_nobody_calls_the_pool() {
    let (pool, events) = pool(1, NO_LIMIT);
    let since = Instant::now();
    let timeout = Duration::from_millis(5);
    let gate = place_gated(&pool, 0, may_run(timeout));
    let next = submit_gated(&pool, 1).expect("there is no limit");
    assert_eq!(events.started().0, 0);
    // It is settled before it ends, which is when the next one starts.
    assert_eq!(events.next(), Event::Finished(0, Outcome::TimedOut));
    assert!(since.elapsed() >= timeout);
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.running), (1, 0));
    assert_eq!((stats.stopping, stats.queued), (1, 1));
    assert_sum_rule(&stats);
    assert_eq!(pool.cancel(0), Cancelled::Gone);
    end(&gate, Ending::Obey);
    assert_eq!(events.started().0, 1);
    end(&next, Ending::Complete);
    assert_eq!(events.finished(), (1, outcome(1, Ending::Complete)));
    close(pool, events);
}

#[test]
fn a_task_may_see_that_its_time_is_up_before_anybody_else() {
    let (pool, events) = pool(1, 0);
    for _ in 0..100 {
        let job = Job::at_once(0, Ending::Obey);
        pool.submit_with(0, job, may_run(Duration::from_micros(50)))
            .expect("the worker is idle");
        await_late_start(&events, 0);
        await_load(&pool, Load { idle: 1, queued: 0 });
    }
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.completed), (100, 0));
    close(pool, events);
}

#[test]
fn what_comes_too_late_does_not_count_but_a_panic_is_told() {
    let (pool, events) = pool(1, 0);
    for how in [Ending::Complete, Ending::Fail, Ending::Panic] {
        let gate = place_gated(&pool, 0, may_run(Duration::ZERO));
        await_late_start(&events, 0);
        end(&gate, how);
        if how == Ending::Panic {
            assert_eq!(events.next(), Event::Crashed(words(0)));
        }
        await_load(&pool, Load { idle: 1, queued: 0 });
    }
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.failed, stats.crashes), (3, 0, 1));
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
    await_late_start(&events, 0);
    end(&first, Ending::Obey);
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
    assert_eq!(events.next(), Event::Finished(1, Outcome::QueueTimedOut));
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
    for (number, milliseconds) in [(1, 5), (2, 10), (3, 20)] {
        let options = TaskOptions {
            priority: i64::from(number),
            ..may_wait(Duration::from_millis(milliseconds))
        };
        place_gated(&pool, number, options);
    }
    for (number, milliseconds) in [(1, 5), (2, 10), (3, 20)] {
        let due = Event::Finished(number, Outcome::QueueTimedOut);
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
            Event::Finished(1, Outcome::QueueTimedOut),
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
    assert_eq!(events.next(), Event::Finished(1, Outcome::QueueTimedOut));
    for gate in [running, next] {
        end(&gate, Ending::Complete);
        events.finished();
    }
    close(pool, events);
}
