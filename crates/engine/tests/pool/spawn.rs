//! Threads that cannot be started.

use crate::script::{
    Actor, Ending, Event, Events, Gate, Job, LOST, NO_LIMIT, Outcome, assert_sum_rule, builder,
    end, outcome, start, submit, submit_gated, submit_gated_with,
};
use native_worker_pool_engine::{
    Cancelled, Load, Pool, Refused, SubmissionRing, TaskOptions, ThreadMain,
};
use proptest::prelude::*;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Counts of a pool's spawner.
#[derive(Default)]
struct Threads {
    attempts: AtomicUsize,
    alive: AtomicUsize,
}

impl Threads {
    fn spawn(self: &Arc<Self>, name: &str, main: ThreadMain) -> io::Result<JoinHandle<()>> {
        self.alive.fetch_add(1, Ordering::Relaxed);
        let threads = Arc::clone(self);
        Builder::new().name(name.to_owned()).spawn(move || {
            main();
            threads.alive.fetch_sub(1, Ordering::Relaxed);
        })
    }

    /// A spawner that fails at the attempts, counted from 0, for which `fails` returns true.
    fn spawner(
        self: &Arc<Self>,
        fails: impl Fn(usize) -> bool + Send + Sync + 'static,
    ) -> impl Fn(&str, ThreadMain) -> io::Result<JoinHandle<()>> + Send + Sync + 'static {
        let threads = Arc::clone(self);
        move |name, main| {
            if fails(threads.attempts.fetch_add(1, Ordering::Relaxed)) {
                Err(io::Error::other("there are no more"))
            } else {
                threads.spawn(name, main)
            }
        }
    }
}

const MISSING: &str = "cannot start a worker thread: there are no more";

/// Asserts that a closed pool ends: `Closed` is the last event, and no thread is left.
fn assert_pool_ends(pool: Pool<Actor>, events: Events, threads: &Threads) {
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    assert_eq!(threads.alive.load(Ordering::Relaxed), 0);
    drop(pool);
    events.assert_end();
}

/// Runs three tasks on three workers and two more that wait, with two crashes. The spawner fails at
/// the attempts for which `fails` returns true, after which `absent` workers have no thread.
/// Returns how often that was reported; `None` if the pool did not start.
fn scenario(absent: usize, fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> Option<usize> {
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(3, NO_LIMIT);
    let pool = match builder.spawner(threads.spawner(fails)).start() {
        Ok(pool) => pool,
        Err(error) => {
            assert_eq!(error.to_string(), MISSING);
            assert_eq!(threads.alive.load(Ordering::Relaxed), 0);
            events.assert_end();
            return None;
        }
    };
    let endings = [
        Ending::Panic,
        Ending::Complete,
        Ending::Fail,
        Ending::Complete,
        Ending::Panic,
    ];
    let gates: Vec<Gate> = (0..5)
        .map(|number| submit_gated(&pool, number).expect("there is no limit"))
        .collect();
    // Two if a later attempt has succeeded by now.
    let queued = pool.load().queued;
    assert!(queued == 2 + absent || queued == 2, "{queued}");
    assert_eq!(pool.load().idle, 0);
    for (gate, how) in gates.iter().zip(endings) {
        end(gate, how);
    }
    let mut missing = 0;
    let mut ends = HashMap::new();
    while ends.len() < endings.len() {
        match events.next() {
            Event::Started(..) => {}
            Event::Finished(task, outcome) => assert_eq!(ends.insert(task, outcome), None),
            Event::ThreadMissing(message) => {
                assert_eq!(message, MISSING);
                missing += 1;
            }
            Event::Crashed(message) => panic!("{message}"),
            Event::Closed => panic!("the pool is not closed"),
        }
    }
    for (number, how) in (0..).zip(endings) {
        assert_eq!(ends[&number], outcome(number, how));
    }
    let Load { idle, queued } = pool.load();
    assert!(idle == 3 - absent || idle == 3, "{idle}");
    assert_eq!((queued, pool.stats().running), (0, 0));
    pool.close();
    assert_pool_ends(pool, events, &threads);
    Some(missing)
}

/// Attempt 0 is the start of the pool, 1 and 2 are for tasks, and the others are replacements after
/// crashes. A failure of a replacement is not reported: the thread continues instead.
#[test]
fn all_tasks_run_and_the_pool_ends_whichever_spawn_fails() {
    for nth in 0..8 {
        let (absent, reported) = match nth {
            0 => (3, None),
            1 | 2 => (3 - nth, Some(1)),
            _ => (0, Some(0)),
        };
        let once = scenario(absent, move |attempt| attempt == nth);
        assert_eq!(once, reported, "once: {nth}");
        let from = scenario(absent, move |attempt| attempt >= nth);
        assert_eq!(from, reported, "from {nth}");
    }
}

#[test]
fn a_pool_without_its_first_thread_starts_none_for_posted_tasks() {
    let ring = Arc::new(SubmissionRing::default());
    for number in 0..3 {
        let _ = ring.post(number, 0, 0);
    }
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(3, NO_LIMIT);
    let pool = builder
        .ring(ring, |_| Job::ungated(0, Ending::Complete))
        .spawner(threads.spawner(|_| true))
        .start();
    assert!(pool.is_err());
    assert_eq!(threads.attempts.load(Ordering::Relaxed), 1);
    events.assert_end();
}

/// A pool that runs task 0. Its spawner fails at the attempts, counted from 0, for which `fails`
/// returns true.
fn failing_pool(
    size: usize,
    max_queue: usize,
    fails: impl Fn(usize) -> bool + Send + Sync + 'static,
) -> (Pool<Actor>, Events, Gate, Arc<Threads>) {
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(size, max_queue);
    let pool = builder.spawner(threads.spawner(fails)).start();
    let pool = pool.expect("attempt 0");
    let gate = start(&pool, &events, 0);
    (pool, events, gate, threads)
}

fn missing() -> Event {
    Event::ThreadMissing(MISSING.to_owned())
}

#[test]
fn a_failed_spawn_is_reported_once_and_retried_for_waiting_tasks() {
    // The first failure lasts two attempts.
    let fails = |attempt| [1, 2, 4].contains(&attempt);
    let (pool, events, gate, threads) = failing_pool(3, NO_LIMIT, fails);
    let mut gates = vec![gate];
    // The pool is not called between a submission and the start.
    for number in 1..3 {
        gates.push(submit_gated(&pool, number).expect("there is no limit"));
        assert_eq!(events.next(), missing());
        assert_eq!(events.started().0, number);
    }
    for (number, gate) in (0..).zip(&gates) {
        end(gate, Ending::Complete);
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.next(), Event::Finished(number, due));
    }
    // No task needs a thread any more.
    assert_eq!(threads.attempts.load(Ordering::Relaxed), 6);
    pool.close();
    assert_pool_ends(pool, events, &threads);
}

