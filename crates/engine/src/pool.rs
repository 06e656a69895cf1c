//! The threads of a pool: they are started when tasks need them, take tasks, are replaced after a
//! panic, and end.

use crate::alarm::Alarm;
use crate::inbox::Inbox;
use crate::outcome::{Cancelled, Outcome, Refused};
use crate::schedule::{Load, Ran, Terms, Verdict};
use crate::scheduler::{End, Host, Intake, Scheduler, Settled};
use crate::stats::Stats;
use crate::sync::{self, Arc, JoinHandle, Mutex, has_ended, lock};
use crate::token::CancelToken;
use crate::unwind::{catch, drop_quietly};
use std::sync::Weak;
use std::time::Duration;
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

/// Where a pool delivers what becomes of its tasks. Called from worker threads, from a timer thread and from
/// whoever calls the pool, one after the other or at once; must not panic and should not block.
pub trait Bridge<W: Worker>: Send + Sync + 'static {
    /// The task that was submitted with this number is settled. When this is called, the worker that ran it is
    /// free or busy with another task, or it is stopping: then it was told to stop and has not ended yet.
    fn finished(&self, task: u32, outcome: Outcome<W::Output, W::Error>);

    /// A worker panicked with these words while it was stopping. Its task is settled.
    fn worker_crashed(&self, words: String);

    /// A thread that tasks need cannot be started. The pool goes on with those it has, and tries again
    /// when a task needs one, not before 100 ms. Said once until it succeeds.
    fn thread_missing(&self, error: SpawnError);

    /// The last thread is about to end; no call follows.
    fn closed(&self);
}

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// Number of workers, at least 1.
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

/// What a thread of a pool runs.
pub type ThreadMain = Box<dyn FnOnce() + Send>;

/// Starts a thread of this name.
type Spawner = dyn Fn(&str, ThreadMain) -> io::Result<JoinHandle<()>> + Send + Sync;

/// A pool in the making.
pub struct PoolBuilder<W: Worker> {
    options: PoolOptions,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    intake: Option<Intake<W::Input>>,
    spawner: Box<Spawner>,
}

impl<W: Worker> PoolBuilder<W> {
    /// Has the pool also take tasks from `inbox`, of which it is the only reader; `decode` makes an
    /// input of the 64 bits that were posted. They are admitted as by [`Pool::submit`], but cannot be
    /// refused: the pool must have no `max_queue`, and nothing may be posted once it is closed.
    ///
    /// # Panics
    ///
    /// When the pool has a `max_queue`.
    #[must_use]
    pub fn inbox(
        mut self,
        inbox: Arc<Inbox>,
        decode: impl Fn(u64) -> W::Input + Send + Sync + 'static,
    ) -> Self {
        assert!(
            self.options.max_queue == usize::MAX,
            "a task in an inbox cannot be refused"
        );
        let decode = Box::new(decode);
        self.intake = Some(Intake { inbox, decode });
        self
    }

    /// Has `spawner` start the pool's threads, given their name and what they run, instead of
    /// `std::thread::Builder`.
    #[must_use]
    pub fn spawner(
        mut self,
        spawner: impl Fn(&str, ThreadMain) -> io::Result<JoinHandle<()>> + Send + Sync + 'static,
    ) -> Self {
        self.spawner = Box::new(spawner);
        self
    }

    /// Starts the pool with one thread; the others are started when tasks need them.
    ///
    /// # Errors
    ///
    /// When that thread cannot be started.
    pub fn start(self) -> Result<Pool<W>, SpawnError> {
        let PoolOptions {
            size,
            max_queue,
            name,
        } = self.options;
        let core = Arc::new_cyclic(|core: &Weak<Core<W>>| {
            let rung = Weak::clone(core);
            let alarm = Alarm::new(move || {
                if let Some(core) = rung.upgrade() {
                    core.scheduler.ring();
                }
            });
            let host = Box::new(Weak::clone(core));
            Core {
                scheduler: Scheduler::new(size, max_queue, self.intake, alarm, host),
                make_worker: self.make_worker,
                bridge: self.bridge,
                spawner: self.spawner,
                handles: Mutex::new(Vec::new()),
                name,
            }
        });
        let seat = core.scheduler.first_seat();
        core.spawn(seat).map_err(SpawnError)?;
        core.scheduler.thread_started(seat);
        Ok(Pool { core })
    }
}

