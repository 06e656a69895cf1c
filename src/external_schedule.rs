//! The queue of a pool whose workers are threads of `worker_threads`: JavaScript takes tasks for them and
//! says how each has ended.

use crate::functions::{Functions, code, count, options, span};
use crate::protocol::outcome::{self, COMPLETED, FAILED, TIMED_OUT};
use crate::protocol::schedule::{CRASHED, MORE, NONE};
use crate::stats::{self, milliseconds};
use napi::bindgen_prelude::{Float64ArraySlice, Object};
use napi::{Env, Error, Result};
use napi_derive::napi;
use native_worker_pool_engine::{self as engine, Cancelled, Load, RunEnd, TimerGuard, Verdict};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The queue of a number of workers, and what each of them is doing.
#[napi]
pub struct ExternalSchedule(Rc<Inner>);

struct Inner {
    schedule: RefCell<engine::ExternalSchedule>,
    max_queue: usize,
    /// For the timers of `lib/platform/deadline-timer.js`, until the workers are gone.
    timer: Cell<Option<TimerGuard>>,
}

#[napi]
impl ExternalSchedule {
    /// For `size` workers, all of them free. `max_queue` tasks may wait while all are busy.
    ///
    /// # Errors
    ///
    /// When the timer's thread cannot be started.
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

    /// What is called often, as functions that need no `this`. Tasks are known by their slot and workers
    /// by their seat; where there may be none, `NONE` stands for that. `take`, `assign` and `finish` add `MORE` to what they
    /// return if tasks wait in the queue.
    ///
    /// - `submit(slot)` admits a task. It returns null, or the code of the error that says why not.
    /// - `submitWith(slot, _, priority, timeout, queueTimeout)` does the same with options. The
    ///   task can be cancelled also while it waits. Times are in milliseconds, `Infinity` for none. The
    ///   second parameter, the input, is not looked at.
    /// - `take(seat)` is the task that a free worker is to run.
    /// - `assign(seat)` is the task that a worker is to run that still starts; `begin(seat, ago)` says that it has
    ///   begun it so many milliseconds ago. Until then the task waits.
    /// - `lateAssigned()` is a worker whose task of that kind has waited for too long: it has to be put back, or has
    ///   begun.
    /// - `takeAhead(seat)` is a task that the worker is to run when that which it has has ended.
    /// - `recall(seat, count)` says that it will not, and has not begun the last so many of those.
    /// - `putBack(seat)` says the same of the one that it has taken: that task is the next.
    /// - `finish(seat, ran, took)` says how the task has ended, and after how many milliseconds, `NaN` if that
    ///   is not known. It returns the outcome with which the task settles, see `protocol::outcome`.
    /// - `cancel(slot)` cancels a task. It returns whether that has settled it: else it was settled before.
    ///   The worker that runs it has to be stopped.
    /// - `seatOf(slot)` is the worker that runs a task.
    /// - `expire()` takes out a task that has waited for too long.
    /// - `stopLate()` settles a task that has run for too long, and is its worker, which has to be stopped.
    /// - `firstLimit()` is in how many milliseconds one of the two will have something, `Infinity` if
    ///   nothing of that kind is to come.
    /// - `waiting()` is how many tasks do not run.
    /// - `room()` is how many tasks would be admitted now.
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
            Ok(code(inner.schedule.borrow_mut().submit(call.get(0)?)))
        })?;
        add.function("submitWith", |inner, call| {
            let options = options(&call)?;
            let mut schedule = inner.schedule.borrow_mut();
            Ok(code(schedule.submit_with(call.get(0)?, options)))
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
            let ran = match call.get::<i32>(1)? {
                ran if ran == i32::from(COMPLETED) => RunEnd::Completed,
                ran if ran == i32::from(FAILED) => RunEnd::Failed,
                CRASHED => RunEnd::Crashed,
                other => return Err(Error::from_reason(format!("no task ends with {other}"))),
            };
            let mut schedule = inner.schedule.borrow_mut();
            let outcome = match (schedule.finish(seat, ran, span(call.get(2)?)), ran) {
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

    /// A worker has died that had no task.
    #[napi(catch_unwind)]
    pub fn died(&self) {
        self.0.schedule.borrow_mut().died();
    }

    /// Admits no more tasks.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.schedule.borrow_mut().close();
    }

    /// Admits no more tasks, and settles all there are, which are returned. The workers of those that run have to
    /// be stopped.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn give_up(&self) -> Vec<u32> {
        self.0.schedule.borrow_mut().give_up()
    }

    /// So many seats have no worker, and none can be started for them now: they are not free.
    #[napi(catch_unwind)]
    pub fn set_absent(&self, absent: u32) {
        self.0.schedule.borrow_mut().set_absent(absent as usize);
    }

    /// There is no worker, and none can be started: all tasks that wait fail, which are returned.
    #[napi(catch_unwind)]
    #[must_use]
    pub fn fail_waiting(&self) -> Vec<u32> {
        self.0.schedule.borrow_mut().fail_waiting()
    }

    /// The workers are gone.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.0.schedule.borrow_mut().end();
        self.0.timer.take();
    }

    /// Writes what has become of the tasks so far into `numbers`, see `stats`.
    #[napi(catch_unwind)]
    pub fn stats(&self, numbers: Float64ArraySlice<'_>) {
        stats::write(&self.0.schedule.borrow().stats(), numbers);
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

/// Tells JavaScript that tasks wait, so that it need not ask.
fn and_more(schedule: &engine::ExternalSchedule, answer: i32) -> i32 {
    answer + if schedule.waiting() > 0 { MORE } else { 0 }
}

/// Slots are below a million or so.
fn slot(task: u32) -> i32 {
    i32::try_from(task).unwrap_or(NONE)
}

/// There are a thousand at most.
fn seat(seat: usize) -> i32 {
    i32::try_from(seat).unwrap_or(NONE)
}
