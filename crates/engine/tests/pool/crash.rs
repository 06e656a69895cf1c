//! Workers that panic.

use crate::script::{
    Actor, Ending, Event, Job, LOST, NO_LIMIT, Outcome, Stage, close, end, options, outcome, pool,
    run_alone, submit, submit_gated,
};
use native_worker_pool_engine::{Bridge, CancelToken, Load, Pool, SpawnError, Worker};
use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};

#[test]
fn a_failed_task_leaves_its_worker_alone() {
    let (pool, events) = pool(1, 0);
    let before = run_alone(&pool, &events, 0, Ending::Complete);
    let failed = run_alone(&pool, &events, 1, Ending::Fail);
    let after = run_alone(&pool, &events, 2, Ending::Complete);

    assert_eq!([before.nth, failed.nth, after.nth], [1, 2, 3]);
    assert_eq!(before.thread, failed.thread);
    assert_eq!(before.thread, after.thread);
    close(pool, events);
}

#[test]
fn a_panic_crashes_its_task_and_the_next_has_a_new_worker_on_another_thread() {
    let (pool, events) = pool(1, 0);
    let before = run_alone(&pool, &events, 0, Ending::Complete);
    let crashed = run_alone(&pool, &events, 1, Ending::Panic);
    let after = run_alone(&pool, &events, 2, Ending::Complete);

    assert_eq!(before.thread, crashed.thread);
    assert_ne!(before.thread, after.thread);
    assert_eq!([before.nth, crashed.nth, after.nth], [1, 2, 1]);
    close(pool, events);
}

#[test]
fn queued_tasks_outlive_the_panic_of_the_running_one() {
    let (pool, events) = pool(1, NO_LIMIT);
    let gate = submit_gated(&pool, 0).expect("the worker is idle");
    for number in 1..=3 {
        submit(&pool, number, Ending::Complete);
    }
    pool.close();
    end(&gate, Ending::Panic);

    assert_eq!(events.finished(), (0, outcome(0, Ending::Panic)));
    for number in 1..=3 {
        assert_eq!(
            events.finished(),
            (number, outcome(number, Ending::Complete))
        );
    }
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn the_size_stays_after_crashes() {
    const SIZE: u32 = 3;
    let (pool, events) = pool(3, NO_LIMIT);
    for number in 0..10 {
        submit(&pool, number, Ending::Panic);
    }
    for _ in 0..10 {
        events.finished();
    }
    assert_eq!(pool.load(), Load { idle: 3, queued: 0 });

    // As many run at once as before ...
    let gates: Vec<_> = (0..SIZE)
        .map(|number| {
            let gate = submit_gated(&pool, number).expect("the queue has no limit");
            assert_eq!(events.started().0, number);
            gate
        })
        .collect();
    // ... and not one more: the last starts only when another has ended.
    let last = submit_gated(&pool, SIZE).expect("the queue has no limit");
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    events.assert_none_pending();
    end(&gates[1], Ending::Complete);
    assert_eq!(
        events.next(),
        Event::Finished(1, outcome(1, Ending::Complete))
    );
    assert_eq!(events.started().0, SIZE);

    for gate in [&gates[0], &gates[2], &last] {
        end(gate, Ending::Complete);
        events.finished();
    }
    close(pool, events);
}

#[test]
fn a_panic_of_make_worker_crashes_the_task_it_was_made_for() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let first = AtomicBool::new(true);
    let make_worker = move || {
        if first.swap(false, Ordering::Relaxed) {
            resume_unwind(Box::new("no worker today"));
        }
        stage.actor()
    };
    let pool = Pool::builder(options(1, NO_LIMIT), make_worker, bridge)
        .start()
        .expect("a thread can start");
    submit(&pool, 0, Ending::Complete);
    submit(&pool, 1, Ending::Complete);

    assert_eq!(
        events.next(),
        Event::Finished(0, Outcome::Crashed("no worker today".to_owned()))
    );
    let (next, seat) = events.started();
    assert_eq!((next, seat.nth), (1, 1));
    assert_eq!(events.finished(), (1, outcome(1, Ending::Complete)));
    close(pool, events);
}

/// Tells when the thread it was left in ends.
struct Farewell(Sender<ThreadId>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Nobody listens any more when a test has failed.
        let _ = self.0.send(thread::current().id());
    }
}

