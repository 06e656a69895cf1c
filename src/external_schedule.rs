//! The queue of a pool whose workers are threads of `worker_threads`. JavaScript dequeues tasks for
//! them and reports how each run ended.

use crate::error_codes::of_refusal;
use crate::functions::{Functions, count, options, span};
use crate::protocol::outcome::{self, COMPLETED, FAILED, TIMED_OUT};
use crate::protocol::schedule::{CRASHED, MORE, NONE};
use crate::stats::{self, milliseconds};
use napi::bindgen_prelude::{Float64ArraySlice, Object};
use napi::{Env, Error, Result};
use napi_derive::napi;
use native_worker_pool_engine::{self as engine, Cancelled, Load, RunEnd, TimerGuard, Verdict};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The queue of some workers, and the state of each.
#[napi]
pub struct ExternalSchedule(Rc<Inner>);

struct Inner {
    schedule: RefCell<engine::ExternalSchedule>,
    max_queue: usize,
    /// Keeps the timer thread for `lib/platform/deadline-timer.js`, until the workers have ended.
    timer: Cell<Option<TimerGuard>>,
}

#[napi]
impl ExternalSchedule {
    /// A schedule for `size` free workers. `max_queue` tasks may wait while all workers are busy;
    /// `Infinity` means no limit.
    ///
    /// # Errors
    ///
    /// If the timer thread cannot be started.
    #[napi(constructor, catch_unwind)]
    pub fn new(size: u32, max_queue: f64) -> Result<Self> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; the cast saturates, and Infinity means no limit"
        )]
        let max_queue = max_queue as usize;
        let schedule = engine::ExternalSchedule::new(size as usize, max_queue).into();
        Ok(Self(Rc::new(Inner {
            schedule,
            max_queue,
            timer: Some(TimerGuard::new()?).into(),
        })))
    }

    /// Adds the frequently called functions to `functions` and returns it. A task is identified by
    /// its slot and a worker by its seat; `NONE` stands for neither. `take`, `assign` and `finish`
    /// add `MORE` to their result if tasks wait.
    ///
    /// - `submit(slot)` admits a task. It returns null, or the code of the error if the task is
    ///   refused.
    /// - `submitWith(slot, _, priority, timeout, queueTimeout)` admits a task with options, which
    ///   can be cancelled while it is queued. Times are in milliseconds, `Infinity` for no limit.
    ///   The second parameter, the input, is ignored.
    /// - `take(seat)` starts the next task on a free worker, and returns it.
    /// - `assign(seat)` assigns the next task to a worker that is still starting, and returns it.
    ///   The task waits until `begin(seat, ago)` reports that the worker began it that many
    ///   milliseconds ago.
    /// - `lateAssigned()` returns a worker whose assigned task has exceeded its queue timeout.
    /// - `expireAssigned(seat)` settles that task, which cannot be put back.
    ///   Unless the worker has begun it, the task has to be put back.
    /// - `takeAhead(seat)` reserves a queued task for a busy worker, which runs it after its
    ///   current one, and returns it.
    /// - `recall(seat, count)` returns the last `count` tasks reserved for a worker to the queue.
    /// - `putBack(seat)` returns the task of a worker, which has not begun it, to the front of the
    ///   queue.
    /// - `finish(seat, end, took)` reports how the task of a worker ended, and after how many
    ///   milliseconds; `NaN` means now. It returns the outcome with which the task settles, see
    ///   `protocol::outcome`.
    /// - `cancel(slot)` cancels a task. It returns false if the task was settled before. Otherwise
    ///   the worker that runs it has to be stopped.
    /// - `seatOf(slot)` returns the worker that runs a task, or to which the task is assigned.
    /// - `expire()` removes a task that has exceeded its queue timeout, and returns it.
    /// - `stopLate()` settles a task that has exceeded its timeout. It returns its worker, which
    ///   has to be stopped.
    /// - `firstLimit()` returns the milliseconds until the next time limit passes; `Infinity` if
    ///   there is none.
    /// - `waiting()` returns how many tasks could be dequeued.
    /// - `room()` returns how many tasks would be admitted now.
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
            Ok(of_refusal(inner.schedule.borrow_mut().submit(call.get(0)?)))
        })?;
        add.function("submitWith", |inner, call| {
            let options = options(&call)?;
            let mut schedule = inner.schedule.borrow_mut();
            Ok(of_refusal(schedule.submit_with(call.get(0)?, options)))
        })?;
        add.function("take", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            let mut schedule = inner.schedule.borrow_mut();
            let task = schedule.take(seat);
            Ok(and_more(&schedule, task.map_or(NONE, slot)))
        })?;
        add.function("assign", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            let mut schedule = inner.schedule.borrow_mut();
            let task = schedule.assign(seat);
            Ok(and_more(&schedule, task.map_or(NONE, slot)))
        })?;
        add.function("begin", |inner, call| {
            let ago = span(call.get(1)?).unwrap_or_default();
            let seat = call.get::<u32>(0)? as usize;
            inner.schedule.borrow_mut().begin(seat, ago);
            Ok(())
        })?;
        add.function("lateAssigned", |inner, _| {
            let late = inner.schedule.borrow().late_assigned();
            Ok(late.map_or(NONE, seat))
        })?;
        add.function("expireAssigned", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            inner.schedule.borrow_mut().expire_assigned(seat);
            Ok(())
        })?;
        add.function("takeAhead", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            let task = inner.schedule.borrow_mut().take_ahead(seat);
            Ok(task.map_or(NONE, slot))
        })?;
        add.function("recall", |inner, call| {
            let count = call.get::<u32>(1)? as usize;
            let seat = call.get::<u32>(0)? as usize;
            inner.schedule.borrow_mut().recall(seat, count);
            Ok(())
        })?;
        add.function("putBack", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            inner.schedule.borrow_mut().put_back(seat);
            Ok(())
        })?;
        add.function("finish", |inner, call| {
            let seat = call.get::<u32>(0)? as usize;
            let end = match call.get::<i32>(1)? {
                end if end == i32::from(COMPLETED) => RunEnd::Completed,
                end if end == i32::from(FAILED) => RunEnd::Failed,
                CRASHED => RunEnd::Crashed,
                other => return Err(Error::from_reason(format!("no task ends with {other}"))),
            };
            let mut schedule = inner.schedule.borrow_mut();
            let outcome = match (schedule.finish(seat, end, span(call.get(2)?)), end) {
                (Verdict::Counts, RunEnd::Completed) => COMPLETED,
                (Verdict::Counts, RunEnd::Failed | RunEnd::Crashed) => FAILED,
                (Verdict::TimedOut, _) => TIMED_OUT,
                (Verdict::Settled, _) => outcome::NONE,
            };
            Ok(and_more(&schedule, outcome.into()))
        })?;
        add.function("cancel", |inner, call| {
            let cancelled = inner.schedule.borrow_mut().cancel(call.get(0)?);
            Ok(cancelled != Cancelled::Gone)
        })?;
        add.function("seatOf", |inner, call| {
            let seat = inner.schedule.borrow().seat_of(call.get(0)?);
            Ok(seat.map_or(NONE, self::seat))
        })?;
        add.function("expire", |inner, _| {
            Ok(inner.schedule.borrow_mut().expire().map_or(NONE, slot))
        })?;
        add.function("stopLate", |inner, _| {
            let late = inner.schedule.borrow_mut().stop_late();
            Ok(late.map_or(NONE, seat))
        })?;
        add.function("firstLimit", |inner, _| {
            let limit = inner.schedule.borrow().first_limit();
            Ok(limit.map_or(f64::INFINITY, milliseconds))
        })?;
        add.function("waiting", |inner, _| {
            Ok(count(inner.schedule.borrow().waiting()))
        })?;
        add.function("room", |inner, _| {
            let Load { idle, queued } = inner.schedule.borrow().load();
            Ok(count(
                inner.max_queue.saturating_add(idle).saturating_sub(queued),
            ))
        })?;
        Ok(functions)
    }

    /// Counts the death of a worker that had no task.
    #[napi(catch_unwind)]
    pub fn died(&self) {
        self.0.schedule.borrow_mut().died();
    }

    /// Refuses tasks from now on.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.schedule.borrow_mut().close();
    }

    /// Refuses tasks from now on and settles the queued ones, without those reserved for a worker.
    /// Returns their slots.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn drop_queued(&self) -> Vec<u32> {
        self.0.schedule.borrow_mut().drop_queued()
    }

    /// Refuses tasks from now on and settles all tasks. Returns their slots. The workers of running
    /// ones have to be stopped.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn give_up(&self) -> Vec<u32> {
        self.0.schedule.borrow_mut().give_up()
    }

    /// Sets how many workers there may be. If more are busy, they finish their tasks.
    #[napi(catch_unwind)]
    pub fn resize(&self, size: u32) {
        self.0.schedule.borrow_mut().resize(size as usize);
    }

    /// Sets how many seats have no worker and cannot get one now. Absent seats are not free.
    #[napi(catch_unwind)]
    pub fn set_absent(&self, absent: u32) {
        self.0.schedule.borrow_mut().set_absent(absent as usize);
    }

    /// Settles all waiting tasks as failed, since there is no worker and none can be started.
    /// Returns their slots.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn fail_waiting(&self) -> Vec<u32> {
        self.0.schedule.borrow_mut().fail_waiting()
    }

    /// Stops the clock of `stats`, and releases the timer thread. To be called when the workers
    /// have ended.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.0.schedule.borrow_mut().end();
        self.0.timer.take();
    }

    /// Writes the counts so far and the number of threads into `numbers`, see the module `stats`.
    /// `bounds` are the bounds of buckets, in milliseconds. With `reset`, the times start anew.
    #[napi(catch_unwind)]
    pub fn stats(
        &self,
        threads: u32,
        numbers: Float64ArraySlice<'_>,
        bounds: Float64ArraySlice<'_>,
        reset: bool,
    ) {
        let mut schedule = self.0.schedule.borrow_mut();
        let counts = schedule.stats_with_buckets(&stats::bounds(&bounds), reset);
        stats::write(&counts, 0, threads as usize, numbers);
    }

    /// Writes what each worker has done so far into `numbers`, see the module `stats`.
    #[napi(catch_unwind)]
    pub fn workers(&self, numbers: Float64ArraySlice<'_>) {
        stats::write_workers(&self.0.schedule.borrow().workers(), numbers);
    }

    /// Workers without a task.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn idle(&self) -> u32 {
        count(self.0.schedule.borrow().load().idle)
    }

    /// Tasks that wait for a worker.
    #[napi(getter, catch_unwind)]
    #[must_use]
    pub fn queued(&self) -> u32 {
        count(self.0.schedule.borrow().load().queued)
    }
}

/// Adds `MORE` to a result if tasks wait, so that JavaScript need not ask.
fn and_more(schedule: &engine::ExternalSchedule, result: i32) -> i32 {
    result + if schedule.waiting() > 0 { MORE } else { 0 }
}

/// Cannot fail: slots stay far below 2^31.
fn slot(task: u32) -> i32 {
    i32::try_from(task).unwrap_or(NONE)
}

/// Cannot fail: a pool has at most some thousand workers.
fn seat(seat: usize) -> i32 {
    i32::try_from(seat).unwrap_or(NONE)
}
