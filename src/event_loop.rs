//! What the package needs of the event loop, from where no program can replace it: a clock, a turn of the
//! loop, a timer, and a way to report an exception. Tests replace those of JavaScript as they like.

use crate::doorbell::DoorbellOwner;
use crate::functions::Functions;
use crate::stats::milliseconds;
use napi::bindgen_prelude::{Function, Object};
use napi::{Env, JsValue, Result, Unknown, check_status, sys};
use napi_derive::napi;
use native_worker_pool_engine::Alarm;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// When the clock started.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The event loop of an environment.
#[napi]
pub struct EventLoop(Rc<Inner>);

struct Inner {
    /// Two, since Node.js calls again in the same turn what is rung in its own callback.
    turns: [DoorbellOwner; 2],
    /// Disconnected from the alarm by its cleanup hook.
    _time: DoorbellOwner,
    alarm: Alarm,
}

#[napi]
impl EventLoop {
    /// `on_turn` is called in a turn of the loop after `ring`, `on_time` when the time has come that
    /// `arm` named; both without arguments.
    ///
    /// # Errors
    ///
    /// When Node-API cannot make what wakes the loop.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        on_turn: Function<'_, (), ()>,
        on_time: Function<'_, (), ()>,
    ) -> Result<Self> {
        let time = DoorbellOwner::new(env, &on_time)?;
        let bell = Arc::clone(time.doorbell());
        Ok(Self(Rc::new(Inner {
            turns: [
                DoorbellOwner::new(env, &on_turn)?,
                DoorbellOwner::new(env, &on_turn)?,
            ],
            _time: time,
            alarm: Alarm::new(move || bell.ring()),
        })))
    }

    /// Adds to `functions`, and returns it:
    ///
    /// - `now()` is the time in milliseconds, by a clock that only goes forward.
    /// - `ring(side)` has the callback called in a turn of the loop. Within a callback the other of the
    ///   sides, 0 and 1, has to be used: the same one would be called in the same turn.
    /// - `keepAlive(whether)` says whether the process stays alive.
    /// - `arm(time)` has the callback called at that time, and not at the one that was named before.
    /// - `disarm()` has it not called.
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
        add.function("now", |_, _| Ok(milliseconds(ORIGIN.elapsed())))?;
        add.function("ring", |inner, call| {
            inner.turns[usize::from(call.get::<bool>(0)?)]
                .doorbell()
                .ring();
            Ok(())
        })?;
        add.function("keepAlive", |inner, call| {
            inner.turns[0].keep_alive(call.get(0)?)
        })?;
        add.function("arm", |inner, call| {
            let time = Duration::try_from_secs_f64(call.get::<f64>(0)? / 1e3);
            if let Some(at) = time.ok().and_then(|time| ORIGIN.checked_add(time)) {
                inner.alarm.arm(at);
            } else {
                inner.alarm.disarm(); // centuries from now
            }
            Ok(())
        })?;
        add.function("disarm", |inner, _| {
            inner.alarm.disarm();
            Ok(())
        })?;
        Ok(functions)
    }
}

/// Reports `error` as an exception that nobody has caught: the event `'uncaughtException'`, or the end of
/// the process.
///
/// # Errors
///
/// When Node-API refuses.
#[napi(catch_unwind)]
pub fn raise(env: Env, error: Unknown<'_>) -> Result<()> {
    // SAFETY: `env` is current on this thread, and the value belongs to it.
    check_status!(unsafe { sys::napi_fatal_exception(env.raw(), error.raw()) })
}
