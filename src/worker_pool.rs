//! The class behind the package's `WorkerPool`. `lib/` validates the arguments, and settles
//! promises with the results.
//!
//! Whatever is called for every task, or every few, is not a method but one of
//! [`WorkerPool::functions`]: those cost less, see the module `functions`.

use crate::bridge::JsBridge;
use crate::doorbell::DoorbellOwner;
use crate::error_codes::of_refusal;
use crate::functions::{Functions, count, options};
use crate::protocol::record::LENGTH;
use crate::ring;
use crate::stats::{self, milliseconds};
use napi::bindgen_prelude::{Float64ArraySlice, Function, Object};
use napi::{Env, Error, Result};
use napi_derive::napi;
use native_worker_pool_engine::{
    Cancelled, Load, Mailbox, Pool, PoolOptions, SubmissionRing, TimerGuard,
};
use native_worker_pool_workers::{BUILT_INS, NativeWorker, Payload, find};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

/// The names of the built-in workers, `native:fib` and so on.
#[napi(catch_unwind)]
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|built_in| built_in.name).collect()
}

/// A pool of Rust threads that run a built-in worker.
#[napi]
pub struct WorkerPool(Rc<Inner>);

struct Inner {
    pool: Pool<Box<dyn NativeWorker>>,
    max_queue: usize,
    /// The ring in which JavaScript posts tasks.
    ring: Option<Arc<SubmissionRing>>,
    bridge: Arc<JsBridge>,
    doorbell: DoorbellOwner,
    /// Codes and messages of the failures in the last collection.
    failures: RefCell<Vec<String>>,
    /// Keeps the timer thread for the time limits of tasks, until the threads have ended.
    timer: Cell<Option<TimerGuard>>,
}

