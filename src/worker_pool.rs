//! The class behind the package's `WorkerPool`. `lib/` checks what callers pass before it comes
//! here, and turns what comes back into promises.

use crate::bridge::JsBridge;
use crate::delivery;
use crate::doorbell::DoorbellOwner;
use napi::bindgen_prelude::{Float64ArraySlice, Function};
use napi::{Env, Error, Result};
use napi_derive::napi;
use native_worker_pool_engine::{Pool, PoolOptions, Refused};
use native_worker_pool_workers::{BUILT_INS, NativeWorker, find};
use std::sync::Arc;

/// The names of the built-in workers, `native:fib` and so on.
#[napi]
#[must_use]
pub fn built_in_names() -> Vec<&'static str> {
    BUILT_INS.iter().map(|built_in| built_in.name).collect()
}

/// A pool of Rust threads that run a built-in worker.
#[napi]
pub struct WorkerPool {
    pool: Pool<Box<dyn NativeWorker>>,
    bridge: Arc<JsBridge>,
    doorbell: DoorbellOwner,
    /// Deliveries that are still to come; while there are any the process stays alive.
    expected: usize,
    /// Codes and messages of the failures among what `collect` wrote last.
    failures: Vec<String>,
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
        let pool = Pool::new(options, built_in.make, Arc::clone(&bridge) as _)
            .map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self {
            pool,
            bridge,
            doorbell,
            expected: 0,
            failures: Vec::new(),
        })
    }

    /// Admits a task under a slot number of the caller's, or returns the code of the error that says
    /// why not.
    ///
    /// # Errors
    ///
    /// When Node-API cannot keep the process alive for it.
    #[napi]
    pub fn submit(&mut self, slot: u32, input: f64) -> Result<Option<&'static str>> {
        match self.pool.submit(slot, input) {
            Ok(()) => self.expect_one_more().map(|()| None),
            Err(Refused::Full) => Ok(Some("ERR_POOL_QUEUE_FULL")),
            Err(Refused::Closed) => Ok(Some("ERR_POOL_CLOSED")),
        }
    }

    /// Writes what has come back into `records` (see `delivery`) and returns how many records that
    /// were. When they fill it there may be more to collect, for which nobody is called again.
    ///
    /// # Errors
    ///
    /// When Node-API cannot let the process go.
    #[napi]
    pub fn collect(&mut self, mut records: Float64ArraySlice<'_>) -> Result<u32> {
        self.failures.clear();
        // SAFETY: the memory is JavaScript's, which does not run until this call returns, and no
        // other thread is given it.
        let records = unsafe { records.as_mut() };
        let written = delivery::write(self.bridge.collect(), records, &mut self.failures);
        if written > 0 {
            self.expected -= written as usize;
            if self.expected == 0 {
                self.doorbell.keep_alive(false)?;
            }
        }
        Ok(written)
    }

    /// Code and message, by turns, of each failure among what was collected last.
    #[napi]
    pub fn take_failures(&mut self) -> Vec<String> {
        std::mem::take(&mut self.failures)
    }

    /// Admits no more tasks, and ends the threads when all have finished. What comes back last is
    /// that they have. To be called once.
    ///
    /// # Errors
    ///
    /// When Node-API cannot keep the process alive for that.
    #[napi]
    pub fn close(&mut self) -> Result<()> {
        self.pool.close();
        self.expect_one_more()
    }

    /// Waits until the operating system has the threads back. They are on their way: to be called
    /// when `collect` has told that the pool is closed.
    #[napi]
    pub fn join(&self) {
        self.pool.join();
    }

    /// Workers without a task.
    #[napi(getter)]
    #[must_use]
    pub fn idle(&self) -> u32 {
        count(self.pool.load().idle)
    }

    /// Tasks that wait for a worker.
    #[napi(getter)]
    #[must_use]
    pub fn queued(&self) -> u32 {
        count(self.pool.load().queued)
    }

    fn expect_one_more(&mut self) -> Result<()> {
        self.expected += 1;
        if self.expected == 1 {
            self.doorbell.keep_alive(true)
        } else {
            Ok(())
        }
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
