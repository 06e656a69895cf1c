//! The class behind the package's `WorkerPool`. `lib/` checks what callers pass before it comes
//! here, and turns what comes back into promises.
//!
//! A method of a class costs several hundred nanoseconds, most of them for finding out what it was
//! called on. What is called for every task, or every few, are therefore functions of their own
//! ([`WorkerPool::functions`]), which know.

use crate::bridge::JsBridge;
use crate::delivery::RECORD;
use crate::doorbell::DoorbellOwner;
use crate::inbox;
use napi::bindgen_prelude::{
    Float64ArraySlice, Function, FunctionCallContext, Object, ToNapiValue,
};
use napi::{Env, Error, Result};
use napi_derive::napi;
use native_worker_pool_engine::{Inbox, Pool, PoolOptions, Refused};
use native_worker_pool_workers::{BUILT_INS, NativeWorker, find};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The names of the built-in workers, `native:fib` and so on.
#[napi]
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|built_in| built_in.name).collect()
}

/// A pool of Rust threads that run a built-in worker.
#[napi]
pub struct WorkerPool(Rc<Inner>);

struct Inner {
    pool: Pool<Box<dyn NativeWorker>>,
    /// Where JavaScript may post tasks.
    inbox: Option<Arc<Inbox>>,
    bridge: Arc<JsBridge>,
    doorbell: DoorbellOwner,
    /// Codes and messages of the failures among what was collected last.
    failures: RefCell<Vec<String>>,
}

#[napi]
impl WorkerPool {
    /// Starts `size` threads for the built-in worker `name`. `on_delivery` is called, without
    /// arguments, when there is something to collect.
    ///
    /// # Errors
    ///
    /// When there is no such worker or a thread cannot be started.
    #[napi(constructor)]
    pub fn new(
        env: Env,
        name: String,
        size: u32,
        max_queue: f64,
        on_delivery: Function<'_, (), ()>,
    ) -> Result<Self> {
        let built_in =
            find(&name).ok_or_else(|| Error::from_reason(format!("there is no {name}")))?;
        let doorbell = DoorbellOwner::new(env, &on_delivery)?;
        let bell = Arc::clone(doorbell.doorbell());
        let bridge = Arc::new(JsBridge::new(move || bell.ring()));
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
        // A pool with a limit has to be asked for each task whether there is room.
        let inbox = (options.max_queue == usize::MAX).then(Arc::<Inbox>::default);
        let bridge_of_pool = Arc::clone(&bridge) as _;
        let pool = match &inbox {
            None => Pool::new(options, built_in.make, bridge_of_pool),
            Some(inbox) => {
                let inbox = Arc::clone(inbox);
                Pool::with_inbox(
                    options,
                    built_in.make,
                    bridge_of_pool,
                    inbox,
                    f64::from_bits,
                )
            }
        }
        .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self(Rc::new(Inner {
            pool,
            inbox,
            bridge,
            doorbell,
            failures: RefCell::default(),
        })))
    }

    /// What is called often, as functions that need no `this`:
    ///
    /// - `submit(slot, input)` admits a task under a slot number of the caller's. It returns null, or
    ///   the code of the error that says why not.
    /// - `look()` has the pool look into its inbox.
    /// - `collect(records)` writes what has come back into a `Float64Array` (see `delivery`) and
    ///   returns how many records that were. If any, the caller comes again: nobody is called for the
    ///   rest, and for what comes meanwhile.
    /// - `keepAlive(whether)` says whether the process stays alive for what comes back. When it does
    ///   from now on, the pool looks into its inbox.
    ///
    /// And `inbox`, the memory of the pool's inbox, if it has one.
    ///
    /// # Errors
    ///
    /// When Node-API cannot make them.
    #[napi]
    pub fn functions<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let mut functions = Object::new(env)?;
        let mut add = Functions {
            env,
            object: &mut functions,
            inner: &self.0,
        };
        add.function("submit", |inner, call| {
            Ok(match inner.pool.submit(call.get(0)?, call.get(1)?) {
                Ok(()) => None,
                Err(Refused::Full) => Some("ERR_POOL_QUEUE_FULL"),
                Err(Refused::Closed) => Some("ERR_POOL_CLOSED"),
            })
        })?;
        add.function("look", |inner, _| {
            inner.pool.look();
            Ok(())
        })?;
        add.function("collect", |inner, call| Ok(inner.collect(call.get(0)?)))?;
        add.function("keepAlive", |inner, call| {
            let keep = call.get(0)?;
            if keep {
                inner.pool.look();
            }
            inner.doorbell.keep_alive(keep)
        })?;
        if let Some(inbox) = &self.0.inbox
            && let Some(memory) = inbox::array_buffer(*env, Arc::clone(inbox))?
        {
            functions.set("inbox", memory)?;
        }
        Ok(functions)
    }

    /// Code and message, by turns, of each failure among what was collected last.
    #[napi]
    #[must_use]
    pub fn take_failures(&self) -> Vec<String> {
        self.0.failures.take()
    }

    /// Admits no more tasks, and ends the threads when all have finished. What comes back last is
    /// that they have.
    #[napi]
    pub fn close(&self) {
        self.0.pool.close();
    }

    /// Waits until the operating system has the threads back. They are on their way: to be called
    /// when `collect` has told that the pool is closed.
    #[napi]
    pub fn join(&self) {
        self.0.pool.join();
    }

    /// Workers without a task.
    #[napi(getter)]
    #[must_use]
    pub fn idle(&self) -> u32 {
        count(self.0.pool.load().idle)
    }

    /// Tasks that wait for a worker.
    #[napi(getter)]
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
        let mut records = unsafe { records.as_mut() }.chunks_exact_mut(RECORD);
        let written = self.bridge.collect(records.len(), |delivery| {
            if let Some(record) = records.next() {
                delivery.write(record, &mut failures);
            }
        });
        if written == 0 {
            // For a task whose producer was interrupted before it could call `look`.
            self.pool.look();
        }
        count(written)
    }
}

/// Adds functions to an object, each with its own hold on the pool.
struct Functions<'a, 'env> {
    env: &'env Env,
    object: &'a mut Object<'env>,
    inner: &'a Rc<Inner>,
}

impl Functions<'_, '_> {
    fn function<R: ToNapiValue>(
        &mut self,
        name: &str,
        body: impl Fn(&Inner, FunctionCallContext<'_>) -> Result<R> + 'static,
    ) -> Result<()> {
        let inner = Rc::clone(self.inner);
        let function = self
            .env
            .create_function_from_closure::<(), _, _>(name, move |call| body(&inner, call))?;
        self.object.set(name, function)
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
