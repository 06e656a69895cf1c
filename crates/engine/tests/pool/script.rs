//! Tasks that do what the test tells them when it tells them, and one channel on which everything
//! that happens in the pool arrives. A test awaits events; it never sleeps.

use native_worker_pool_engine::{
    Bridge, CancelToken, Load, Pool, PoolBuilder, PoolOptions, Refused, SpawnError, Stats,
    TaskOptions, Worker,
};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// When an event that must come is given up for lost. It decides only how long a failing test
/// takes to say so.
pub const LOST: Duration = Duration::from_secs(30);

pub const NO_LIMIT: usize = usize::MAX;

/// A job completes and fails with its number.
pub type Outcome = native_worker_pool_engine::Outcome<u32, u32>;

/// How a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    Fail,
    /// With [`words`] as its message.
    Panic,
    /// Completes when its token is cancelled.
    Obey,
}

/// The message with which the task of this number panics.
pub fn words(task: u32) -> String {
    format!("task {task} panics")
}

/// A task that starts, says so, and ends as its [`Gate`] says.
pub struct Job {
    number: u32,
    ending: Receiver<Ending>,
}

/// The test's end of a [`Job`]: send it the ending. Sending fails when the job is gone.
pub type Gate = Sender<Ending>;

impl Job {
    pub fn new(number: u32) -> (Self, Gate) {
        let (gate, ending) = channel();
        (Self { number, ending }, gate)
    }

    /// A job that waits for nobody.
    pub fn at_once(number: u32, how: Ending) -> Self {
        let (job, gate) = Self::new(number);
        gate.send(how).expect("the job is here");
        job
    }
}

/// The outcome of a job that was left to end like this.
pub fn outcome(task: u32, how: Ending) -> Outcome {
    match how {
        Ending::Complete | Ending::Obey => Outcome::Completed(task),
        Ending::Fail => Outcome::Failed(task),
        Ending::Panic => Outcome::Crashed(words(task)),
    }
}

/// Where a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    pub thread: ThreadId,
    /// How many jobs the worker has started, this one included.
    pub nth: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// From inside the running task.
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
        self.stage.say(Event::Started(job.number, seat));
        // A gate that is gone belongs to a test that has failed: its threads just end.
        match job.ending.recv().unwrap_or(Ending::Complete) {
            Ending::Complete => Ok(job.number),
            Ending::Fail => Err(job.number),
            // Unlike `panic!` this does not print through the panic hook.
            Ending::Panic => resume_unwind(Box::new(words(job.number))),
            Ending::Obey => {
                while !token.is_cancelled() {
                    thread::yield_now();
                }
                Ok(job.number)
            }
        }
    }
}

/// Where events come from: every worker and the bridge hold one.
#[derive(Clone)]
pub struct Stage(Sender<Event>);

impl Stage {
    pub fn new() -> (Self, Events) {
        let (sender, receiver) = channel();
        (Self(sender), Events(receiver))
    }

    /// A worker whose jobs say on this stage that they started.
    pub fn actor(&self) -> Actor {
        Actor {
            started: 0,
            stage: self.clone(),
        }
    }

    pub fn say(&self, event: Event) {
        // Nobody listens any more when a test has failed.
        let _ = self.0.send(event);
    }
}

impl<W: Worker<Output = u32, Error = u32>> Bridge<W> for Stage {
    fn finished(&self, task: u32, outcome: Outcome) {
        self.say(Event::Finished(task, outcome));
    }

    fn worker_crashed(&self, words: String) {
        self.say(Event::Crashed(words));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.say(Event::ThreadMissing(error.to_string()));
    }

    fn closed(&self) {
        self.say(Event::Closed);
    }
}

/// What happens in a pool, in the order in which it was told.
pub struct Events(Receiver<Event>);

impl Events {
    /// The next event; waits for it.
    pub fn next(&self) -> Event {
        self.0.recv_timeout(LOST).expect("an event is lost")
    }

    /// Awaits the start of any job.
    pub fn started(&self) -> (u32, Seat) {
        match self.next() {
            Event::Started(number, seat) => (number, seat),
            other => panic!("a start was due, not {other:?}"),
        }
    }

    /// Awaits the next outcome of any job.
    pub fn finished(&self) -> (u32, Outcome) {
        loop {
            match self.next() {
                Event::Started(..) => {}
                Event::Finished(number, outcome) => return (number, outcome),
                other => panic!("an outcome was due, not {other:?}"),
            }
        }
    }

    /// Nothing has been told that was not read.
    pub fn assert_none_pending(&self) {
        assert_eq!(self.0.try_recv(), Err(TryRecvError::Empty));
    }

    /// Nothing more can ever be told: waits until the pool, its threads and its workers are gone.
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
        max_queue,
        name: "test-worker".to_owned(),
    }
}

/// A pool of actors to be started, and the events that happen in it.
pub fn builder(size: usize, max_queue: usize) -> (PoolBuilder<Actor>, Events) {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let builder = Pool::builder(options(size, max_queue), move || stage.actor(), bridge);
    (builder, events)
}

/// A pool of actors and the events that happen in it.
pub fn pool(size: usize, max_queue: usize) -> (Pool<Actor>, Events) {
    let (builder, events) = builder(size, max_queue);
    (builder.start().expect("a thread can be started"), events)
}

/// Submits a job that waits for its gate.
pub fn submit_gated(pool: &Pool<Actor>, number: u32) -> Result<Gate, Refused> {
    let (job, gate) = Job::new(number);
    pool.submit(number, job).map(|()| gate)
}

/// The same with options, in a pool that has room.
pub fn place_gated(pool: &Pool<Actor>, number: u32, options: TaskOptions) -> Gate {
    let (job, gate) = Job::new(number);
    pool.submit_with(number, job, options)
        .expect("the pool has room");
    gate
}

pub fn submit(pool: &Pool<Actor>, number: u32, how: Ending) {
    pool.submit(number, Job::at_once(number, how))
        .expect("the pool has room");
}

/// Waits until the workers are as busy as that, when nothing is told of what they do.
pub fn await_load(pool: &Pool<Actor>, load: Load) {
    let since = Instant::now();
    while pool.load() != load {
        assert!(since.elapsed() < LOST, "{:?}, not {load:?}", pool.load());
        thread::yield_now();
    }
}

/// Has a job run that ends at its gate.
pub fn start(pool: &Pool<Actor>, events: &Events, number: u32) -> Gate {
    let gate = place_gated(pool, number, TaskOptions::default());
    assert_eq!(events.started().0, number);
    gate
}

/// Lets the job behind `gate` end like this.
pub fn end(gate: &Gate, how: Ending) {
    gate.send(how).expect("the job waits for this");
}

/// Runs one job alone to its outcome, and tells where it ran.
pub fn run_alone(pool: &Pool<Actor>, events: &Events, number: u32, how: Ending) -> Seat {
    submit(pool, number, how);
    let (started, seat) = events.started();
    assert_eq!(started, number);
    assert_eq!(events.finished(), (number, outcome(number, how)));
    seat
}

/// Closes the pool, in which nothing is left to do, and sees it end.
pub fn close(pool: Pool<Actor>, events: Events) {
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    drop(pool);
    events.assert_end();
}

/// Sees that every task that was admitted is counted once.
pub fn assert_sum_rule(stats: &Stats) {
    let ended = stats.completed + stats.failed + stats.aborted + stats.timed_out;
    let here = (stats.queued + stats.running) as u64;
    assert_eq!(stats.submitted, ended + here, "{stats:?}");
}
