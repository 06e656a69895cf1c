//! The class behind the package's `WorkerPool`. `lib/` validates the arguments, and settles
//! promises with the results.
//!
//! Whatever is called for every task, or every few, is not a method but one of
//! [`WorkerPool::functions`]: those cost less, see the module `functions`.

use crate::error_codes::of_refusal;
use crate::functions::{Functions, count, limit, options};
use crate::native_pool::{NativePool, PoolSettings};
use crate::value::Moves;
use crate::{ring, stats, task_input, user_task};
use napi::bindgen_prelude::{Float64ArraySlice, FromNapiValue, Function, Object};
use napi::{Env, Error, JsValue, Result, Unknown};
use napi_derive::napi;
use native_worker_pool_engine::SubmissionRing;
use native_worker_pool_workers::{
    NumericWorker, OnProgress, Payload, TaskDefinition, TaskSet, built_in,
};
use std::rc::Rc;
use std::sync::Arc;

/// The names of the numeric workers: `native:fib` and so on.
#[napi(catch_unwind)]
#[must_use]
pub fn numeric_workers() -> Vec<&'static str> {
    built_in::NUMERIC.iter().map(|worker| worker.name).collect()
}

/// The names of the built-in tasks: `hash` and so on.
#[napi(catch_unwind)]
#[must_use]
pub fn built_in_tasks() -> Vec<String> {
    let tasks = built_in::tasks();
    tasks.iter().map(|task| task.name().to_owned()).collect()
}

/// The options of a pool that concern its threads.
#[napi(object, object_to_js = false)]
pub struct NativeOptions {
    /// The largest number of threads.
    pub size: u32,
    /// How many threads do not end when they are idle.
    pub min_size: u32,
    /// How long the others may be idle, in milliseconds; infinite for no limit.
    pub idle_timeout: f64,
    /// How many tasks may wait while all workers are busy; infinite for no limit.
    pub max_queue: f64,
    /// How many bytes their inputs may have; infinite for no limit.
    pub max_queue_bytes: f64,
    /// Whether the threads have a lower priority than others.
    pub has_low_priority: bool,
}

/// A pool of Rust threads.
#[napi]
pub struct WorkerPool(Kind);

/// The two kinds of pools. Numbers have a way of their own, which is the fastest.
enum Kind {
    Numeric(Rc<NativePool<Box<dyn NumericWorker>>>),
    Tasks(Rc<NativePool<TaskSet>>, Arc<[TaskDefinition]>),
}

/// Evaluates an expression with the pool of either kind.
macro_rules! with_pool {
    ($kind:expr, $pool:ident => $body:expr) => {
        match $kind {
            Kind::Numeric($pool) => $body,
            Kind::Tasks($pool, _) => $body,
        }
    };
}

