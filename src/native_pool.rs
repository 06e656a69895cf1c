//! A pool of Rust threads and its way back to JavaScript, whatever the threads run.

use crate::bridge::JsBridge;
use crate::completion::IntoCompletion;
use crate::doorbell::DoorbellOwner;
use crate::functions::{Functions, count, limit, span};
use crate::outputs::Outputs;
use crate::protocol::record::LENGTH;
use crate::stats::milliseconds;
use crate::thread_priority;
use crate::worker_pool::NativeOptions;
use napi::bindgen_prelude::{Float64ArraySlice, Function, FunctionCallContext};
use napi::{Env, Error, Result};
use native_worker_pool_engine::{
    Cancelled, Load, Mailbox, Pool, PoolBuilder, PoolOptions, SubmissionRing, TimerGuard, Worker,
};
use native_worker_pool_workers::Failure;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// How a pool is made.
pub(crate) struct PoolSettings<'a> {
    /// The name of its threads.
    pub(crate) name: String,
    pub(crate) options: NativeOptions,
    /// Called when there is something to collect.
    pub(crate) on_delivery: &'a Function<'a, (), ()>,
}

pub(crate) struct NativePool<W: Worker> {
    pub(crate) pool: Pool<W>,
    max_queue: usize,
    /// The ring in which JavaScript posts tasks.
    pub(crate) ring: Option<Arc<SubmissionRing>>,
    bridge: Arc<JsBridge>,
    doorbell: DoorbellOwner,
    /// Keeps the timer thread for the time limits of tasks, until the threads have ended.
    timer: Cell<Option<TimerGuard>>,
}

impl<W> NativePool<W>
where
    W: Worker<Error = Failure>,
    W::Output: IntoCompletion,
{
    /// Starts a pool. `make_worker` returns what makes a worker, given the bridge; `configure`
    /// completes the builder.
    ///
    /// # Errors
    ///
    /// If the first thread or the timer thread cannot be started.
    pub(crate) fn start<M>(
        env: Env,
        settings: PoolSettings<'_>,
        ring: Option<Arc<SubmissionRing>>,
        make_worker: impl FnOnce(&Arc<JsBridge>) -> M,
        configure: impl FnOnce(PoolBuilder<W>) -> PoolBuilder<W>,
    ) -> Result<Rc<Self>>
    where
        M: Fn() -> W + Send + Sync + 'static,
    {
        let timer = TimerGuard::new()?;
        let doorbell = DoorbellOwner::new(env, settings.on_delivery)?;
        let bell = Arc::clone(doorbell.doorbell());
        let bridge = Arc::new(JsBridge {
            mailbox: Mailbox::new(move || bell.ring()),
            has_limit: settings.options.max_queue.is_finite()
                || settings.options.max_queue_bytes.is_finite(),
        });
        let options = PoolOptions {
            size: settings.options.size as usize,
            min_size: settings.options.min_size as usize,
            idle_timeout: span(settings.options.idle_timeout),
            max_queue: limit(settings.options.max_queue),
            thread_name: settings.name,
        };
        let max_queue = options.max_queue;
        let bridge_of_pool = Arc::clone(&bridge) as _;
        let builder = Pool::builder(options, make_worker(&bridge), bridge_of_pool);
        let mut builder = configure(builder);
        if settings.options.has_low_priority {
            builder = builder.on_thread_start(thread_priority::lower);
        }
        #[cfg(feature = "test-workers")]
        let builder = builder.spawner(crate::test_support::spawn);
        let pool = builder
            .start()
            .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Rc::new(Self {
            pool,
            max_queue,
            ring,
            bridge,
            doorbell,
            timer: Some(timer).into(),
        }))
    }

    /// Adds the functions that do not depend on the worker.
    ///
    /// # Errors
    ///
    /// If Node-API cannot create them.
    pub(crate) fn add_functions(add: &mut Functions<'_, '_, Self>) -> Result<()> {
        add.function("cancel", |pool, call| {
            Ok(pool.pool.cancel(call.get(0)?) != Cancelled::Gone)
        })?;
        add.function("poll", |pool, _| {
            pool.pool.poll();
            Ok(())
        })?;
        add.function("age", |pool, _| Ok(milliseconds(pool.pool.age())))?;
        add.function("room", |pool, _| Ok(pool.room()))?;
        add.function("collect", |pool, call| pool.collect(&call))?;
        add.function("keepAlive", |pool, call| {
            let keep = call.get(0)?;
            if keep {
                pool.poll_if_missed();
            }
            pool.doorbell.keep_alive(keep)
        })
    }

    fn room(&self) -> u32 {
        let Load { idle, queued } = self.pool.load();
        if idle == 0 && !self.pool.queued_bytes().has_room {
            return 0;
        }
        count(self.max_queue.saturating_add(idle).saturating_sub(queued))
    }

    /// Writes completions into the first argument, see the module `completion`, and what belongs to
    /// them into the second, an array, or the third, an arena for small results. Returns the number
    /// of records.
    fn collect(&self, call: &FunctionCallContext<'_>) -> Result<u32> {
        let mut records: Float64ArraySlice<'_> = call.get(0)?;
        let mut outputs = Outputs::of(call);
        // SAFETY: the array belongs to JavaScript, which does not run until this call returns. No
        // other thread has access to it.
        let mut records =
            unsafe { records.as_mut() }.chunks_exact_mut(LENGTH.unsigned_abs() as usize);
        let written = self.bridge.mailbox.collect(records.len(), |completion| {
            if let Some(record) = records.next()
                && let Some(attachment) = completion.write(record)
            {
                outputs.attach(record, attachment);
            }
        });
        if written == 0 {
            self.poll_if_missed();
        }
        Ok(count(written))
    }

    /// Polls for a producer that was interrupted between posting a task and calling `poll`.
    fn poll_if_missed(&self) {
        if self.ring.as_ref().is_some_and(|ring| ring.needs_poll()) {
            self.pool.poll();
        }
    }

    /// Joins the threads, and releases the timer thread.
    pub(crate) fn join(&self) {
        self.pool.join();
        self.timer.take();
    }
}