#[napi]
impl WorkerPool {
    /// A pool of `size` threads for the built-in worker `name`. Only the first thread is started
    /// now. `max_queue` tasks may wait while all workers are busy; `Infinity` means no limit.
    /// `on_delivery` is called without arguments when there is something to collect.
    ///
    /// # Errors
    ///
    /// If there is no such worker, or if the first thread or the timer thread cannot be started.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        name: String,
        size: u32,
        max_queue: f64,
        on_delivery: Function<'_, (), ()>,
    ) -> Result<Self> {
        let built_in =
            find(&name).ok_or_else(|| Error::from_reason(format!("there is no {name}")))?;
        let timer = TimerGuard::new()?;
        let doorbell = DoorbellOwner::new(env, &on_delivery)?;
        let bell = Arc::clone(doorbell.doorbell());
        let bridge = Arc::new(JsBridge {
            mailbox: Mailbox::new(move || bell.ring()),
            has_limit: max_queue.is_finite(),
        });
        let options = PoolOptions {
            size: size as usize,
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "not negative; the cast saturates, and Infinity means no limit"
            )]
            max_queue: max_queue as usize,
            thread_name: name,
        };
        let max_queue = options.max_queue;
        // A task in a ring cannot be refused, so a pool with a limit has none.
        let ring = (max_queue == usize::MAX).then(Arc::<SubmissionRing>::default);
        let bridge_of_pool = Arc::clone(&bridge) as _;
        let mut builder = Pool::builder(options, built_in.make, bridge_of_pool);
        if let Some(ring) = &ring {
            builder = builder.ring(Arc::clone(ring), |bits| Payload::new(f64::from_bits(bits)));
        }
        #[cfg(feature = "test-workers")]
        {
            builder = builder.spawner(crate::test_support::spawn);
        }
        let pool = builder
            .start()
            .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self(Rc::new(Inner {
            pool,
            max_queue,
            ring,
            bridge,
            doorbell,
            failures: RefCell::default(),
            timer: Some(timer).into(),
        })))
    }

    /// Adds the frequently called functions to `functions` and returns it:
    ///
    /// - `submit(slot, input)` admits a task under a slot of the caller's choice. It returns null,
    ///   or the code of the error if the task is refused.
    /// - `submitWith(slot, input, priority, timeout, queueTimeout)` admits a task with options,
    ///   which can be cancelled while it is queued. Times are in milliseconds, `Infinity` for no
    ///   limit.
    /// - `submitInvalid(slot, _, priority, timeout, queueTimeout)` admits a task with invalid data,
    ///   which fails in its turn.
    /// - `cancel(slot)` cancels a task, for which no record follows. It returns false if the task
    ///   was settled before.
    /// - `poll()` drains the ring.
    /// - `age()` returns the age of the pool in milliseconds.
    /// - `room()` returns how many tasks would be admitted now.
    /// - `collect(records)` writes completions into a `Float64Array`, see the module `completion`,
    ///   and returns the number of records. If there were any, the caller must collect again:
    ///   `on_delivery` is not called for the others.
    /// - `keepAlive(whether)` sets whether the pool keeps the process alive. When it starts to, the
    ///   pool also polls the ring if a poll was missed.
    ///
    /// It also sets `ring`, the memory of the ring, if there is one.
    ///
    /// # Errors
    ///
    /// If Node-API cannot create them.
    #[napi(catch_unwind)]
    pub fn functions<'env>(
        &self,
        env: &'env Env,
        mut functions: Object<'env>,
    ) -> Result<Object<'env>> {
        let mut add = Functions::of(env, &mut functions, &self.0);
        add.function("submit", |inner, call| {
            let payload = Payload::new(call.get(1)?);
            Ok(of_refusal(inner.pool.submit(call.get(0)?, payload)))
        })?;
        add.function("submitWith", |inner, call| {
            let payload = Payload::new(call.get(1)?);
            let admitted = inner
                .pool
                .submit_with(call.get(0)?, payload, options(&call)?);
            Ok(of_refusal(admitted))
        })?;
        add.function("submitInvalid", |inner, call| {
            let admitted = inner
                .pool
                .submit_with(call.get(0)?, Payload::INVALID, options(&call)?);
            Ok(of_refusal(admitted))
        })?;
        add.function("cancel", |inner, call| {
            Ok(inner.pool.cancel(call.get(0)?) != Cancelled::Gone)
        })?;
        add.function("poll", |inner, _| {
            inner.pool.poll();
            Ok(())
        })?;
        add.function("age", |inner, _| Ok(milliseconds(inner.pool.age())))?;
        let max_queue = self.0.max_queue;
        add.function("room", move |inner, _| {
            let Load { idle, queued } = inner.pool.load();
            Ok(count(max_queue.saturating_add(idle).saturating_sub(queued)))
        })?;
        add.function("collect", |inner, call| Ok(inner.collect(call.get(0)?)))?;
        add.function("keepAlive", |inner, call| {
            let keep = call.get(0)?;
            if keep {
                inner.poll_if_missed();
            }
            inner.doorbell.keep_alive(keep)
        })?;
        if let Some(ring) = &self.0.ring
            && let Some(memory) = ring::array_buffer(*env, Arc::clone(ring))?
        {
            functions.set("ring", memory)?;
        }
        Ok(functions)
    }

    /// Returns code and message, alternately, of each failure in the last collection.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn take_failures(&self) -> Vec<String> {
        self.0.failures.take()
    }

    /// Refuses tasks from now on, and ends the threads when all tasks have finished. The last
    /// record reports their end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.pool.close();
    }

    /// Refuses tasks from now on, gives up all tasks and cancels the running ones. The last record
    /// reports the end of the threads.
    #[napi(catch_unwind)]
    pub fn close_now(&self) {
        self.0.pool.close_now();
    }

    /// Writes the counts so far into `numbers`, see the module `stats`.
    #[napi(catch_unwind)]
    pub fn stats(&self, numbers: Float64ArraySlice<'_>) {
        stats::write(&self.0.pool.stats(), numbers);
    }

    /// Joins the threads, and releases the timer thread. To be called after the record that reports
    /// their end, when it takes no time.
    #[napi(catch_unwind)]
    pub fn join(&self) {
        self.0.pool.join();
        self.0.timer.take();
    }

    /// Workers without a task.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn idle(&self) -> u32 {
        count(self.0.pool.load().idle)
    }

    /// Tasks that wait for a worker.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn queued(&self) -> u32 {
        count(self.0.pool.load().queued)
    }
}

impl Inner {
    fn collect(&self, mut records: Float64ArraySlice<'_>) -> u32 {
        let mut failures = self.failures.borrow_mut();
        failures.clear();
        // SAFETY: the array belongs to JavaScript, which does not run until this call returns. No
        // other thread has access to it.
        let mut records =
            unsafe { records.as_mut() }.chunks_exact_mut(LENGTH.unsigned_abs() as usize);
        let written = self.bridge.mailbox.collect(records.len(), |completion| {
            if let Some(record) = records.next() {
                completion.write(record, &mut failures);
            }
        });
        if written == 0 {
            self.poll_if_missed();
        }
        count(written)
    }

    /// Polls for a producer that was interrupted between posting a task and calling `poll`.
    fn poll_if_missed(&self) {
        if self.ring.as_ref().is_some_and(|ring| ring.needs_poll()) {
            self.pool.poll();
        }
    }
}
