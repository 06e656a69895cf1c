//! The handle of a pool's owner.

use crate::builder::{PoolBuilder, PoolOptions};
use crate::outcome::Cancelled;
use crate::schedule::{Load, QueuedBytes, Refused, TaskOptions};
use crate::stats::{Buckets, Stats, WorkerStats};
use crate::sync::Arc;
use crate::threads::Core;
use crate::unwind::drop_quietly;
use crate::worker::{Bridge, Worker};
use std::time::Duration;

/// Workers, each with a thread of its own, and the queue that they share.
///
/// Dropping the pool gives up all tasks and does not wait for the threads. See [`Pool::close`] for
/// the orderly end.
pub struct Pool<W: Worker> {
    core: Arc<Core<W>>,
}

impl<W: Worker> Pool<W> {
    pub(crate) fn new(core: Arc<Core<W>>) -> Self {
        Self { core }
    }

    /// Returns the builder of a pool. Each thread creates its own worker with `make_worker`. A
    /// panic of `make_worker` counts as a crash of the task for which the worker was created.
    ///
    /// # Panics
    ///
    /// If `options.size` is 0.
    pub fn builder(
        options: PoolOptions,
        make_worker: impl Fn() -> W + Send + Sync + 'static,
        bridge: Arc<dyn Bridge<W>>,
    ) -> PoolBuilder<W> {
        PoolBuilder::new(options, make_worker, bridge)
    }

    /// Admits a task. It starts at once if a worker is idle, otherwise in its turn. `task` is the
    /// caller's number for it, which [`Bridge::finished`] receives with the outcome.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the task is not admitted. No outcome with its number follows.
    pub fn submit(&self, task: u32, input: W::Input) -> Result<(), Refused> {
        self.core.scheduler.submit(task, input)
    }

    /// Admits a task with options, which can be cancelled while it is queued. No unsettled task may
    /// have the same number.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the task is not admitted. No outcome with its number follows.
    pub fn submit_with(
        &self,
        task: u32,
        input: W::Input,
        options: TaskOptions,
    ) -> Result<(), Refused> {
        self.core.scheduler.submit_with(task, input, options)
    }

    /// Cancels a task that was admitted by [`Pool::submit_with`], or that runs. The task is
    /// settled, and its number may be used again.
    pub fn cancel(&self, task: u32) -> Cancelled {
        let (cancelled, removed) = self.core.scheduler.cancel(task);
        drop_quietly(removed);
        cancelled
    }

    /// Drains the ring into the queue and wakes workers for the tasks that it held.
    ///
    /// To be called when [`SubmissionRing::post`](crate::SubmissionRing::post) asks for it;
    /// harmless at any other time.
    pub fn poll(&self) {
        self.core.scheduler.poll();
    }

    /// Refuses tasks from now on, runs all that were admitted, and then ends the threads. The last
    /// thread calls [`Bridge::closed`], or this call, if there is no thread. Returns at once;
    /// further calls do nothing.
    pub fn close(&self) {
        self.core.report_end(self.core.scheduler.close());
    }

    /// Like [`Pool::close`], but settles queued tasks with
    /// [`Outcome::GivenUp`](crate::Outcome::GivenUp). May follow [`Pool::close`].
    pub fn close_and_drop(&self) {
        self.core.report_end(self.core.scheduler.drop_queued());
    }

    /// Refuses tasks from now on, settles all tasks with
    /// [`Outcome::GivenUp`](crate::Outcome::GivenUp) and cancels the tokens of running ones. The
    /// threads end when their workers have returned. May follow [`Pool::close`].
    pub fn close_now(&self) {
        self.core.report_end(self.core.scheduler.give_up());
    }

    /// Waits for the threads to end. To be called after [`Bridge::closed`], when it takes no time.
    /// Before [`Pool::close`] it would block for ever.
    pub fn join(&self) {
        self.core.join();
    }

    /// Sets how many workers there may be, from 1. Threads above that end when they have no task; so
    /// all tasks that run are finished. Reduces the minimum if it is higher.
    pub fn resize(&self, size: usize) {
        self.core.scheduler.resize(size);
    }

    /// How many threads there are.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.core.scheduler.threads()
    }

    /// How busy the pool is now.
    #[must_use]
    pub fn load(&self) -> Load {
        self.core.scheduler.load()
    }

    /// The size of the inputs of waiting tasks.
    #[must_use]
    pub fn queued_bytes(&self) -> QueuedBytes {
        self.core.scheduler.queued_bytes()
    }

    /// Time since the pool was created: the clock of [`SubmissionRing::post`](crate::SubmissionRing::post).
    #[must_use]
    pub fn age(&self) -> Duration {
        self.core.scheduler.age()
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.core.scheduler.stats(&[], false).0
    }

    /// The counts so far. The times start anew; a task belongs to exactly one of two such periods.
    #[must_use]
    pub fn take_stats(&self) -> Stats {
        self.core.scheduler.stats(&[], true).0
    }

    /// The counts so far, and how many durations were at most as long as each of `bounds`, to one
    /// percent. With `reset`, the times start anew.
    #[must_use]
    pub fn stats_with_buckets(&self, bounds: &[Duration], reset: bool) -> (Stats, Buckets) {
        self.core.scheduler.stats(bounds, reset)
    }

    /// What each worker has done so far. After a reduction of the size there are more than workers.
    #[must_use]
    pub fn workers(&self) -> Vec<WorkerStats> {
        self.core.scheduler.workers()
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        self.close_now();
    }
}