#[napi]
impl WorkerPool {
    /// A pool for the numeric worker `name`; or, with `tasks`, for these: names of
    /// built-in tasks, and native tasks of other addons. Its threads are called `name` then. Only the
    /// first thread is started now. `on_delivery` is called without arguments when there is
    /// something to collect.
    ///
    /// # Errors
    ///
    /// If there is no such worker or task, or if the first thread or the timer thread cannot be
    /// started.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        name: String,
        tasks: Option<Vec<Unknown<'_>>>,
        options: NativeOptions,
        on_delivery: Function<'_, (), ()>,
    ) -> Result<Self> {
        let settings = PoolSettings {
            name,
            options,
            on_delivery: &on_delivery,
        };
        match tasks {
            None => numeric(env, settings),
            Some(tasks) => of_tasks(env, settings, &tasks),
        }
        .map(Self)
    }

    /// Adds the frequently called functions to `functions` and returns it:
    ///
    /// - `submit(slot, input)` admits a task under a slot of the caller's choice. It returns null,
    ///   or the code of the error if the task is refused. The input is a number; or, for tasks, an
    ///   array: the position of the task and the fields of its input.
    /// - `submitWith(slot, input, priority, timeout, queueTimeout, listener, transfer)` admits a task with
    ///   options, which can be cancelled while it is queued. Times are in milliseconds, `Infinity`
    ///   for no limit. `listener` is the number under which progress is reported, or undefined. Blocks among the buffers of `transfer` move to the task, and are detached if it is admitted.
    /// - `submitInvalid(slot, _, priority, timeout, queueTimeout)` admits a task with invalid data,
    ///   which fails in its turn.
    /// - `cancel(slot)` cancels a task, for which no record follows. It returns false if the task
    ///   was settled before.
    /// - `poll()` drains the ring.
    /// - `age()` returns the age of the pool in milliseconds.
    /// - `room()` returns how many tasks would be admitted now.
    /// - `collect(records, values, arena)` writes completions into a `Float64Array`, see the module
    ///   `completion`, and what belongs to them into an array and a `Uint8Array`. It returns the
    ///   number of records. If there were any, the caller must collect again: `on_delivery` is not
    ///   called for the others.
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
        match &self.0 {
            Kind::Numeric(pool) => {
                let mut add = Functions::of(env, &mut functions, pool);
                NativePool::add_functions(&mut add)?;
                add_numeric(&mut add)?;
                if let Some(ring) = &pool.ring
                    && let Some(memory) = ring::array_buffer(*env, Arc::clone(ring))?
                {
                    functions.set("ring", memory)?;
                }
            }
            Kind::Tasks(pool, definitions) => {
                let mut add = Functions::of(env, &mut functions, pool);
                NativePool::add_functions(&mut add)?;
                add_tasks(&mut add, definitions)?;
            }
        }
        Ok(functions)
    }

    /// Refuses tasks from now on, and ends the threads when all tasks have finished. The last
    /// record reports their end.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        with_pool!(&self.0, pool => pool.pool.close());
    }

    /// Like `close`, but gives up queued tasks.
    #[napi(catch_unwind)]
    pub fn close_and_drop(&self) {
        with_pool!(&self.0, pool => pool.pool.close_and_drop());
    }

    /// Refuses tasks from now on, gives up all tasks and cancels the running ones. The last record
    /// reports the end of the threads.
    #[napi(catch_unwind)]
    pub fn close_now(&self) {
        with_pool!(&self.0, pool => pool.pool.close_now());
    }

    /// Sets the largest number of threads. Further ones end when they have no task.
    #[napi(catch_unwind)]
    pub fn resize(&self, size: u32) {
        with_pool!(&self.0, pool => pool.pool.resize(size as usize));
    }

    /// Writes the counts so far into `numbers`, see the module `stats`. `bounds` are the bounds of
    /// buckets, in milliseconds. With `reset`, the times start anew.
    #[napi(catch_unwind)]
    pub fn stats(
        &self,
        numbers: Float64ArraySlice<'_>,
        bounds: Float64ArraySlice<'_>,
        reset: bool,
    ) {
        with_pool!(&self.0, pool => {
            let pool = &pool.pool;
            let counts = pool.stats_with_buckets(&stats::bounds(&bounds), reset);
            stats::write(&counts, pool.queued_bytes().bytes, pool.threads(), numbers);
        });
    }

    /// Writes what each worker has done so far into `numbers`, see the module `stats`.
    #[napi(catch_unwind)]
    pub fn workers(&self, numbers: Float64ArraySlice<'_>) {
        with_pool!(&self.0, pool => stats::write_workers(&pool.pool.workers(), numbers));
    }

    /// Joins the threads, and releases the timer thread. To be called after the record that reports
    /// their end, when it takes no time.
    #[napi(catch_unwind)]
    pub fn join(&self) {
        with_pool!(&self.0, pool => pool.join());
    }

    /// Workers without a task.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn idle(&self) -> u32 {
        count(with_pool!(&self.0, pool => pool.pool.load().idle))
    }

    /// Tasks that wait for a worker.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn queued(&self) -> u32 {
        count(with_pool!(&self.0, pool => pool.pool.load().queued))
    }
}

