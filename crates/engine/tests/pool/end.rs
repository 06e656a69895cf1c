//! How a pool ends.

use crate::script::{
    Actor, Ending, Event, Events, Gate, Job, NO_LIMIT, Outcome, Stage, end, options, outcome,
    panic_message, pool, run_alone, start, submit_gated,
};
use native_worker_pool_engine::{Bridge, Pool, Refused, SpawnError, TaskOptions};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

#[test]
fn close_finishes_all_tasks_and_closed_is_the_last_event() {
    let (pool, events) = pool(2, NO_LIMIT);
    let gates: Vec<_> = (0..7)
        .map(|number| submit_gated(&pool, number).expect("the queue has no limit"))
        .collect();
    pool.close();
    let load = pool.load();
    assert_eq!((load.idle, load.queued), (0, 5), "closing drops no task");

    for gate in &gates {
        end(gate, Ending::Complete);
    }
    let mut delivered: Vec<_> = gates.iter().map(|_| events.finished()).collect();
    delivered.sort_by_key(|(number, _)| *number);
    let due: Vec<_> = (0..7)
        .map(|number| (number, outcome(number, Ending::Complete)))
        .collect();
    assert_eq!(delivered, due);
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    drop(pool);
    events.assert_end();
}

#[test]
fn a_second_close_does_nothing() {
    let (pool, events) = pool(3, NO_LIMIT);
    pool.close();
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    pool.close();
    pool.join();
    drop(pool);
    events.assert_end();
}

#[test]
fn the_threads_of_an_idle_pool_end_when_it_is_dropped() {
    let (pool, events) = pool(3, 0);
    // The workers are anywhere between their start and their sleep; loom explores all states.
    run_alone(&pool, &events, 0, Ending::Complete);
    drop(pool);
    assert_eq!(events.next(), Event::Closed);
    events.assert_end();
}

/// A pool that runs job 0 until its token is cancelled, and queues jobs 1, 2 and 3.
fn pool_with_one_running_and_three_queued() -> (Pool<Actor>, Events, Vec<Gate>) {
    let (pool, events) = pool(1, NO_LIMIT);
    let mut gates = vec![start(&pool, &events, 0)];
    end(&gates[0], Ending::Obey);
    gates.extend((1..4).map(|number| submit_gated(&pool, number).expect("there is no limit")));
    (pool, events, gates)
}

/// Asserts that all jobs of such a pool are given up, and that the pool ends.
fn assert_given_up(gates: &[Gate], events: Events) {
    for queued in &gates[1..] {
        let sent = queued.send(Ending::Complete);
        assert!(sent.is_err(), "a queued input is dropped at once");
    }
    let mut given_up: Vec<_> = gates.iter().map(|_| events.finished()).collect();
    given_up.sort_by_key(|(number, _)| *number);
    let due: Vec<_> = (0..4).map(|number| (number, Outcome::GivenUp)).collect();
    assert_eq!(given_up, due);
    assert_eq!(events.next(), Event::Closed);
    events.assert_end();
}

#[test]
fn a_forced_close_gives_up_all_tasks_and_ends_the_threads() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    pool.close_now();
    assert_eq!(submit_gated(&pool, 4).err(), Some(Refused::Closed));
    pool.join();
    let stats = pool.stats();
    assert_eq!((stats.submitted, stats.aborted), (4, 4));
    assert_eq!((stats.idle, stats.queued, stats.refused), (1, 0, 1));
    drop(pool);
    assert_given_up(&gates, events);
}

#[test]
fn a_forced_close_may_follow_a_graceful_one_and_be_repeated() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    pool.close();
    events.assert_none_pending();
    pool.close_now();
    pool.close_now();
    pool.close();
    pool.join();
    pool.close_now();
    drop(pool);
    assert_given_up(&gates, events);
}

#[test]
fn a_dropped_pool_is_closed_by_force() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    drop(pool);
    assert_given_up(&gates, events);
}

#[test]
fn a_pool_dropped_during_a_graceful_close_is_closed_by_force() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    pool.close();
    drop(pool);
    assert_given_up(&gates, events);
}

#[test]
fn a_forced_close_settles_running_tasks_at_once_and_waits_for_their_workers() {
    for how in [Ending::Complete, Ending::Fail, Ending::Panic] {
        let (pool, events) = pool(2, 0);
        let gate = start(&pool, &events, 0);
        pool.close_now();
        assert_eq!(events.next(), Event::Finished(0, Outcome::GivenUp));
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.running, stats.stopping), (1, 0, 1));
        events.assert_none_pending();
        end(&gate, how);
        if how == Ending::Panic {
            assert_eq!(events.next(), Event::Crashed(panic_message(0)));
        }
        assert_eq!(events.next(), Event::Closed);
        pool.join();
        drop(pool);
        events.assert_end();
    }
}

/// A bridge that closes the pool and joins its threads before it reports the outcome of job 1.
struct Slow {
    stage: Stage,
    pool: OnceLock<Weak<Pool<Actor>>>,
    gate: OnceLock<Gate>,
}

impl Bridge<Actor> for Slow {
    fn finished(&self, task: u32, outcome: Outcome) {
        if task == 1 {
            let pool = self.pool.wait().upgrade().expect("the test holds the pool");
            pool.close();
            end(self.gate.wait(), Ending::Complete);
            pool.join();
        }
        Bridge::<Actor>::finished(&self.stage, task, outcome);
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {
        Bridge::<Actor>::closed(&self.stage);
    }
}

/// Calls `last`, which settles job 1, on a pool that runs job 0 and queues job 1. Asserts that
/// `due` are the outcomes of both, and that the end of the pool follows.
fn assert_closed_is_last(
    queue_timeout: Option<Duration>,
    last: impl Fn(&Pool<Actor>),
    due: [Outcome; 2],
) {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(Slow {
        stage: stage.clone(),
        pool: OnceLock::new(),
        gate: OnceLock::new(),
    });
    let pool = Pool::builder(
        options(1, NO_LIMIT),
        move || stage.actor(),
        Arc::clone(&bridge) as Arc<dyn Bridge<Actor>>,
    )
    .start()
    .map(Arc::new)
    .expect("a thread can start");
    assert!(bridge.pool.set(Arc::downgrade(&pool)).is_ok());
    assert!(bridge.gate.set(start(&pool, &events, 0)).is_ok());
    drop(bridge);
    let options = TaskOptions {
        queue_timeout,
        ..TaskOptions::default()
    };
    pool.submit_with(1, Job::ungated(1, Ending::Complete), options)
        .expect("there is no limit");
    last(&pool);
    for (task, outcome) in (0..).zip(due) {
        assert_eq!(events.next(), Event::Finished(task, outcome));
    }
    assert_eq!(events.next(), Event::Closed);
    drop(pool);
    events.assert_end();
}

#[test]
fn closed_follows_the_outcomes_of_all_given_up_tasks() {
    let due = [Outcome::GivenUp, Outcome::GivenUp];
    assert_closed_is_last(None, Pool::close_now, due);
}

#[test]
fn closed_follows_the_outcomes_of_all_expired_tasks() {
    let due = [Outcome::Completed(0), Outcome::QueueTimedOut];
    assert_closed_is_last(Some(Duration::ZERO), Pool::poll, due);
}
