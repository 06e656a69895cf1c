//! Models of concurrency in a pool. loom runs each model once for every interleaving of the
//! accesses to the pool's locks, condition variable and atomics. A thread that never wakes is a
//! deadlock to loom and fails the model, as does a thread more than the model allows.
//!
//! `ci/loom` runs them. The number of interleavings grows about tenfold with each task or thread,
//! which limits the size of a model. Where there are too many, the model bounds the number of
//! preemptions. Most concurrency bugs need one or two.
#![cfg(loom)]

mod cancel;
mod end;
mod hand_over;
mod mailbox;
mod replacement;
mod resize;
mod ring;
mod spawn;

use loom::model::Builder;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use native_worker_pool_engine::{
    Bridge, CancelToken, Outcome, Pool, PoolBuilder, PoolOptions, SpawnError, SubmissionRing,
    Worker,
};
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const NO_LIMIT: usize = usize::MAX;

/// What a task does.
enum Act {
    Complete,
    Panic,
    /// Runs until its token is cancelled.
    Wait,
    /// Runs until another task with the same meeting runs.
    Meet(Arc<Meeting>),
}

/// A barrier for two tasks.
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
    Crashed,
    ThreadMissing,
    Closed,
}

/// The calls of the bridge, in order.
struct Record {
    events: Mutex<Vec<Event>>,
    grown: Condvar,
}

impl Record {
    fn push(&self, event: Event) {
        self.events.lock().expect("no panic here").push(event);
        self.grown.notify_one();
    }

    /// How many workers crashed after their task was settled.
    fn crashes(&self) -> usize {
        let events = self.events.lock().expect("no panic here");
        let is_crash = |event: &&Event| **event == Event::Crashed;
        events.iter().filter(is_crash).count()
    }

    /// Waits until this many outcomes have been delivered.
    fn await_outcomes(&self, count: usize) {
        let outcomes = |events: &[Event]| {
            let is_outcome = |event: &&Event| matches!(event, Event::Finished(..));
            events.iter().filter(is_outcome).count()
        };
        let mut events = self.events.lock().expect("no panic here");
        while outcomes(&events) < count {
            events = self.grown.wait(events).expect("no panic here");
        }
    }
}

impl Bridge<Actor> for Record {
    fn finished(&self, task: u32, outcome: Outcome<(), ()>) {
        self.push(Event::Finished(task, outcome));
    }

    fn worker_crashed(&self, _: String) {
        self.push(Event::Crashed);
    }

    fn thread_missing(&self, _: SpawnError) {
        self.push(Event::ThreadMissing);
    }

    fn closed(&self) {
        self.push(Event::Closed);
    }
}

/// A pool and the calls of its bridge.
struct Stage {
    pool: Pool<Actor>,
    size: usize,
    has_failing_spawns: bool,
    record: Arc<Record>,
}

impl Stage {
    fn new(size: usize, max_queue: usize) -> Self {
        Self::build(options(size, max_queue), |builder| builder)
    }

    /// A pool with a ring. `act` decodes the input of a posted task.
    fn with_ring(
        size: usize,
        act: impl Fn(u64) -> Act + Send + Sync + 'static,
    ) -> (Self, Arc<SubmissionRing>) {
        let ring = Arc::new(SubmissionRing::default());
        let stage = Self::build(options(size, NO_LIMIT), |builder| {
            builder.ring(Arc::clone(&ring), act)
        });
        (stage, ring)
    }

    /// A pool whose attempts to start a thread, counted from 0, succeed if `succeeds` returns true.
    fn with_spawns(size: usize, succeeds: impl Fn(usize) -> bool + Send + Sync + 'static) -> Self {
        // An atomic of std: loom need not explore the order of attempts.
        let attempts = AtomicUsize::new(0);
        let stage = Self::build(options(size, NO_LIMIT), |builder| {
            builder.spawner(move |_, main| {
                if succeeds(attempts.fetch_add(1, Ordering::Relaxed)) {
                    thread::Builder::new().spawn(main)
                } else {
                    Err(io::Error::other("there are no more"))
                }
            })
        });
        Self {
            has_failing_spawns: true,
            ..stage
        }
    }

    fn build(
        options: PoolOptions,
        with: impl FnOnce(PoolBuilder<Actor>) -> PoolBuilder<Actor>,
    ) -> Self {
        let size = options.size;
        let record = Arc::new(Record {
            events: Mutex::new(Vec::new()),
            grown: Condvar::new(),
        });
        let bridge = Arc::clone(&record);
        let pool = with(Pool::builder(options, || Actor, bridge)).start();
        let pool = pool.expect("the first thread starts");
        Self {
            pool,
            size,
            has_failing_spawns: false,
            record,
        }
    }

    /// Joins the threads of a closed pool and returns the delivered outcomes, sorted by task.
    /// Asserts that `closed` was called once, after all outcomes.
    fn end(self) -> Vec<(u32, Outcome<(), ()>)> {
        self.pool.join();
        let stats = self.pool.stats();
        assert!(stats.idle == self.size || self.has_failing_spawns);
        assert_eq!((stats.running, stats.stopping, stats.queued), (0, 0, 0));
        let ended = stats.completed + stats.failed + stats.aborted + stats.timed_out;
        assert_eq!(stats.submitted, ended);
        drop(self.pool);

        let mut events = self.record.events.lock().expect("no panic here").clone();
        assert_eq!(events.pop(), Some(Event::Closed), "closed is the last call");
        let mut outcomes: Vec<_> = events
            .into_iter()
            .filter_map(|event| match event {
                Event::Finished(task, outcome) => Some((task, outcome)),
                Event::Crashed | Event::ThreadMissing => None,
                Event::Closed => panic!("closed is called once"),
            })
            .collect();
        outcomes.sort_by_key(|(task, _)| *task);
        outcomes
    }
}

fn options(size: usize, max_queue: usize) -> PoolOptions {
    PoolOptions {
        size,
        min_size: size,
        idle_timeout: None,
        max_queue,
        thread_name: String::new(),
    }
}

fn completed(task: u32) -> (u32, Outcome<(), ()>) {
    (task, Outcome::Completed(()))
}

fn crashed(task: u32) -> (u32, Outcome<(), ()>) {
    (task, Outcome::Crashed("on purpose".to_owned()))
}

/// Explores all interleavings of at most `threads` threads, including the main thread.
fn all_interleavings(threads: usize) -> Builder {
    let mut builder = Builder::new();
    builder.max_threads = threads;
    builder
}

/// Explores the interleavings with a bounded number of preemptions.
fn interleavings(threads: usize, preemptions: usize) -> Builder {
    let mut builder = all_interleavings(threads);
    builder.preemption_bound = Some(preemptions);
    builder
}