/// A fixed number of workers, each with a thread of its own, and the queue they share.
///
/// Dropping it gives up what is queued and running without waiting for the threads; see
/// [`Pool::close`] for the orderly end.
pub struct Pool<W: Worker> {
    core: Arc<Core<W>>,
}

impl<W: Worker> Pool<W> {
    /// A pool whose threads each make their own worker with `make_worker`; a panic of that counts as a
    /// crash of the task it was made for.
    ///
    /// # Panics
    ///
    /// When `options.size` is 0.
    pub fn builder(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
    ) -> PoolBuilder<W> {
        assert!(options.size > 0, "a pool needs at least one worker");
        PoolBuilder {
            options,
            make_worker: Box::new(make_worker),
            bridge,
            intake: None,
            spawner: Box::new(sync::spawn),
        }
    }

    /// Admits a task. It starts at once when a worker is idle, else in its turn. `task` is the
    /// caller's own number for it, given back with its outcome.
    ///
    /// # Errors
    ///
    /// [`Refused`] when the task is not admitted; its number is not used then.
    pub fn submit(&self, task: u32, input: W::Input) -> Result<(), Refused> {
        self.core.scheduler.submit(task, input)
    }

    /// Admits a task on such terms; one that can be cancelled also while it is queued. Its number must
    /// not be that of another that has not ended.
    ///
    /// # Errors
    ///
    /// As [`Pool::submit`].
    pub fn submit_with(&self, task: u32, input: W::Input, terms: Terms) -> Result<(), Refused> {
        self.core.scheduler.submit_with(task, input, terms)
    }

    /// Cancels a task that was admitted by [`Pool::submit_with`], or that runs. It is settled by that, and its
    /// number may be used for another.
    pub fn cancel(&self, task: u32) -> Cancelled {
        let (cancelled, removed) = self.core.scheduler.cancel(task);
        drop_quietly(removed);
        cancelled
    }

    /// Empties the inbox into the queue and wakes workers for what was there.
    ///
    /// To be called when [`Inbox::post`] says so; at any other time it does no harm.
    pub fn look(&self) {
        self.core.scheduler.look();
    }

    /// Admits no more tasks, lets the queued and running ones finish, and then ends the threads;
    /// the last of them calls [`Bridge::closed`]. Returns at once. Further calls change nothing.
    pub fn close(&self) {
        self.core.scheduler.close();
    }

    /// Does the same at once: all tasks are settled with [`Outcome::GivenUp`], and workers that run one are told
    /// to stop. The threads end when they have. May follow [`Pool::close`].
    pub fn close_now(&self) {
        self.core.scheduler.give_up();
    }

    /// Waits for the threads to end. For the time after [`Bridge::closed`], when they are past
    /// their last instruction but one; before [`Pool::close`] it would wait for ever.
    pub fn join(&self) {
        loop {
            let handles = std::mem::take(&mut *lock(&self.core.handles));
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

    /// How busy the pool is now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.core.scheduler.load()
    }

    /// How long ago the pool was made: the time by which [`Inbox::post`] counts.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.core.scheduler.age()
    }

    /// What has become of the tasks so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.scheduler.stats()
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        self.close_now();
    }
}

