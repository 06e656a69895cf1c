//! How a pool is created.

use crate::pool::Pool;
use crate::ring::SubmissionRing;
use crate::scheduler::{Elasticity, Intake, Scheduler};
use crate::sync::{self, Arc, JoinHandle};
use crate::threads::{Core, OnThreadStart, Spawner, ThreadMain};
use crate::worker::{Bridge, SpawnError, Worker};
use std::io;
use std::time::Duration;

/// The options of a pool.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The largest number of workers, at least 1.
    pub size: usize,
    /// How many threads do not end when they are idle, at most `size`.
    pub min_size: usize,
    /// How long the others may be idle; `None` for no limit.
    pub idle_timeout: Option<Duration>,
    /// How many tasks may wait while every worker is busy; `usize::MAX` for no limit.
    pub max_queue: usize,
    /// Name of the threads, as the operating system and profilers show it.
    pub thread_name: String,
}

/// A pool that has not been started.
pub struct PoolBuilder<W: Worker> {
    options: PoolOptions,
    make_worker: Box<dyn Fn() -> W + Send + Sync>,
    bridge: Arc<dyn Bridge<W>>,
    intake: Option<Intake<W::Input>>,
    byte_limit: Option<ByteLimit<W::Input>>,
    spawner: Box<Spawner>,
    on_thread_start: Box<OnThreadStart>,
}

/// How many bytes the inputs of waiting tasks may have, and how an input is measured.
pub(crate) type ByteLimit<I> = (usize, fn(&I) -> usize);

impl<W: Worker> PoolBuilder<W> {
    pub(crate) fn new(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
    ) -> Self {
        assert!(options.size > 0, "a pool needs at least one worker");
        Self {
            options,
            make_worker: Box::new(make_worker),
            bridge,
            intake: None,
            byte_limit: None,
            spawner: Box::new(sync::spawn),
            on_thread_start: Box::new(|| {}),
        }
    }

    /// Lets the pool also drain `ring`, as its only consumer. `decode` converts the 64 bits of a
    /// posted task to an input. Posted tasks are admitted as by [`Pool::submit`], but cannot be
    /// refused, so nothing may be posted after [`Pool::close`].
    ///
    /// # Panics
    ///
    /// If the pool has a `max_queue`.
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

    /// Replaces `std::thread::Builder` as the way to start threads. `spawner` receives the name of
    /// the thread and what it runs.
    #[must_use]
    pub fn spawner(
        mut self,
        spawner: impl Fn(&str, ThreadMain) -> io::Result<JoinHandle<()>> + Send + Sync + 'static,
    ) -> Self {
        self.spawner = Box::new(spawner);
        self
    }

    /// Calls `on_thread_start` first on each thread, for example to set its priority. It must not
    /// panic.
    #[must_use]
    pub fn on_thread_start(mut self, on_thread_start: impl Fn() + Send + Sync + 'static) -> Self {
        self.on_thread_start = Box::new(on_thread_start);
        self
    }

    /// Limits the inputs of waiting tasks to `max_bytes` in total: a task that would exceed them is
    /// refused. An input that is larger by itself is admitted while no other task waits. `measure`
    /// returns the size of an input.
    #[must_use]
    pub fn byte_limit(mut self, max_bytes: usize, measure: fn(&W::Input) -> usize) -> Self {
        self.byte_limit = Some((max_bytes, measure));
        self
    }

    /// Starts the pool with one thread. Further threads are started when tasks need them.
    ///
    /// # Errors
    ///
    /// If the first thread cannot be started.
    pub fn start(self) -> Result<Pool<W>, SpawnError> {
        let PoolOptions {
            size,
            min_size,
            idle_timeout,
            max_queue,
            thread_name,
        } = self.options;
        let core = Core::new(
            thread_name,
            self.make_worker,
            self.bridge,
            self.spawner,
            self.on_thread_start,
            |alarm, host| {
                let limits = (max_queue, self.byte_limit);
                let elasticity = Elasticity {
                    min_size,
                    idle_timeout,
                };
                Scheduler::new(size, elasticity, limits, self.intake, alarm, host)
            },
        );
        core.start()?;
        Ok(Pool::new(core))
    }
}
