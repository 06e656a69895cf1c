//! Tasks that are cancelled.

use crate::script::{
    Ending, Event, Job, NO_LIMIT, Outcome, assert_sum_rule, await_load, builder, close, end,
    outcome, panic_message, pool, start, submit, submit_gated, submit_gated_with,
};
use native_worker_pool_engine::{Cancelled, Load, Refused, TaskOptions};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

#[test]
fn a_cancelled_queued_task_leaves_at_once_and_makes_room() {
    let (pool, events) = pool(1, 1);
    let running = start(&pool, &events, 0);
    let queued = submit_gated_with(&pool, 1, TaskOptions::default());
    assert_eq!(pool.cancel(1), Cancelled::Removed);
    assert!(
        queued.send(Ending::Complete).is_err(),
        "its input is dropped"
    );
    assert_eq!(pool.load(), Load { idle: 0, queued: 0 });
    assert_eq!(pool.cancel(1), Cancelled::Gone);
    submit(&pool, 2, Ending::Complete);
    end(&running, Ending::Complete);
    assert_eq!(events.finished(), (0, outcome(0, Ending::Complete)));
    assert_eq!(events.finished(), (2, outcome(2, Ending::Complete)));
    assert_eq!(pool.stats().aborted, 1);
    close(pool, events);
}

#[test]
fn a_queued_task_without_options_cannot_be_cancelled() {
    let (pool, events) = pool(1, 1);
    let running = start(&pool, &events, 0);
    submit(&pool, 1, Ending::Complete);
    assert_eq!(pool.cancel(1), Cancelled::Gone);
    end(&running, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    assert_eq!(events.finished(), (1, outcome(1, Ending::Complete)));
    close(pool, events);
}

#[test]
fn a_cancelled_running_task_is_settled_and_its_thread_continues() {
    let (pool, events) = pool(2, NO_LIMIT);
    let gates = [0, 1].map(|number| start(&pool, &events, number));
    end(&gates[0], Ending::Obey);
    assert_eq!(pool.cancel(0), Cancelled::Stopping);
    assert_eq!(pool.cancel(0), Cancelled::Gone);
    // The next task in that seat is not cancelled.
    let next = start(&pool, &events, 2);
    for (number, gate) in [(1, &gates[1]), (2, &next)] {
        end(gate, Ending::Complete);
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.finished(), (number, due));
    }
    close(pool, events);
}

#[test]
fn the_worker_of_a_cancelled_task_is_stopping_until_it_ends() {
    let (pool, events) = pool(2, 1);
    let gates = [0, 1].map(|number| start(&pool, &events, number));
    assert_eq!(pool.cancel(0), Cancelled::Stopping);
    let stats = pool.stats();
    assert_eq!((stats.idle, stats.running, stats.stopping), (0, 1, 1));
    assert_eq!((stats.aborted, stats.run_time.max), (1, Duration::ZERO));
    assert_sum_rule(&stats);
    let queued = submit_gated(&pool, 2).expect("the queue is empty");
    assert_eq!(submit_gated(&pool, 3).err(), Some(Refused::Full));
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    events.assert_none_pending();

    end(&gates[0], Ending::Complete);
    assert_eq!(events.started().0, 2, "no outcome of 0 was delivered");
    let stats = pool.stats();
    assert_eq!((stats.running, stats.stopping, stats.queued), (2, 0, 0));
    assert!(
        stats.run_time.max > Duration::ZERO,
        "the cancelled task has run"
    );
    for (number, gate) in [(1, &gates[1]), (2, &queued)] {
        end(gate, Ending::Complete);
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.finished(), (number, due));
    }
    close(pool, events);
}

#[test]
fn the_result_of_a_cancelled_task_does_not_count_but_a_panic_is_reported() {
    let (pool, events) = pool(1, 0);
    for how in [Ending::Complete, Ending::Fail, Ending::Panic, Ending::Obey] {
        let gate = start(&pool, &events, 0);
        assert_eq!(pool.cancel(0), Cancelled::Stopping);
        end(&gate, how);
        if how == Ending::Panic {
            assert_eq!(events.next(), Event::Crashed(panic_message(0)));
        }
        await_load(&pool, Load { idle: 1, queued: 0 });
        events.assert_none_pending();
    }
    let stats = pool.stats();
    assert_eq!((stats.aborted, stats.failed, stats.crashes), (4, 0, 1));
    close(pool, events);
}

#[test]
fn the_number_of_a_cancelled_task_may_be_used_again_while_its_worker_stops() {
    let (pool, events) = pool(3, NO_LIMIT);
    let old = start(&pool, &events, 0);
    assert_eq!(pool.cancel(0), Cancelled::Stopping);
    let new = start(&pool, &events, 0);
    assert_eq!(pool.cancel(0), Cancelled::Stopping, "the second one");
    assert_eq!(pool.cancel(0), Cancelled::Gone);
    let newest = start(&pool, &events, 0);
    for stopping in [old, new] {
        end(&stopping, Ending::Complete);
    }
    await_load(&pool, Load { idle: 2, queued: 0 });
    end(&newest, Ending::Fail);
    assert_eq!(events.next(), Event::Finished(0, outcome(0, Ending::Fail)));
    let stats = pool.stats();
    assert_eq!((stats.aborted, stats.failed, stats.completed), (2, 1, 0));
    close(pool, events);
}

