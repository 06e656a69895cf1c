//! Models of what threads can do to each other in a pool: loom runs each of them once for every
//! order in which the threads can come to the pool's locks, condition variable and token. A thread
//! that never wakes is a deadlock to loom and fails the model, as does a thread more than the model
//! allows.
//!
//! `ci/loom` runs them. What a model can hold is decided by how the number of orders grows: about
//! tenfold with each task or thread. Where all of them would be too many a model bounds how often
//! a thread may be interrupted that could have gone on; most concurrency bugs need one or two such
//! interruptions, whatever the number of steps.
#![cfg(loom)]

use loom::model::Builder;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use native_worker_pool_engine::{
    Bridge, CancelToken, Load, Outcome, Pool, PoolOptions, Refused, Worker,
};
use std::panic::resume_unwind;
use std::sync::Arc;

const NO_LIMIT: usize = usize::MAX;

/// What a task does.
enum Act {
    Complete,
    Panic,
    /// Runs until its token is cancelled.
    Wait,
    /// Runs until another task runs that was given the same meeting.
    Meet(Arc<Meeting>),
}

/// Where two tasks wait for each other.
struct Meeting {
    present: Mutex<usize>,
    complete: Condvar,
}

impl Meeting {
    fn new() -> Self {
        Self {
            present: Mutex::new(0),
            complete: Condvar::new(),
        }
    }

    fn attend(&self) {
        let mut present = self.present.lock().expect("no panic here");
        *present += 1;
        self.complete.notify_all();
        while *present < 2 {
            present = self.complete.wait(present).expect("no panic here");
        }
    }
}

struct Actor;

impl Worker for Actor {
    type Input = Act;
    type Output = ();
    type Error = ();

    fn run(&mut self, act: Act, token: &CancelToken) -> Result<(), ()> {
        match act {
            Act::Complete => {}
            Act::Panic => resume_unwind(Box::new("on purpose")),
            Act::Wait => {
                while !token.is_cancelled() {
                    thread::yield_now();
                }
            }
            Act::Meet(meeting) => meeting.attend(),
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Finished(u32, Outcome<(), ()>),
    Closed,
}

/// What the bridge was told, in order.
struct Record {
    events: Mutex<Vec<Event>>,
    grown: Condvar,
}

impl Record {
    fn push(&self, event: Event) {
        self.events.lock().expect("no panic here").push(event);
        self.grown.notify_one();
    }

    /// Waits until this many outcomes have been delivered.
    fn await_outcomes(&self, count: usize) {
        let mut events = self.events.lock().expect("no panic here");
        while events.len() < count {
            events = self.grown.wait(events).expect("no panic here");
        }
    }
}

impl Bridge<Actor> for Record {
    fn finished(&self, task: u32, outcome: Outcome<(), ()>) {
        self.push(Event::Finished(task, outcome));
    }

    fn closed(&self) {
        self.push(Event::Closed);
    }
}

/// A pool and what its bridge was told.
struct Stage {
    pool: Pool<Actor>,
    size: usize,
    record: Arc<Record>,
}

impl Stage {
    fn new(size: usize, max_queue: usize) -> Self {
        let record = Arc::new(Record {
            events: Mutex::new(Vec::new()),
            grown: Condvar::new(),
        });
        let options = PoolOptions {
            size,
            max_queue,
            name: String::new(),
        };
        let bridge = Arc::clone(&record);
        let pool = Pool::new(options, || Actor, bridge).expect("loom starts threads");
        Self { pool, size, record }
    }

    /// Waits for the threads of a pool that ends, of which so many were replaced, and gives what
    /// was delivered, by task. `closed` must have come once, after all of it.
    fn end(self, crashes: usize) -> Vec<(u32, Outcome<(), ()>)> {
        // A join sees the threads that were started when it was called. A thread starts its
        // replacement before it ends, so the next join sees that.
        for _ in 0..=crashes {
            self.pool.join();
        }
        let idle = Load {
            idle: self.size,
            queued: 0,
        };
        assert_eq!(self.pool.load(), idle);
        drop(self.pool);

        let mut events = self.record.events.lock().expect("no panic here").clone();
        assert_eq!(events.pop(), Some(Event::Closed), "closed comes last");
        let mut outcomes: Vec<_> = events
            .into_iter()
            .map(|event| match event {
                Event::Finished(task, outcome) => (task, outcome),
                Event::Closed => panic!("closed comes once"),
            })
            .collect();
        outcomes.sort_by_key(|(task, _)| *task);
        outcomes
    }
}

fn completed(task: u32) -> (u32, Outcome<(), ()>) {
    (task, Outcome::Completed(()))
}

fn crashed(task: u32) -> (u32, Outcome<(), ()>) {
    (task, Outcome::Crashed("on purpose".to_owned()))
}

/// Every order of at most so many threads, that of the model included.
fn every_order(threads: usize) -> Builder {
    let mut builder = Builder::new();
    builder.max_threads = threads;
    builder
}

/// Those orders in which threads are interrupted at most so many times.
fn orders(threads: usize, interruptions: usize) -> Builder {
    let mut builder = every_order(threads);
    builder.preemption_bound = Some(interruptions);
    builder
}

// The hand-over of a task. These models await outcomes before they close: closing wakes everybody
// and would make good a wake-up that was lost before.

#[test]
fn a_worker_that_goes_to_sleep_hears_of_a_new_task() {
    every_order(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(0), [completed(0), completed(1)]);
    });
}