fn numeric(env: Env, settings: PoolSettings<'_>) -> Result<Kind> {
    let name = &settings.name;
    let worker =
        built_in::numeric(name).ok_or_else(|| Error::from_reason(format!("there is no {name}")))?;
    // A task in a ring cannot be refused, so a pool with a limit has none.
    let ring = settings
        .options
        .max_queue
        .is_infinite()
        .then(Arc::<SubmissionRing>::default);
    let of_pool = ring.clone();
    let pool = NativePool::start(
        env,
        settings,
        ring,
        |_| worker.make,
        |builder| match of_pool {
            Some(ring) => builder.ring(ring, |bits| Payload::new(f64::from_bits(bits))),
            None => builder,
        },
    )?;
    Ok(Kind::Numeric(pool))
}

fn of_tasks(env: Env, settings: PoolSettings<'_>, tasks: &[Unknown<'_>]) -> Result<Kind> {
    let max_queue_bytes = limit(settings.options.max_queue_bytes);
    let built_in = built_in::tasks();
    let definitions: Arc<[TaskDefinition]> = tasks
        .iter()
        .map(|task| definition(env, task, &built_in))
        .collect::<Result<_>>()?;
    let of_threads = Arc::clone(&definitions);
    let pool = NativePool::start(
        env,
        settings,
        None,
        |bridge| {
            let bridge = Arc::clone(bridge);
            let progressed: Arc<OnProgress> =
                Arc::new(move |listener, progress| bridge.progressed(listener, progress));
            move || TaskSet::new(Arc::clone(&of_threads), Arc::clone(&progressed))
        },
        |builder| builder.byte_limit(max_queue_bytes, |input| input.bytes()),
    )?;
    Ok(Kind::Tasks(pool, definitions))
}

/// The task that a value selects: a task of another addon, or the name of a built-in one.
fn definition(env: Env, task: &Unknown<'_>, built_in: &[TaskDefinition]) -> Result<TaskDefinition> {
    if let Some(task) = user_task::of(env, task)? {
        return Ok(task.definition());
    }
    let name = String::from_unknown(*task)?;
    let found = built_in.iter().find(|known| known.name() == name);
    found
        .cloned()
        .ok_or_else(|| Error::from_reason(format!("there is no {name}")))
}

fn add_numeric(add: &mut Functions<'_, '_, NativePool<Box<dyn NumericWorker>>>) -> Result<()> {
    add.function("submit", |pool, call| {
        let payload = Payload::new(call.get(1)?);
        Ok(of_refusal(pool.pool.submit(call.get(0)?, payload)))
    })?;
    add.function("submitWith", |pool, call| {
        let payload = Payload::new(call.get(1)?);
        let admitted = pool
            .pool
            .submit_with(call.get(0)?, payload, options(&call)?);
        Ok(of_refusal(admitted))
    })?;
    add.function("submitInvalid", |pool, call| {
        let admitted = pool
            .pool
            .submit_with(call.get(0)?, Payload::INVALID, options(&call)?);
        Ok(of_refusal(admitted))
    })
}

fn add_tasks(
    add: &mut Functions<'_, '_, NativePool<TaskSet>>,
    definitions: &Arc<[TaskDefinition]>,
) -> Result<()> {
    let known = Arc::clone(definitions);
    add.function("submit", move |pool, call| {
        let input = task_input::of(&call, &known, None, &Moves::default())?;
        Ok(of_refusal(pool.pool.submit(call.get(0)?, Box::new(input))))
    })?;
    let known = Arc::clone(definitions);
    add.function("submitWith", move |pool, call| {
        let env = call.env.raw();
        let moves = match call.get::<Option<Unknown<'_>>>(6)? {
            Some(list) => Moves::of(env, list.raw())?,
            None => Moves::default(),
        };
        let input = task_input::of(&call, &known, call.get(5)?, &moves)?;
        let admitted = pool
            .pool
            .submit_with(call.get(0)?, Box::new(input), options(&call)?);
        if admitted.is_ok() {
            moves.detach(env);
        }
        Ok(of_refusal(admitted))
    })?;
    add.function("submitInvalid", |pool, call| {
        let admitted = pool.pool.submit_with(
            call.get(0)?,
            Box::new(task_input::invalid()),
            options(&call)?,
        );
        Ok(of_refusal(admitted))
    })
}
