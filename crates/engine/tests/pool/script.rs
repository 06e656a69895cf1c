//! Tasks that a test controls, and one channel with all events of a pool. A test awaits events and
//! never sleeps.

use native_worker_pool_engine::{
    Bridge, CancelToken, Load, Pool, PoolBuilder, PoolOptions, Refused, SpawnError, Stats,
    TaskOptions, Worker,
};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// How long a test waits for an event. Decides only how long a failing test takes.
pub const LOST: Duration = Duration::from_secs(30);

pub const NO_LIMIT: usize = usize::MAX;

/// A job completes and fails with its number.
pub type Outcome = native_worker_pool_engine::Outcome<u32, u32>;

/// How a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    Fail,
    /// Panics with [`panic_message`].
    Panic,
    /// Completes when its token is cancelled.
    Obey,
}

/// The panic message of the task with this number.
pub fn panic_message(task: u32) -> String {
    format!("task {task} panics")
}

/// A task that reports its start and ends as its [`Gate`] requests.
pub struct Job {
    number: u32,
    ending: Receiver<Ending>,
}

/// Sends a [`Job`] its ending. Sending fails if the job was dropped.
pub type Gate = Sender<Ending>;

impl Job {
    pub fn new(number: u32) -> (Self, Gate) {
        let (gate, ending) = channel();
        (Self { number, ending }, gate)
    }

    /// A job that ends without waiting.
    pub fn ungated(number: u32, how: Ending) -> Self {
        let (job, gate) = Self::new(number);
        gate.send(how).expect("the job exists");
        job
    }
}

/// The outcome of a job that ends like this without being stopped.
pub fn outcome(task: u32, how: Ending) -> Outcome {
    match how {
        Ending::Complete | Ending::Obey => Outcome::Completed(task),
        Ending::Fail => Outcome::Failed(task),
        Ending::Panic => Outcome::Crashed(panic_message(task)),
    }
}

/// Where a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub thread: ThreadId,
    /// How many jobs the worker has started, including this one.
    pub nth: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From the running task.
    Started(u32, Seat),
    /// From [`Bridge::finished`].
    Finished(u32, Outcome),
    /// From [`Bridge::worker_crashed`].
    Crashed(String),
    /// From [`Bridge::thread_missing`].
    ThreadMissing(String),
    /// From [`Bridge::closed`].
    Closed,
}

/// The worker that runs jobs.
pub struct Actor {
    started: u32,
    stage: Stage,
}

impl Worker for Actor {
    type Input = Job;
    type Output = u32;
    type Error = u32;

    fn run(&mut self, job: Job, token: &CancelToken) -> Result<u32, u32> {
        self.started += 1;
        let seat = Seat {
            thread: thread::current().id(),
            nth: self.started,
        };
        self.stage.emit(Event::Started(job.number, seat));
        // A dropped gate belongs to a failed test.
        match job.ending.recv().unwrap_or(Ending::Complete) {
            Ending::Complete => Ok(job.number),
            Ending::Fail => Err(job.number),
            // Unlike `panic!` this does not print through the panic hook.
            Ending::Panic => resume_unwind(Box::new(panic_message(job.number))),
            Ending::Obey => {
                while !token.is_cancelled() {
                    thread::yield_now();
                }
                Ok(job.number)
            }
        }
    }
}

/// The source of events. Every worker and the bridge own one.
#[derive(Clone)]
pub struct Stage(Sender<Event>);

impl Stage {
    pub fn new() -> (Self, Events) {
        let (sender, receiver) = channel();
        (Self(sender), Events(receiver))
    }

    /// A worker whose jobs report their start to this stage.
    pub fn actor(&self) -> Actor {
        Actor {
            started: 0,
            stage: self.clone(),
        }
    }

    pub fn emit(&self, event: Event) {
        // Fails only after a failed test.
        let _ = self.0.send(event);
    }
}

impl<W: Worker<Output = u32, Error = u32>> Bridge<W> for Stage {
    fn finished(&self, task: u32, outcome: Outcome) {
        self.emit(Event::Finished(task, outcome));
    }

    fn worker_crashed(&self, message: String) {
        self.emit(Event::Crashed(message));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.emit(Event::ThreadMissing(error.to_string()));
    }

    fn closed(&self) {
        self.emit(Event::Closed);
    }
}