#[test]
fn a_task_is_settled_by_the_first_of_a_cancellation_and_a_forced_close() {
    for cancelled_first in [true, false] {
        let (pool, events) = pool(1, 0);
        let gate = start(&pool, &events, 0);
        if cancelled_first {
            assert_eq!(pool.cancel(0), Cancelled::Stopping);
        }
        pool.close_now();
        assert_eq!(pool.cancel(0), Cancelled::Gone);
        if !cancelled_first {
            assert_eq!(events.next(), Event::Finished(0, Outcome::GivenUp));
        }
        events.assert_none_pending();
        end(&gate, Ending::Obey);
        assert_eq!(events.next(), Event::Closed);
    }
}

#[test]
fn a_closing_pool_waits_for_stopping_workers() {
    for panics in [false, true] {
        let (pool, events) = pool(1, 1);
        let gate = start(&pool, &events, 0);
        assert_eq!(pool.cancel(0), Cancelled::Stopping);
        submit(&pool, 1, Ending::Complete);
        pool.close();
        events.assert_none_pending();
        if panics {
            end(&gate, Ending::Panic);
            assert_eq!(events.next(), Event::Crashed(panic_message(0)));
        } else {
            end(&gate, Ending::Complete);
        }
        assert_eq!(events.finished(), (1, outcome(1, Ending::Complete)));
        assert_eq!(events.next(), Event::Closed);
    }
}

#[test]
fn a_cancelled_starting_task_leaves_and_the_next_one_starts() {
    // The second thread starts only when the test releases it.
    let first = AtomicBool::new(true);
    let (release, released) = channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (builder, events) = builder(2, NO_LIMIT);
    let pool = builder
        .spawner(move |name, main| {
            let is_first = first.swap(false, Ordering::Relaxed);
            let released = Arc::clone(&released);
            Builder::new().name(name.to_owned()).spawn(move || {
                if !is_first {
                    let _ = released.lock().expect("no panic here").recv();
                }
                main();
            })
        })
        .start()
        .expect("a thread can be started");
    let running = start(&pool, &events, 0);
    let gates: Vec<_> = (1..4)
        .map(|number| submit_gated(&pool, number).expect("there is no limit"))
        .collect();
    assert_eq!(pool.load(), Load { idle: 0, queued: 2 });

    assert_eq!(pool.cancel(1), Cancelled::Removed, "even without options");
    assert!(gates[0].send(Ending::Complete).is_err());
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    assert_eq!(pool.cancel(2), Cancelled::Removed);
    assert_eq!(pool.load(), Load { idle: 0, queued: 0 });
    assert_eq!(pool.cancel(3), Cancelled::Removed);
    assert_eq!(pool.load(), Load { idle: 1, queued: 0 });
    end(&running, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    drop(release);
    close(pool, events);
}

#[test]
fn cancelling_an_unknown_task_returns_gone() {
    let (pool, events) = pool(1, 0);
    assert_eq!(pool.cancel(0), Cancelled::Gone);
    let gate = start(&pool, &events, 0);
    let (job, _gate) = Job::new(1);
    assert!(pool.submit_with(1, job, TaskOptions::default()).is_err());
    assert_eq!(pool.cancel(1), Cancelled::Gone);
    end(&gate, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    close(pool, events);
}

/// Takes seconds. It would take minutes if each cancellation searched the queue.
#[test]
fn cancelling_100_000_queued_tasks_is_not_quadratic() {
    const TASKS: u32 = 100_000;
    let (pool, events) = pool(1, NO_LIMIT);
    let running = start(&pool, &events, TASKS);
    let gates: Vec<_> = (0..TASKS)
        .map(|number| {
            let options = TaskOptions {
                priority: i64::from(number % 7),
                ..TaskOptions::default()
            };
            submit_gated_with(&pool, number, options)
        })
        .collect();
    for number in (0..TASKS).step_by(2).chain((1..TASKS).step_by(2)) {
        assert_eq!(pool.cancel(number), Cancelled::Removed);
    }
    assert!(
        gates
            .iter()
            .all(|gate| gate.send(Ending::Complete).is_err()),
        "all inputs are dropped"
    );
    let stats = pool.stats();
    assert_eq!((stats.queued, stats.aborted), (0, u64::from(TASKS)));
    assert_sum_rule(&stats);
    end(&running, Ending::Complete);
    assert_eq!(events.finished().0, TASKS);
    close(pool, events);
}
