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
fn a_failed_task_keeps_its_worker() {
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
fn a_panic_crashes_its_task_and_replaces_worker_and_thread() {
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
fn queued_tasks_survive_a_panic_of_the_running_task() {
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
fn the_number_of_workers_is_unchanged_after_crashes() {
    const SIZE: u32 = 3;
    let (pool, events) = pool(3, NO_LIMIT);
    for number in 0..10 {
        submit(&pool, number, Ending::Panic);
    }
    for _ in 0..10 {
        events.finished();
    }
    assert_eq!(pool.load(), Load { idle: 3, queued: 0 });

    // As many tasks run at once as before ...
    let gates: Vec<_> = (0..SIZE)
        .map(|number| {
            let gate = submit_gated(&pool, number).expect("the queue has no limit");
            assert_eq!(events.started().0, number);
            gate
        })
        .collect();
    // ... and not one more: the last one starts when another has ended.
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
fn a_panic_of_make_worker_crashes_its_task() {
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

/// A thread-local value that reports the end of its thread.
struct ThreadEnd(Sender<ThreadId>);

impl Drop for ThreadEnd {
    fn drop(&mut self) {
        // Fails only after a failed test.
        let _ = self.0.send(thread::current().id());
    }
}

thread_local! {
    static THREAD_END: RefCell<Option<ThreadEnd>> = const { RefCell::new(None) };
}

/// A worker that stores a [`ThreadEnd`] in its thread, and panics if its input is true.
struct MarksThread(Sender<ThreadId>);

impl Worker for MarksThread {
    type Input = bool;
    type Output = ThreadId;
    type Error = ();

    fn run(&mut self, panics: bool, _: &CancelToken) -> Result<ThreadId, ()> {
        THREAD_END.with_borrow_mut(|thread_end| {
            thread_end.get_or_insert_with(|| ThreadEnd(self.0.clone()));
        });
        if panics {
            resume_unwind(Box::new("on purpose"));
        }
        Ok(thread::current().id())
    }
}

/// A bridge that reports the thread of each completed task.
struct Threads(Sender<Option<ThreadId>>);

impl Bridge<MarksThread> for Threads {
    fn finished(&self, _: u32, outcome: native_worker_pool_engine::Outcome<ThreadId, ()>) {
        let _ = self.0.send(match outcome {
            native_worker_pool_engine::Outcome::Completed(thread) => Some(thread),
            _ => None,
        });
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
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
        move || MarksThread(ends.clone()),
        Arc::new(Threads(outcomes)),
    )
    .start()
    .expect("threads can start");
    for number in 0..CRASHES {
        pool.submit(number, true).expect("the queue has no limit");
    }

    // Awaited while the pool is open: threads end before the pool closes.
    let mut gone = HashSet::new();
    for _ in 0..CRASHES {
        let thread = ended.recv_timeout(LOST).expect("a thread did not end");
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
struct PanicsOnDrop(Actor);

impl Worker for PanicsOnDrop {
    type Input = Job;
    type Output = u32;
    type Error = u32;

    fn run(&mut self, job: Job, token: &CancelToken) -> Result<u32, u32> {
        self.0.run(job, token)
    }
}

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        resume_unwind(Box::new("the worker breaks"));
    }
}

#[test]
fn a_panic_while_dropping_a_worker_is_contained() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let make_worker = move || PanicsOnDrop(stage.actor());
    let pool = Pool::builder(options(1, NO_LIMIT), make_worker, bridge)
        .start()
        .expect("a thread can start");
    for (number, how) in [(0, Ending::Panic), (1, Ending::Complete)] {
        pool.submit(number, Job::ungated(number, how))
            .expect("the queue has no limit");
        assert_eq!(events.finished(), (number, outcome(number, how)));
    }
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    drop(pool);
    events.assert_end();
}

/// A result that panics when it is dropped.
struct PanickingResult;

impl Drop for PanickingResult {
    fn drop(&mut self) {
        resume_unwind(Box::new("the result breaks"));
    }
}

/// Runs until its token is cancelled, and then returns a [`PanickingResult`].
struct ReturnsPanicking;

impl Worker for ReturnsPanicking {
    type Input = ();
    type Output = PanickingResult;
    type Error = ();

    fn run(&mut self, (): (), token: &CancelToken) -> Result<PanickingResult, ()> {
        while !token.is_cancelled() {
            thread::yield_now();
        }
        Ok(PanickingResult)
    }
}

/// A bridge that reports the end of the pool.
struct End(Sender<()>);

impl Bridge<ReturnsPanicking> for End {
    fn finished(&self, _: u32, outcome: native_worker_pool_engine::Outcome<PanickingResult, ()>) {
        assert!(matches!(
            outcome,
            native_worker_pool_engine::Outcome::GivenUp
        ));
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {
        let _ = self.0.send(());
    }
}

#[test]
fn a_panic_while_dropping_a_discarded_result_is_contained() {
    let (ends, ended) = channel();
    let pool = Pool::builder(options(1, 0), || ReturnsPanicking, Arc::new(End(ends)))
        .start()
        .expect("a thread can start");
    pool.submit(0, ()).expect("the worker is idle");
    while pool.stats().wait_time.max.is_zero() {
        thread::yield_now(); // until a thread has dequeued the task
    }
    pool.close_now();
    assert_eq!(ended.recv_timeout(LOST), Ok(()));
}