/// The events of a pool, in order.
pub struct Events(Receiver<Event>);

impl Events {
    /// Awaits the next event.
    pub fn next(&self) -> Event {
        self.0.recv_timeout(LOST).expect("an event is lost")
    }

    /// Awaits the start of any job.
    pub fn started(&self) -> (u32, Seat) {
        match self.next() {
            Event::Started(number, seat) => (number, seat),
            other => panic!("expected a start, not {other:?}"),
        }
    }

    /// Awaits the next outcome of any job, and skips starts.
    pub fn finished(&self) -> (u32, Outcome) {
        loop {
            match self.next() {
                Event::Started(..) => {}
                Event::Finished(number, outcome) => return (number, outcome),
                other => panic!("expected an outcome, not {other:?}"),
            }
        }
    }

    /// Asserts that there are no unread events.
    pub fn assert_none_pending(&self) {
        assert_eq!(self.0.try_recv(), Err(TryRecvError::Empty));
    }

    /// Asserts that no event follows: waits until the pool, its threads and its workers are
    /// dropped.
    pub fn assert_end(self) {
        assert_eq!(
            self.0.recv_timeout(LOST),
            Err(RecvTimeoutError::Disconnected)
        );
    }
}

pub fn options(size: usize, max_queue: usize) -> PoolOptions {
    PoolOptions {
        size,
        min_size: size,
        idle_timeout: None,
        max_queue,
        thread_name: "test-worker".to_owned(),
    }
}

/// The builder of a pool of actors, and its events.
pub fn builder(size: usize, max_queue: usize) -> (PoolBuilder<Actor>, Events) {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let builder = Pool::builder(options(size, max_queue), move || stage.actor(), bridge);
    (builder, events)
}

/// A pool of actors, and its events.
pub fn pool(size: usize, max_queue: usize) -> (Pool<Actor>, Events) {
    let (builder, events) = builder(size, max_queue);
    (builder.start().expect("a thread can be started"), events)
}

/// Submits a job that waits for its gate.
pub fn submit_gated(pool: &Pool<Actor>, number: u32) -> Result<Gate, Refused> {
    let (job, gate) = Job::new(number);
    pool.submit(number, job).map(|()| gate)
}

/// Submits a job with options that waits for its gate, to a pool that has room.
pub fn submit_gated_with(pool: &Pool<Actor>, number: u32, options: TaskOptions) -> Gate {
    let (job, gate) = Job::new(number);
    pool.submit_with(number, job, options)
        .expect("the pool has room");
    gate
}

pub fn submit(pool: &Pool<Actor>, number: u32, how: Ending) {
    pool.submit(number, Job::ungated(number, how))
        .expect("the pool has room");
}

/// Waits until the pool has this load, where no event reports it.
pub fn await_load(pool: &Pool<Actor>, load: Load) {
    let since = Instant::now();
    while pool.load() != load {
        assert!(since.elapsed() < LOST, "{:?}, not {load:?}", pool.load());
        thread::yield_now();
    }
}

/// Submits a job that waits for its gate, and awaits its start.
pub fn start(pool: &Pool<Actor>, events: &Events, number: u32) -> Gate {
    let gate = submit_gated_with(pool, number, TaskOptions::default());
    assert_eq!(events.started().0, number);
    gate
}

/// Ends the job of `gate` like this.
pub fn end(gate: &Gate, how: Ending) {
    gate.send(how).expect("the job waits at its gate");
}

/// Runs one job, awaits its outcome, and returns where it ran.
pub fn run_alone(pool: &Pool<Actor>, events: &Events, number: u32, how: Ending) -> Seat {
    submit(pool, number, how);
    let (started, seat) = events.started();
    assert_eq!(started, number);
    assert_eq!(events.finished(), (number, outcome(number, how)));
    seat
}

/// Closes an idle pool and asserts that it ends.
pub fn close(pool: Pool<Actor>, events: Events) {
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    drop(pool);
    events.assert_end();
}

/// Asserts that every admitted task is counted once.
pub fn assert_sum_rule(stats: &Stats) {
    let ended = stats.completed + stats.failed + stats.aborted + stats.timed_out;
    let here = (stats.queued + stats.running) as u64;
    assert_eq!(stats.submitted, ended + here, "{stats:?}");
}
