//! A pool as its owner has it, and how it is made.

use crate::outcome::{Cancelled, Refused};
use crate::ring::SubmissionRing;
use crate::schedule::{Load, TaskOptions};
use crate::scheduler::{Intake, Scheduler};
use crate::stats::Stats;
use crate::sync::{self, Arc, JoinHandle};
use crate::threads::{Core, Spawner, ThreadMain};
use crate::unwind::drop_quietly;
use crate::worker::{Bridge, SpawnError, Worker};
use std::io;
use std::time::Duration;

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

/// A pool in the making.
pub struct PoolBuilder<W: Worker> {
    options: PoolOptions,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    intake: Option<Intake<W::Input>>,
    spawner: Box<Spawner>,
}

impl<W: Worker> PoolBuilder<W> {
    /// Has the pool also take tasks from `ring`, of which it is the only reader; `decode` makes an
    /// input of the 64 bits that were posted. They are admitted as by [`Pool::submit`], but cannot be
    /// refused: the pool must have no `max_queue`, and nothing may be posted once it is closed.
    ///
    /// # Panics
    ///
    /// When the pool has a `max_queue`.
    #[must_use]
    pub fn ring(
        mut self,
        ring: Arc<SubmissionRing>,
        decode: impl Fn(u64) -> W::Input + Send + Sync + 'static,
    ) -> Self {
        assert!(
            self.options.max_queue == usize::MAX,
            "a task in a ring cannot be refused"
        );
        let decode = Box::new(decode);
        self.intake = Some(Intake { ring, decode });
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
        let core = Core::new(
            name,
            self.make_worker,
            self.bridge,
            self.spawner,
            |alarm, host| Scheduler::new(size, max_queue, self.intake, alarm, host),
        );
        core.start()?;
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

    /// Admits a task with options. It can be cancelled while it is queued, too. Its number must not be that of another
    /// task that has not ended.
    ///
    /// # Errors
    ///
    /// As [`Pool::submit`].
    pub fn submit_with(
        &self,
        task: u32,
        input: W::Input,
        options: TaskOptions,
    ) -> Result<(), Refused> {
        self.core.scheduler.submit_with(task, input, options)
    }

    /// Cancels a task that was admitted by [`Pool::submit_with`], or that runs. It is settled by that, and its
    /// number may be used for another.
    pub fn cancel(&self, task: u32) -> Cancelled {
        let (cancelled, removed) = self.core.scheduler.cancel(task);
        drop_quietly(removed);
        cancelled
    }

    /// Empties the ring into the queue and wakes workers for what was there.
    ///
    /// To be called when [`SubmissionRing::post`] says so; at any other time it does no harm.
    pub fn poll(&self) {
        self.core.scheduler.poll();
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
        self.core.join();
    }

    /// How busy the pool is now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.core.scheduler.load()
    }

    /// How long ago the pool was made: the time by which [`SubmissionRing::post`] counts.
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
