//! The threads of a pool: they take tasks, are replaced after a panic, and end.

use crate::inbox::Inbox;
use crate::outcome::{Outcome, Refused};
use crate::schedule::Load;
use crate::scheduler::{Intake, Scheduler};
use crate::sync::{Arc, Builder, JoinHandle, Mutex, has_ended, lock};
use crate::token::CancelToken;
use crate::unwind::{catch, drop_quietly};
use std::{fmt, io};

/// What runs the tasks of one thread.
///
/// A worker is made on its thread, for its first task, and never leaves it. After a panic it is
/// dropped and its thread replaced, so it may keep state (buffers, say) without guarding it.
pub trait Worker: 'static {
    /// What a task is given.
    type Input: Send + 'static;
    /// What a task results in.
    type Output: Send + 'static;
    /// Why a task failed.
    type Error: Send + 'static;

    /// Runs one task.
    ///
    /// If it may take more than a few milliseconds it looks at `token` about once a millisecond and
    /// returns when that is cancelled; with what does not matter then.
    ///
    /// # Errors
    ///
    /// Whatever the worker has to say about this input. It is called again for the next task.
    fn run(&mut self, input: Self::Input, token: &CancelToken)
    -> Result<Self::Output, Self::Error>;
}

/// Where a pool delivers what becomes of its tasks. Called from worker threads, one after the other
/// or at once; must not panic and should not block.
pub trait Bridge<W: Worker>: Send + Sync + 'static {
    /// The task that was submitted with this number has ended. The worker that ran it is free, or
    /// busy with another task, when this is called.
    fn finished(&self, task: u32, outcome: Outcome<W::Output, W::Error>);

    /// The last thread is about to end; no call follows.
    fn closed(&self);
}

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Number of worker threads, at least 1.
    pub size: usize,
    /// How many tasks may wait while every worker is busy; `usize::MAX` for no limit.
    pub max_queue: usize,
    /// Name of the threads, as the operating system and profilers show it.
    pub name: String,
}

/// A worker thread could not be started.
#[derive(Debug)]
pub struct SpawnError(io::Error);

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot start a worker thread: {}", self.0)
    }
}

impl std::error::Error for SpawnError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A fixed number of worker threads and the queue they share.
///
/// Dropping it abandons what is queued and running without waiting for the threads; see
/// [`Pool::close`] for the orderly end.
pub struct Pool<W: Worker> {
    core: Arc<Core<W>>,
}

impl<W: Worker> Pool<W> {
    /// Starts the threads of a pool. Each makes its own worker with `make_worker`; a panic of that
    /// counts as a crash of the task it was made for.
    ///
    /// # Errors
    ///
    /// When a thread cannot be started; those already started end.
    ///
    /// # Panics
    ///
    /// When `options.size` is 0.
    pub fn new(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
    ) -> Result<Self, SpawnError> {
        Self::start(options, make_worker, bridge, None)
    }

    /// Starts the threads of a pool that also takes tasks from `inbox`, of which it is the only
    /// reader; `decode` makes an input of the 64 bits that were posted. They are admitted as by
    /// [`Pool::submit`], but cannot be refused: the pool must have no `max_queue`, and nothing may
    /// be posted once it is closed.
    ///
    /// # Errors
    ///
    /// As [`Pool::new`].
    ///
    /// # Panics
    ///
    /// When `options.size` is 0, or `options.max_queue` a limit.
    pub fn with_inbox(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
        inbox: Arc<Inbox>,
        decode: impl Fn(u64) -> W::Input + Send + Sync + 'static,
    ) -> Result<Self, SpawnError> {
        assert!(
            options.max_queue == usize::MAX,
            "a task in an inbox cannot be refused"
        );
        let intake = Intake {
            inbox,
            decode: Box::new(move |number, input| Task {
                number,
                input: decode(input),
            }),
        };
        Self::start(options, make_worker, bridge, Some(intake))
    }

    fn start(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
        intake: Option<Intake<Task<W::Input>>>,
    ) -> Result<Self, SpawnError> {
        assert!(options.size > 0, "a pool needs at least one worker");
        let core = Arc::new(Core {
            scheduler: Scheduler::new(options.size, options.max_queue, intake),
            make_worker: Box::new(make_worker),
            bridge,
            token: CancelToken::new(),
            threads: Mutex::new(Threads {
                live: 0,
                handles: Vec::new(),
            }),
            name: options.name,
        });
        // Made before the first thread: when a later one fails, dropping it ends the others.
        let pool = Self { core };
        for _ in 0..options.size {
            pool.core.spawn().map_err(SpawnError)?;
        }
        Ok(pool)
    }