#[test]
fn a_seat_whose_spawn_failed_is_neither_idle_nor_running() {
    let (pool, events, gate, threads) = failing_pool(3, 1, |attempt| attempt > 0);
    let next = submit_gated(&pool, 1).expect("a thread may be started");
    assert_eq!(events.next(), missing());
    assert_eq!(submit_gated(&pool, 2).err(), Some(Refused::Full));
    let stats = pool.stats();
    assert_eq!((stats.size, stats.idle), (3, 0));
    assert_eq!((stats.running, stats.queued), (1, 1));
    assert_sum_rule(&stats);
    for (number, gate) in [(0, gate), (1, next)] {
        end(&gate, Ending::Complete);
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.finished(), (number, due));
    }
    assert_eq!(pool.load(), Load { idle: 1, queued: 0 });
    pool.close();
    assert_pool_ends(pool, events, &threads);
}

#[test]
fn a_task_whose_spawn_failed_waits_with_its_options() {
    let (pool, events, gate, threads) = failing_pool(2, NO_LIMIT, |attempt| attempt > 0);
    let options = |priority, queue_timeout| TaskOptions {
        priority,
        queue_timeout,
        ..TaskOptions::default()
    };
    let late = submit_gated_with(&pool, 1, options(0, Some(Duration::from_millis(5))));
    assert_eq!(events.next(), missing());
    assert_eq!(events.next(), Event::Finished(1, Outcome::QueueTimedOut));
    assert!(late.send(Ending::Complete).is_err(), "its input is dropped");

    let mut gates = vec![gate];
    for (number, priority) in [(2, -1), (3, 0), (4, 1)] {
        gates.push(submit_gated_with(&pool, number, options(priority, None)));
    }
    for gate in &gates {
        end(gate, Ending::Complete);
    }
    let order: Vec<_> = gates.iter().map(|_| events.finished().0).collect();
    assert_eq!(order, [0, 4, 3, 2]);
    pool.close();
    assert_pool_ends(pool, events, &threads);
}

