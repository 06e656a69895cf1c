//! The class behind the package's `WorkerPool`. `lib/` checks what callers pass before it comes
//! here, and turns what comes back into promises.
//!
//! A method of a class costs several hundred nanoseconds, most of them for finding out what it was
//! called on. What is called for every task, or every few, are therefore functions of their own
//! ([`WorkerPool::functions`]), which know.

use crate::bridge::JsBridge;
use crate::doorbell::DoorbellOwner;
use crate::functions::{Functions, code, count, options};
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
    /// Where JavaScript may post tasks.
    ring: Option<Arc<SubmissionRing>>,
    bridge: Arc<JsBridge>,
    doorbell: DoorbellOwner,
    /// Codes and messages of the failures among what was collected last.
    failures: RefCell<Vec<String>>,
    /// For the time limits of tasks, until the threads are gone.
    timer: Cell<Option<TimerGuard>>,
}

#[napi]
impl WorkerPool {
    /// A pool of `size` threads for the built-in worker `name`, of which the first is started.
    /// `on_delivery` is called, without arguments, when there is something to collect.
    ///
    /// # Errors
    ///
    /// When there is no such worker, or that thread or the timer's cannot be started.
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
            name,
        };
        let max_queue = options.max_queue;
        // A pool with a limit has to be asked for each task whether there is room.
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

    /// What is called often, as functions that need no `this`. Adds them to `functions`, and returns it:
    ///
    /// - `submit(slot, input)` admits a task under a slot number of the caller's. It returns null, or
    ///   the code of the error that says why not.
    /// - `submitWith(slot, input, priority, timeout, queueTimeout)` does the same with options, so that
    ///   the task can be cancelled also while it waits. Times are in milliseconds, `Infinity` for none.
    /// - `submitInvalid(slot, _, priority, timeout, queueTimeout)` does so with data that no worker takes:
    ///   the task fails in its turn.
    /// - `cancel(slot)` cancels a task. It returns whether that has settled it, so that it does not come back:
    ///   else it was settled before.
    /// - `poll()` has the pool look into its ring.
    /// - `age()` is how many milliseconds ago the pool was made.
    /// - `room()` is how many tasks would be admitted now.
    /// - `collect(records)` writes what has come back into a `Float64Array` (see `completion`) and
    ///   returns how many records that were. If any, the caller comes again: nobody is called for the
    ///   rest, and for what comes meanwhile.
    /// - `keepAlive(whether)` says whether the process stays alive for what comes back. When it does
    ///   from now on, the pool looks into its ring if that has been missed.
    ///
    /// And `ring`, the memory of the pool's ring, if it has one.
    ///
    /// # Errors
    ///
    /// When Node-API cannot make them.
    #[napi(catch_unwind)]
    pub fn functions<'env>(
        &self,
        env: &'env Env,
        mut functions: Object<'env>,
    ) -> Result<Object<'env>> {
        let mut add = Functions::of(env, &mut functions, &self.0);
        add.function("submit", |inner, call| {
            let payload = Payload::new(call.get(1)?);
            Ok(code(inner.pool.submit(call.get(0)?, payload)))
        })?;
        add.function("submitWith", |inner, call| {
            let payload = Payload::new(call.get(1)?);
            let admitted = inner
                .pool
                .submit_with(call.get(0)?, payload, options(&call)?);
            Ok(code(admitted))
        })?;
        add.function("submitInvalid", |inner, call| {
            let admitted = inner
                .pool
                .submit_with(call.get(0)?, Payload::INVALID, options(&call)?);
            Ok(code(admitted))
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
                inner.look_for_unseen();
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

    /// Code and message, by turns, of each failure among what was collected last.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn take_failures(&self) -> Vec<String> {
        self.0.failures.take()
    }

    /// Admits no more tasks, and ends the threads when all have finished. What comes back last is
    /// that they have.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.pool.close();
    }

    /// Admits no more tasks, gives up those that wait and those that run, and tells their workers to stop. What
    /// comes back last is that the threads have ended.
    #[napi(catch_unwind)]
    pub fn close_now(&self) {
        self.0.pool.close_now();
    }

    /// Writes what has become of the tasks so far into `numbers`, see `stats`.
    #[napi(catch_unwind)]
    pub fn stats(&self, numbers: Float64ArraySlice<'_>) {
        stats::write(&self.0.pool.stats(), numbers);
    }

    /// Waits until the operating system has the threads back. They are on their way: to be called
    /// when `collect` has told that the pool is closed.
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
        // SAFETY: the memory is JavaScript's, which does not run until this call returns, and no
        // other thread is given it.
        let mut records =
            unsafe { records.as_mut() }.chunks_exact_mut(LENGTH.unsigned_abs() as usize);
        let written = self.bridge.mailbox.collect(records.len(), |completion| {
            if let Some(record) = records.next() {
                completion.write(record, &mut failures);
            }
        });
        if written == 0 {
            self.look_for_unseen();
        }
        count(written)
    }

    /// For a task whose producer was interrupted before it could call `look`.
    fn look_for_unseen(&self) {
        if self.ring.as_ref().is_some_and(|ring| ring.needs_poll()) {
            self.pool.poll();
        }
    }
}