    /// Admits a task. It starts at once when a worker is idle, else in its turn. `task` is the
    /// caller's own number for it, given back with its outcome.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the task is not admitted; its number is not used then.
    pub fn submit(&self, task: u32, input: W::Input) -> Result<(), Refused> {
        self.core.scheduler.submit(Task {
            number: task,
            input,
        })
    }

    /// Empties the inbox into the queue and wakes workers for what was there. To be called when
    /// [`Inbox::post`] says so; at any other time it does no harm.
    pub fn look(&self) {
        self.core.scheduler.look();
    }

    /// Admits no more tasks, lets the queued and running ones finish, and then ends the threads;
    /// the last of them calls [`Bridge::closed`]. Returns at once. Further calls change nothing.
    pub fn close(&self) {
        self.core.scheduler.close();
    }

    /// Waits for the threads to end. For the time after [`Bridge::closed`], when they are past
    /// their last instruction but one; before [`Pool::close`] it would wait for ever.
    pub fn join(&self) {
        loop {
            let handles = std::mem::take(&mut lock(&self.core.threads).handles);
            if handles.is_empty() {
                return;
            }
            for handle in handles {
                // A thread of the pool ends by returning: there is no panic to pass on. It may have
                // been replaced meanwhile: hence the loop.
                let _ = handle.join();
            }
        }
    }

    /// Gives up: drops what is queued, tells what runs to stop, and lets the threads end by
    /// themselves. Waits for nothing.
    pub fn abandon(&self) {
        self.core.token.cancel();
        drop(self.core.scheduler.abandon());
    }

    /// How busy the pool is now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.core.scheduler.load()
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        self.abandon();
    }
}

struct Task<I> {
    number: u32,
    input: I,
}

struct Threads {
    /// Threads that have not called `leave`.
    live: usize,
    handles: Vec<JoinHandle<()>>,
}

/// What the threads of a pool share.
struct Core<W: Worker> {
    scheduler: Scheduler<Task<W::Input>>,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    /// Cancelled when the pool is abandoned.
    token: CancelToken,
    threads: Mutex<Threads>,
    name: String,
}

/// Why a thread stopped serving tasks.
enum Stop {
    /// There are no more tasks to come.
    Ended,
    /// The worker panicked.
    Crashed,
}

impl<W: Worker> Core<W> {
    fn spawn(self: &Arc<Self>) -> io::Result<()> {
        let core = Arc::clone(self);
        // Held until the new thread is counted, so that it cannot leave before that.
        let mut threads = lock(&self.threads);
        let handle = Builder::new()
            .name(self.name.clone())
            .spawn(move || core.main())?;
        let ended = threads
            .handles
            .extract_if(.., |handle| has_ended(handle))
            .collect::<Vec<_>>();
        threads.handles.push(handle);
        threads.live += 1;
        drop(threads);
        for handle in ended {
            // Joined and not just let go: it may have some instructions to go, and `join` promises
            // that none has.
            let _ = handle.join();
        }
        Ok(())
    }

    /// The life of a worker thread.
    fn main(self: Arc<Self>) {
        while let Stop::Crashed = self.serve() {
            // Another thread takes this one's place, lest the panic left something behind in it. If
            // none is to be had, this one goes on with a new worker: the pool never shrinks.
            if self.spawn().is_ok() {
                break;
            }
        }
        self.leave();
    }

    /// Runs tasks until there are none to come or the worker panics.
    fn serve(&self) -> Stop {
        let mut worker = None;
        while let Some(first) = self.scheduler.take() {
            let mut task = first;
            loop {
                let run = || {
                    worker
                        .get_or_insert_with(&self.make_worker)
                        .run(task.input, &self.token)
                };
                let result = match catch(run) {
                    Ok(result) => result,
                    Err(words) => {
                        drop_quietly(worker);
                        self.scheduler.finish();
                        self.bridge.finished(task.number, Outcome::Crashed(words));
                        return Stop::Crashed;
                    }
                };
                // First the worker is free (or has its next task), then the outcome is known: who
                // awaits it and gives the next task finds room for that.
                let next = self.scheduler.finish_and_take();
                self.bridge.finished(task.number, Outcome::from(result));
                match next {
                    Some(next) => task = next,
                    None => break,
                }
            }
        }
        drop_quietly(worker);
        Stop::Ended
    }

    /// The last act of a thread.
    fn leave(&self) {
        let mut threads = lock(&self.threads);
        threads.live -= 1;
        let last = threads.live == 0;
        drop(threads);
        if last {
            self.bridge.closed();
        }
    }
}