#[test]
fn who_has_an_outcome_finds_a_worker_free() {
    every_order(2).check(|| {
        let stage = Stage::new(1, 0);
        for task in [0, 1] {
            assert_eq!(stage.pool.submit(task, Act::Complete), Ok(()));
            stage.record.await_outcomes(task as usize + 1);
        }
        stage.pool.close();
        assert_eq!(stage.end(0), [completed(0), completed(1)]);
    });
}

#[test]
fn one_worker_runs_what_two_producers_submit() {
    every_order(3).check(|| two_producers(1));
}

#[test]
fn two_workers_run_what_two_producers_submit() {
    orders(4, 3).check(|| two_producers(2));
}

fn two_producers(size: usize) {
    let stage = Stage::new(size, NO_LIMIT);
    let stage = Arc::new(stage);
    let other = {
        let stage = Arc::clone(&stage);
        thread::spawn(move || stage.pool.submit(1, Act::Complete))
    };
    assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
    assert_eq!(other.join().expect("no panic"), Ok(()));
    stage.record.await_outcomes(2);
    stage.pool.close();
    let stage = Arc::into_inner(stage).expect("the other producer has ended");
    assert_eq!(stage.end(0), [completed(0), completed(1)]);
}

#[test]
fn two_workers_run_two_tasks_at_once() {
    orders(3, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        let meeting = Arc::new(Meeting::new());
        for task in [0, 1] {
            let act = Act::Meet(Arc::clone(&meeting));
            assert_eq!(stage.pool.submit(task, act), Ok(()));
        }
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(0), [completed(0), completed(1)]);
    });
}

// The replacement of a worker.

#[test]
fn a_task_submitted_while_a_worker_crashes_runs() {
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(1), [crashed(0), completed(1)]);
    });
}

#[test]
fn who_has_the_outcome_of_a_crash_finds_a_worker_free() {
    every_order(3).check(|| {
        let stage = Stage::new(1, 0);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        stage.record.await_outcomes(1);
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(1), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_of_two_that_loses_one_while_a_task_comes_runs_it() {
    orders(4, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(1), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_closed_while_its_worker_crashes_closes_once() {
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(1), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_closed_while_all_its_workers_crash_closes_once() {
    orders(5, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Panic), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(2), [crashed(0), crashed(1)]);
    });
}

// The end of a pool.

#[test]
fn what_was_admitted_before_a_close_is_delivered() {
    every_order(3).check(|| submit_against_close(1));
}

#[test]
fn what_was_admitted_before_a_close_is_delivered_by_two_workers() {
    orders(4, 3).check(|| submit_against_close(2));
}

fn submit_against_close(size: usize) {
    let stage = Arc::new(Stage::new(size, NO_LIMIT));
    let producer = {
        let stage = Arc::clone(&stage);
        thread::spawn(move || [0, 1].map(|task| stage.pool.submit(task, Act::Complete)))
    };
    stage.pool.close();
    let submitted = producer.join().expect("no panic");
    let stage = Arc::into_inner(stage).expect("the producer has ended");
    let due = match submitted {
        [Ok(()), Ok(())] => vec![completed(0), completed(1)],
        [Ok(()), Err(Refused::Closed)] => vec![completed(0)],
        [Err(Refused::Closed), Err(Refused::Closed)] => vec![],
        other => panic!("neither full nor open again: {other:?}"),
    };
    assert_eq!(stage.end(0), due);
}

#[test]
fn two_who_close_a_pool_close_it_once() {
    orders(4, 4).check(|| {
        let stage = Arc::new(Stage::new(2, NO_LIMIT));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        stage.pool.close();
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(0), []);
    });
}

#[test]
fn an_abandoned_pool_ends_its_threads_and_delivers_nothing_twice() {
    orders(3, 4).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.abandon();
        let outcomes = stage.end(0);
        // What a thread had taken is delivered, what it had not is dropped.
        let possible = [
            vec![],
            vec![completed(0)],
            vec![completed(1)],
            vec![completed(0), completed(1)],
        ];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}

#[test]
fn a_pool_abandoned_while_its_worker_crashes_closes_once() {
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.abandon();
        let outcomes = stage.end(1);
        let possible = [vec![], vec![crashed(0)], vec![crashed(0), completed(1)]];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}