thread_local! {
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// A worker that panics if its input says so, and leaves a [`Farewell`] in its thread before.
struct Visitor(Sender<ThreadId>);

impl Worker for Visitor {
    type Input = bool;
    type Output = ThreadId;
    type Error = ();

    fn run(&mut self, panics: bool, _: &CancelToken) -> Result<ThreadId, ()> {
        FAREWELL.with_borrow_mut(|farewell| {
            farewell.get_or_insert_with(|| Farewell(self.0.clone()));
        });
        if panics {
            resume_unwind(Box::new("on purpose"));
        }
        Ok(thread::current().id())
    }
}

/// A bridge that passes on the threads of the tasks that completed.
struct Threads(Sender<Option<ThreadId>>);

impl Bridge<Visitor> for Threads {
    fn finished(&self, _: u32, outcome: native_worker_pool_engine::Outcome<ThreadId, ()>) {
        let _ = self.0.send(match outcome {
            native_worker_pool_engine::Outcome::Completed(thread) => Some(thread),
            _ => None,
        });
    }

    fn worker_crashed(&self, words: String) {
        panic!("{words}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {}
}

#[test]
fn the_thread_of_a_crashed_worker_ends() {
    const CRASHES: u32 = 1_000;
    let (ends, ended): (_, Receiver<ThreadId>) = channel();
    let (outcomes, outcome) = channel();
    let pool = Pool::builder(
        options(2, NO_LIMIT),
        move || Visitor(ends.clone()),
        Arc::new(Threads(outcomes)),
    )
    .start()
    .expect("threads can start");
    for number in 0..CRASHES {
        pool.submit(number, true).expect("the queue has no limit");
    }

    // Awaited while the pool is open: the threads do not gather until it closes.
    let mut gone = HashSet::new();
    for _ in 0..CRASHES {
        let thread = ended.recv_timeout(LOST).expect("a thread never ends");
        assert!(gone.insert(thread));
        assert_eq!(outcome.recv_timeout(LOST), Ok(None));
    }

    pool.submit(CRASHES, false).expect("the queue has no limit");
    let alive = outcome
        .recv_timeout(LOST)
        .expect("an outcome is lost")
        .expect("the task completes");
    assert!(!gone.contains(&alive));
    pool.close();
    assert_eq!(ended.recv_timeout(LOST), Ok(alive));
}

/// An actor that panics when it is dropped.
struct Brittle(Actor);

impl Worker for Brittle {
    type Input = Job;
    type Output = u32;
    type Error = u32;

    fn run(&mut self, job: Job, token: &CancelToken) -> Result<u32, u32> {
        self.0.run(job, token)
    }
}

impl Drop for Brittle {
    fn drop(&mut self) {
        resume_unwind(Box::new("the worker breaks"));
    }
}

#[test]
fn a_worker_that_panics_when_dropped_harms_nothing() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let make_worker = move || Brittle(stage.actor());
    let pool = Pool::builder(options(1, NO_LIMIT), make_worker, bridge)
        .start()
        .expect("a thread can start");
    for (number, how) in [(0, Ending::Panic), (1, Ending::Complete)] {
        pool.submit(number, Job::at_once(number, how))
            .expect("the queue has no limit");
        assert_eq!(events.finished(), (number, outcome(number, how)));
    }
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    drop(pool);
    events.assert_end();
}

/// A result that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        resume_unwind(Box::new("the result breaks"));
    }
}

/// Runs until it is told to stop, and results in a [`Bomb`] all the same.
struct Bomber;

impl Worker for Bomber {
    type Input = ();
    type Output = Bomb;
    type Error = ();

    fn run(&mut self, (): (), token: &CancelToken) -> Result<Bomb, ()> {
        while !token.is_cancelled() {
            thread::yield_now();
        }
        Ok(Bomb)
    }
}

/// A bridge that tells when the pool has ended.
struct End(Sender<()>);

impl Bridge<Bomber> for End {
    fn finished(&self, _: u32, outcome: native_worker_pool_engine::Outcome<Bomb, ()>) {
        assert!(matches!(
            outcome,
            native_worker_pool_engine::Outcome::GivenUp
        ));
    }

    fn worker_crashed(&self, words: String) {
        panic!("{words}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_result_that_nobody_gets_and_that_panics_when_dropped_harms_nothing() {
    let (ends, ended) = channel();
    let pool = Pool::builder(options(1, 0), || Bomber, Arc::new(End(ends)))
        .start()
        .expect("a thread can start");
    pool.submit(0, ()).expect("the worker is idle");
    while pool.stats().wait_time.max.is_zero() {
        thread::yield_now(); // until a thread has taken it
    }
    pool.close_now();
    assert_eq!(ended.recv_timeout(LOST), Ok(()));
}