/// What the threads of a pool share.
struct Core<W: Worker> {
    scheduler: Scheduler<W::Input>,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    spawner: Box<Spawner>,
    handles: Mutex<Vec<JoinHandle<()>>>,
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
    /// Starts a thread for a seat. It has been counted already.
    fn spawn(self: &Arc<Self>, seat: usize) -> io::Result<()> {
        let core = Arc::clone(self);
        // Held until the handle is there, so that `join` does not miss it.
        let mut handles = lock(&self.handles);
        let main = Box::new(move || core.main(seat));
        let handle = (self.spawner)(&self.name, main)?;
        let ended = handles
            .extract_if(.., |handle| has_ended(handle))
            .collect::<Vec<_>>();
        handles.push(handle);
        drop(handles);
        for handle in ended {
            // Joined and not just let go: it may have some instructions to go, and `join` promises
            // that none has.
            let _ = handle.join();
        }
        Ok(())
    }

    /// The life of a worker thread.
    fn main(self: Arc<Self>, seat: usize) {
        while let Stop::Crashed = self.serve(seat) {
            // Another thread takes this one's place, lest the panic left something behind in it. If
            // none is to be had, this one goes on with a new worker: the pool never shrinks.
            self.scheduler.replacement_comes();
            if self.spawn(seat).is_ok() {
                break;
            }
            self.scheduler.leave(); // in the stead of the one that did not come
        }
        self.leave();
    }

    /// Runs tasks until there are none to come or the worker panics.
    fn serve(&self, seat: usize) -> Stop {
        let mut worker = None;
        let mut token = self.scheduler.enter(seat);
        while let Some(first) = self.scheduler.take(seat) {
            let mut job = first;
            loop {
                let deadline = job.deadline.and_then(|at| self.scheduler.instant(at));
                token.set_deadline(deadline);
                let run = || {
                    worker
                        .get_or_insert_with(&self.make_worker)
                        .run(job.input, &token)
                };
                let result = match catch(run) {
                    Ok(result) => result,
                    Err(words) => {
                        drop_quietly(worker);
                        match self.scheduler.crash(seat) {
                            Verdict::Counts => {
                                self.bridge.finished(job.number, Outcome::Crashed(words));
                            }
                            Verdict::TimedOut => {
                                self.bridge.worker_crashed(words);
                                self.bridge.finished(job.number, Outcome::TimedOut);
                            }
                            Verdict::Settled => self.bridge.worker_crashed(words),
                        }
                        return Stop::Crashed;
                    }
                };
                let ran = match result {
                    Ok(_) => Ran::Completed,
                    Err(_) => Ran::Failed,
                };
                // First the worker is free (or has its next task), then the outcome is known: who
                // awaits it and gives the next task finds room for that.
                let (verdict, next) = self.scheduler.finish_and_take(seat, ran);
                if verdict == Verdict::Counts {
                    self.bridge.finished(job.number, Outcome::from(result));
                } else {
                    drop_quietly(result);
                    if verdict == Verdict::TimedOut {
                        self.bridge.finished(job.number, Outcome::TimedOut);
                    }
                }
                match next {
                    Some(next) => job = next,
                    None => break,
                }
            }
        }
        drop_quietly(worker);
        Stop::Ended
    }

    /// The last act of a thread, and of a caller that has told what it had to tell.
    fn leave(&self) {
        if self.scheduler.leave() {
            self.bridge.closed();
        }
    }
}

// Weak, since the scheduler that holds it is part of the core. Whoever calls the scheduler holds that.
impl<W: Worker> Host<W::Input> for Weak<Core<W>> {
    fn start(&self, seat: usize) {
        let Some(core) = self.upgrade() else { return };
        match core.spawn(seat) {
            Ok(()) => core.scheduler.thread_started(seat),
            Err(error) => {
                if core.scheduler.thread_failed(seat) {
                    core.bridge.thread_missing(SpawnError(error));
                }
                core.leave();
            }
        }
    }

    fn settled(&self, tasks: Vec<Settled<W::Input>>) {
        let Some(core) = self.upgrade() else { return };
        for Settled { number, input, end } in tasks {
            drop_quietly(input);
            let outcome = match end {
                End::TimedOut => Outcome::TimedOut,
                End::WaitedTooLong => Outcome::WaitedTooLong,
                End::GivenUp => Outcome::GivenUp,
            };
            core.bridge.finished(number, outcome);
        }
        core.leave();
    }
}
