//! Threads that cannot be started.

use crate::script::{
    Actor, Ending, Event, Events, Gate, Job, LOST, NO_LIMIT, builder, end, outcome, start, submit,
    submit_gated,
};
use native_worker_pool_engine::{Inbox, Pool, Refused, ThreadMain};
use proptest::prelude::*;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread::{self, Builder, JoinHandle};
use std::time::Instant;

/// What the spawner of a pool has done.
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

    /// A spawner that fails at those attempts, counted from 0.
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

/// Sees the end of a pool that has been closed: it is told once, no thread is left and nothing comes
/// after.
fn see_end(pool: Pool<Actor>, events: Events, threads: &Threads) {
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    assert_eq!(threads.alive.load(Ordering::Relaxed), 0);
    drop(pool);
    events.assert_end();
}

/// Three tasks for three workers, two more that wait, a crash, and the end, with a spawner that fails
/// as `fails` says. Returns how often that was told; `None` if there is no pool.
fn scenario(fails: impl Fn(usize) -> bool + Send + Sync + 'static) -> Option<usize> {
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
    // Whether or not there is a thread for each: who runs is not decided by this.
    assert_eq!((pool.load().idle, pool.load().queued), (0, 2));
    for (gate, how) in gates.iter().zip(endings) {
        end(gate, how);
    }
    let mut missing = 0;
    let mut ends = HashMap::new();
    while ends.len() < endings.len() {
        match events.next() {
            Event::Started(..) => {}
            Event::Finished(task, outcome) => assert_eq!(ends.insert(task, outcome), None),
            Event::ThreadMissing(words) => {
                assert_eq!(words, MISSING);
                missing += 1;
            }
            Event::Closed => panic!("nobody has closed the pool"),
        }
    }
    for (number, how) in (0..).zip(endings) {
        assert_eq!(ends[&number], outcome(number, how));
    }
    assert_eq!((pool.load().idle, pool.load().queued), (3, 0));
    pool.close();
    see_end(pool, events, &threads);
    Some(missing)
}

/// The attempts are: 0 by the start of the pool, 1 and 2 by the tasks, and then the replacements for
/// the crashed. Of those nobody is told: the thread that there is goes on.
#[test]
fn whichever_thread_cannot_be_started_all_tasks_are_run_and_the_pool_ends() {
    for nth in 0..8 {
        let told = match nth {
            0 => None,
            1 | 2 => Some(1),
            _ => Some(0),
        };
        assert_eq!(scenario(move |attempt| attempt == nth), told, "once: {nth}");
        assert_eq!(scenario(move |attempt| attempt >= nth), told, "from {nth}");
    }
}

#[test]
fn a_pool_that_gets_no_thread_starts_none_for_what_was_posted_before() {
    let inbox = Arc::new(Inbox::default());
    for number in 0..3 {
        let _ = inbox.post(number, 0, 0);
    }
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(3, NO_LIMIT);
    let pool = builder
        .inbox(inbox, |_| Job::at_once(0, Ending::Complete))
        .spawner(threads.spawner(|_| true))
        .start();
    assert!(pool.is_err());
    assert_eq!(threads.attempts.load(Ordering::Relaxed), 1);
    events.assert_end();
}

/// Calls the pool until a job starts that waits for a thread.
fn await_retry(pool: &Pool<Actor>, threads: &Threads, attempts: usize) {
    let since = Instant::now();
    while threads.attempts.load(Ordering::Relaxed) < attempts {
        assert!(since.elapsed() < LOST, "nobody tries again");
        pool.look();
        thread::yield_now();
    }
}

#[test]
fn it_is_tried_again_when_a_task_needs_it_and_each_want_of_threads_is_told_once() {
    let threads = Arc::new(Threads::default());
    let (builder, events) = builder(3, NO_LIMIT);
    // The first failure lasts for two attempts.
    let spawner = threads.spawner(|attempt| [1, 2, 4].contains(&attempt));
    let pool = builder.spawner(spawner).start().expect("attempt 0");
    let mut gates = vec![start(&pool, &events, 0)];
    gates.push(submit_gated(&pool, 1).expect("there is no limit"));
    assert_eq!(events.next(), Event::ThreadMissing(MISSING.to_owned()));
    await_retry(&pool, &threads, 3);
    events.assert_none_pending();
    await_retry(&pool, &threads, 4);
    assert_eq!(events.started().0, 1);

    gates.push(submit_gated(&pool, 2).expect("there is no limit"));
    assert_eq!(events.next(), Event::ThreadMissing(MISSING.to_owned()));
    await_retry(&pool, &threads, 6);
    assert_eq!(events.started().0, 2);
    for (number, gate) in (0..).zip(&gates) {
        end(gate, Ending::Complete);
        let due = outcome(number, Ending::Complete);
        assert_eq!(events.next(), Event::Finished(number, due));
    }
    // Nobody needs a thread any more.
    assert_eq!(threads.attempts.load(Ordering::Relaxed), 6);
    pool.close();
    see_end(pool, events, &threads);
}

/// A pool of two that is closed while its second thread is being started, and whose first thread
/// ends before that start has failed or not.
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
    let pool = pool.expect("the first is started");
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
    let pool = Arc::into_inner(pool).expect("nobody else holds it now");
    see_end(pool, events, &threads);
}

#[test]
fn a_thread_that_comes_when_all_others_have_ended_is_the_last() {
    last_start(false);
}

#[test]
fn a_thread_that_fails_to_come_when_all_others_have_ended_is_the_last() {
    last_start(true);
}

fn ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![Ending::Complete, Ending::Fail, Ending::Panic])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_starts_fail_each_task_ends_once_and_so_does_the_pool(
        size in 1..=4_usize,
        fails in prop::collection::vec(any::<bool>(), 0..20),
        // Whether those that follow fail.
        then in any::<bool>(),
        work in prop::collection::vec(prop::collection::vec(ending(), 0..30), 2),
        close_at in 0..40_usize,
    ) {
        let threads = Arc::new(Threads::default());
        let (builder, events) = builder(size, NO_LIMIT);
        let spawner = threads.spawner(move |attempt| {
            attempt > 0 && fails.get(attempt).copied().unwrap_or(then)
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
                        match pool.submit(number, Job::at_once(number, how)) {
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
                Event::Closed => break,
            }
        }
        prop_assert!(due.is_empty(), "not told: {:?}", due);
        pool.join();
        prop_assert_eq!(threads.alive.load(Ordering::Relaxed), 0);
        drop(pool);
        events.assert_end();
    }
}
