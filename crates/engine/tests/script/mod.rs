//! Tasks that do what the test tells them when it tells them, and one channel on which everything
//! that happens in the pool arrives. A test awaits events; it never sleeps.

use native_worker_pool_engine::{Bridge, CancelToken, Outcome, Pool, PoolOptions, Worker};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// When an event that must come is given up for lost. It decides only how long a failing test
/// takes to say so.
const LOST: Duration = Duration::from_secs(30);

/// How a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Complete,
    Fail,
    /// With [`words`] as its message.
    Panic,
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

/// What a completed job says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    pub number: u32,
    /// Whether its token was cancelled when it ended.
    pub cancelled: bool,
}

/// The outcome of a job that ended like this, in a pool that was not abandoned before.
pub fn outcome(task: u32, how: Ending) -> Outcome<Done, u32> {
    match how {
        Ending::Complete => Outcome::Completed(Done {
            number: task,
            cancelled: false,
        }),
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
    Finished(u32, Outcome<Done, u32>),
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
    type Output = Done;
    type Error = u32;

    fn run(&mut self, job: Job, token: &CancelToken) -> Result<Done, u32> {
        self.started += 1;
        let seat = Seat {
            thread: thread::current().id(),
            nth: self.started,
        };
        self.stage.say(Event::Started(job.number, seat));
        // A gate that is gone belongs to a test that has failed: its threads just end.
        match job.ending.recv().unwrap_or(Ending::Complete) {
            Ending::Complete => Ok(Done {
                number: job.number,
                cancelled: token.is_cancelled(),
            }),
            Ending::Fail => Err(job.number),
            // Unlike `panic!` this does not print through the panic hook.
            Ending::Panic => resume_unwind(Box::new(words(job.number))),
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

    fn say(&self, event: Event) {
        // Nobody listens any more when a test has failed.
        let _ = self.0.send(event);
    }
}

impl<W: Worker<Output = Done, Error = u32>> Bridge<W> for Stage {
    fn finished(&self, task: u32, outcome: Outcome<Done, u32>) {
        self.say(Event::Finished(task, outcome));
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

/// A pool of actors and the events that happen in it.
pub fn pool(size: usize, max_queue: usize) -> (Pool<Actor>, Events) {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let pool = Pool::new(options(size, max_queue), move || stage.actor(), bridge)
        .expect("threads can be started");
    (pool, events)
}
