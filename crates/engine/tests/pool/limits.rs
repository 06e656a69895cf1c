//! Time limits: how long a task may run, and how long it may wait.

use crate::script::{
    Ending, Event, Events, Job, NO_LIMIT, Outcome, assert_sum_rule, await_load, close, end,
    outcome, panic_message, pool, start, submit, submit_gated, submit_gated_with,
};
use native_worker_pool_engine::{Cancelled, Load, TaskOptions};
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);

fn with_timeout(timeout: Duration) -> TaskOptions {
    TaskOptions {
        timeout: Some(timeout),
        ..TaskOptions::default()
    }
}

fn with_queue_timeout(queue_timeout: Duration) -> TaskOptions {
    TaskOptions {
        queue_timeout: Some(queue_timeout),
        ..TaskOptions::default()
    }
}

/// Awaits the start and the outcome of a task with a timeout of zero, in either order.
fn await_late_start(events: &Events, task: u32) {
    let mut pair = [events.next(), events.next()];
    pair.sort_by_key(|event| matches!(event, Event::Finished(..)));
    assert!(matches!(pair[0], Event::Started(started, _) if started == task));
    assert_eq!(pair[1], Event::Finished(task, Outcome::TimedOut));
}

#[test]
fn a_task_times_out_without_any_call_of_the_pool() {
    let (pool, events) = pool(1, NO_LIMIT);
    let since = Instant::now();
    let timeout = Duration::from_millis(5);
    let gate = submit_gated_with(&pool, 0, with_timeout(timeout));
    let next = submit_gated(&pool, 1).expect("there is no limit");
    assert_eq!(events.started().0, 0);
    // It settles before it ends, and the next one starts only then.
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
fn a_task_may_see_its_timeout_before_the_timer_does() {
    let (pool, events) = pool(1, 0);
    for _ in 0..100 {
        let job = Job::ungated(0, Ending::Obey);
        pool.submit_with(0, job, with_timeout(Duration::from_micros(50)))
            .expect("the worker is idle");
        await_late_start(&events, 0);
        await_load(&pool, Load { idle: 1, queued: 0 });
    }
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.completed), (100, 0));
    close(pool, events);
}

#[test]
fn a_late_result_does_not_count_but_a_late_panic_is_reported() {
    let (pool, events) = pool(1, 0);
    for how in [Ending::Complete, Ending::Fail, Ending::Panic] {
        let gate = submit_gated_with(&pool, 0, with_timeout(Duration::ZERO));
        await_late_start(&events, 0);
        end(&gate, how);
        if how == Ending::Panic {
            assert_eq!(events.next(), Event::Crashed(panic_message(0)));
        }
        await_load(&pool, Load { idle: 1, queued: 0 });
    }
    let stats = pool.stats();
    assert_eq!((stats.timed_out, stats.failed, stats.crashes), (3, 0, 1));
    close(pool, events);
}

#[test]
fn a_timeout_applies_to_its_own_task_from_its_start() {
    let (pool, events) = pool(1, NO_LIMIT);
    let first = submit_gated_with(&pool, 0, with_timeout(Duration::ZERO));
    // The timeout does not count while a task waits. The longest one does not overflow.
    for (number, timeout) in [(1, HOUR), (2, Duration::MAX)] {
        end(
            &submit_gated_with(&pool, number, with_timeout(timeout)),
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
fn a_queued_task_expires_without_any_call_of_the_pool() {
    let (pool, events) = pool(1, 2);
    let running = start(&pool, &events, 0);
    let late = submit_gated_with(&pool, 1, with_queue_timeout(Duration::from_millis(1)));
    let patient = submit_gated_with(&pool, 2, with_queue_timeout(HOUR));
    assert_eq!(events.next(), Event::Finished(1, Outcome::QueueTimedOut));
    assert!(late.send(Ending::Complete).is_err(), "its input is dropped");
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
fn queue_timeouts_expire_in_order_of_time_not_priority() {
    let (pool, events) = pool(1, NO_LIMIT);
    let running = start(&pool, &events, 0);
    let since = Instant::now();
    for (number, milliseconds) in [(1, 5), (2, 10), (3, 20)] {
        let options = TaskOptions {
            priority: i64::from(number),
            ..with_queue_timeout(Duration::from_millis(milliseconds))
        };
        submit_gated_with(&pool, number, options);
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
fn an_expired_task_does_not_start_even_if_the_timer_is_late() {
    let (pool, events) = pool(1, NO_LIMIT);
    let running = start(&pool, &events, 0);
    let _late = submit_gated_with(&pool, 1, with_queue_timeout(Duration::ZERO));
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
fn a_queue_timeout_does_not_apply_to_a_task_with_a_free_worker() {
    let (pool, events) = pool(1, NO_LIMIT);
    let gate = submit_gated_with(&pool, 0, with_queue_timeout(Duration::ZERO));
    assert_eq!(events.started().0, 0);
    end(&gate, Ending::Complete);
    assert_eq!(events.finished(), (0, outcome(0, Ending::Complete)));
    close(pool, events);
}

#[test]
fn an_expired_task_makes_room() {
    let (pool, events) = pool(1, 1);
    let running = start(&pool, &events, 0);
    let _late = submit_gated_with(&pool, 1, with_queue_timeout(Duration::ZERO));
    let next = submit_gated(&pool, 2).expect("the other task has expired");
    assert_eq!(events.next(), Event::Finished(1, Outcome::QueueTimedOut));
    for gate in [running, next] {
        end(&gate, Ending::Complete);
        events.finished();
    }
    close(pool, events);
}