#[test]
fn a_task_refused_while_threads_are_missing_triggers_a_spawn() {
    let (pool, events, gate, threads) = failing_pool(2, 0, |attempt| attempt == 1);
    let admitted = submit_gated_with(&pool, 1, TaskOptions::default());
    assert_eq!(events.next(), missing());
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    assert_eq!(pool.cancel(1), Cancelled::Removed);
    drop(admitted);
    let since = Instant::now();
    let next = loop {
        match submit_gated(&pool, 2) {
            Ok(gate) => break gate,
            Err(refused) => assert_eq!(refused, Refused::Full),
        }
        assert!(since.elapsed() < LOST, "no thread was started");
        thread::yield_now();
    };
    assert_eq!(events.started().0, 2);
    for gate in [gate, next] {
        end(&gate, Ending::Complete);
        events.finished();
    }
    pool.close();
    assert_pool_ends(pool, events, &threads);
}

/// Closes a pool of two while its second thread is being started. The first thread ends before that
/// start fails or succeeds.
fn last_start(fails: bool) {
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(2, NO_LIMIT);
    let pool_of_spawner: Arc<OnceLock<(Weak<Pool<Actor>>, Gate)>> = Arc::default();
    let (ends, ended) = channel();
    let ended = Mutex::new(ended);
    let spawner = {
        let (threads, pool) = (Arc::clone(&threads), Arc::clone(&pool_of_spawner));
        move |name: &str, main: ThreadMain| {
            let ends = ends.clone();
            let main = Box::new(move || {
                main();
                let _ = ends.send(());
            });
            if let Some((pool, gate)) = pool.get() {
                pool.upgrade().expect("the test holds the pool").close();
                end(gate, Ending::Complete);
                let ended = ended.lock().expect("no panic here");
                assert_eq!(ended.recv_timeout(LOST), Ok(()));
                if fails {
                    return Err(io::Error::other("there are no more"));
                }
            }
            threads.spawn(name, main)
        }
    };
    let pool = builder.spawner(spawner).start().map(Arc::new);
    let pool = pool.expect("the first thread starts");
    let gate = start(&pool, &events, 0);
    assert!(pool_of_spawner.set((Arc::downgrade(&pool), gate)).is_ok());
    submit(&pool, 1, Ending::Complete);
    for number in 0..2 {
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.finished(), (number, due));
    }
    if fails {
        assert_eq!(events.next(), Event::ThreadMissing(MISSING.to_owned()));
    }
    let pool = Arc::into_inner(pool).expect("the last reference");
    assert_pool_ends(pool, events, &threads);
}

#[test]
fn a_thread_that_starts_after_all_others_have_ended_is_the_last() {
    last_start(false);
}

#[test]
fn a_spawn_that_fails_after_all_others_have_ended_ends_the_pool() {
    last_start(true);
}

fn ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![Ending::Complete, Ending::Fail, Ending::Panic])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_task_and_the_pool_end_once_however_spawns_fail(
        size in 1..=4_usize,
        fails in prop::collection::vec(any::<bool>(), 0..20),
        // Whether all later attempts fail.
        later in any::<bool>(),
        work in prop::collection::vec(prop::collection::vec(ending(), 0..30), 2),
        close_at in 0..40_usize,
    ) {
        let threads = Arc::new(Threads::default());
        let (builder, events) = builder(size, NO_LIMIT);
        let spawner = threads.spawner(move |attempt| {
            attempt > 0 && fails.get(attempt).copied().unwrap_or(later)
        });
        let pool = builder.spawner(spawner).start().expect("attempt 0");
        let mut due: HashMap<_, _> = thread::scope(|scope| {
            let pool = &pool;
            let producers: Vec<_> = (0..).step_by(1_000).zip(&work).map(|(first, endings)| {
                scope.spawn(move || {
                    let mut admitted = Vec::new();
                    for (at, (number, &how)) in (first..).zip(endings).enumerate() {
                        if at == close_at {
                            pool.close();
                        }
                        match pool.submit(number, Job::ungated(number, how)) {
                            Ok(()) => admitted.push((number, outcome(number, how))),
                            Err(refused) => assert_eq!(refused, Refused::Closed),
                        }
                    }
                    admitted
                })
            }).collect();
            producers.into_iter().flat_map(|producer| producer.join().expect("no panic")).collect()
        });
        pool.close();
        loop {
            match events.next() {
                Event::Started(..) | Event::ThreadMissing(_) => {}
                Event::Finished(task, outcome) => prop_assert_eq!(due.remove(&task), Some(outcome)),
                Event::Crashed(message) => panic!("{message}"),
                Event::Closed => break,
            }
        }
        prop_assert!(due.is_empty(), "not delivered: {:?}", due);
        pool.join();
        prop_assert_eq!(threads.alive.load(Ordering::Relaxed), 0);
        drop(pool);
        events.assert_end();
    }
}
