//! A clock, turns of the event loop, a timer and a way to report an exception. A program cannot
//! replace them, as it can replace those of JavaScript (test suites do, with fake timers).

use crate::doorbell::DoorbellOwner;
use crate::functions::Functions;
use crate::held::Held;
use crate::stats::milliseconds;
use crate::turns::Turns as LibuvTurns;
use napi::bindgen_prelude::{Function, Object};
use napi::{Env, JsValue, Result, Unknown, check_status, sys};
use napi_derive::napi;
use native_worker_pool_engine::Alarm;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// The origin of the clock `now`.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The event loop of an environment.
#[napi]
pub struct EventLoop(Rc<Inner>);

struct Inner {
    turns: Turns,
    /// Rung by the alarm. Its cleanup hook disconnects it.
    timer_bell: DoorbellOwner,
    alarm: Alarm,
    /// The object to which the callbacks refer. Strong while a callback is requested or the process
    /// is kept alive.
    target: Held,
    is_turning: Cell<bool>,
    is_armed: Cell<bool>,
    is_kept: Cell<bool>,
}

impl Inner {
    fn update_hold(&self) {
        self.target
            .hold(self.is_turning.get() || self.is_armed.get() || self.is_kept.get());
    }
}

/// How a turn of the loop is requested.
enum Turns {
    Libuv(LibuvTurns),
    /// Two doorbells, rung alternately. A doorbell that is rung in its own callback is called again
    /// in the same turn. With two, there are two calls per turn at most.
    Doorbells {
        doorbells: Box<[DoorbellOwner; 2]>,
        rung: Cell<usize>,
    },
}

impl Turns {
    fn doorbells(env: Env, on_turn: &Function<'_, (), ()>) -> Result<Self> {
        Ok(Self::Doorbells {
            doorbells: Box::new([
                DoorbellOwner::new(env, on_turn)?,
                DoorbellOwner::new(env, on_turn)?,
            ]),
            rung: Cell::new(0),
        })
    }

    /// Requests a call in the next turn, and keeps the process alive.
    fn next(&self) -> Result<()> {
        match self {
            Self::Libuv(turns) => {
                turns.start();
                Ok(())
            }
            Self::Doorbells { doorbells, rung } => {
                rung.set(1 - rung.get());
                doorbells[rung.get()].doorbell().ring();
                doorbells[0].keep_alive(true)
            }
        }
    }

    /// Requests no further calls, and lets the process end.
    fn rest(&self) -> Result<()> {
        match self {
            Self::Libuv(turns) => {
                turns.stop();
                Ok(())
            }
            Self::Doorbells { doorbells, .. } => doorbells[0].keep_alive(false),
        }
    }
}

#[napi]
impl EventLoop {
    /// `on_turn` is called in a turn of the loop after `next`, and `on_time` at the time passed to
    /// `arm`; both without arguments. If `on_turn` returns true, and libuv is used, it is called
    /// again in the same turn after promise reactions have run.
    ///
    /// The addon references the callbacks for the life of this object. `target` refers to this
    /// object, so the callbacks must refer to `target` weakly: otherwise the cycle could never be
    /// collected. The addon references `target` itself while a callback is requested.
    ///
    /// `is_libuv` declares that the loop is one of libuv, driven only by `uv_run`. Any other loop
    /// works, but its turns take longer.
    ///
    /// # Errors
    ///
    /// If Node-API refuses a doorbell, a handle or a reference.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        target: Object<'_>,
        on_turn: Function<'_, (), ()>,
        on_time: Function<'_, (), ()>,
        is_libuv: bool,
    ) -> Result<Self> {
        let timer_bell = DoorbellOwner::new(env, &on_time)?;
        let libuv = if is_libuv {
            LibuvTurns::new(env, &on_turn)?
        } else {
            None
        };
        let bell = Arc::clone(timer_bell.doorbell());
        Ok(Self(Rc::new(Inner {
            turns: match libuv {
                Some(turns) => Turns::Libuv(turns),
                None => Turns::doorbells(env, &on_turn)?,
            },
            timer_bell,
            alarm: Alarm::new(move || bell.ring()),
            target: Held::new(env, &target)?,
            is_turning: Cell::new(false),
            is_armed: Cell::new(false),
            is_kept: Cell::new(false),
        })))
    }

    /// Adds these functions to `functions` and returns it:
    ///
    /// - `now()` returns the time in milliseconds on a monotonic clock.
    /// - `next()` requests `on_turn` in the next turn of the loop, and keeps the process alive.
    ///   Until `rest()` it may also be called in every later turn.
    /// - `rest()` ends that request, and lets the process end.
    /// - `keepAlive(whether)` sets whether the process stays alive without such a request.
    /// - `arm(time)` requests `on_time` at that time of `now()`, which replaces an earlier request.
    /// - `disarm()` cancels that request.
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
        add.function("now", |_, _| Ok(milliseconds(ORIGIN.elapsed())))?;
        add.function("next", |inner, _| {
            inner.is_turning.set(true);
            inner.update_hold();
            inner.turns.next()
        })?;
        add.function("rest", |inner, _| {
            inner.is_turning.set(false);
            inner.update_hold();
            inner.turns.rest()
        })?;
        add.function("keepAlive", |inner, call| {
            inner.is_kept.set(call.get(0)?);
            inner.update_hold();
            inner.timer_bell.keep_alive(inner.is_kept.get())
        })?;
        add.function("arm", |inner, call| {
            inner.is_armed.set(true);
            inner.update_hold();
            let time = Duration::try_from_secs_f64(call.get::<f64>(0)? / 1e3);
            if let Some(at) = time.ok().and_then(|time| ORIGIN.checked_add(time)) {
                inner.alarm.arm(at);
            } else {
                inner.alarm.disarm(); // out of range: centuries from now
            }
            Ok(())
        })?;
        add.function("disarm", |inner, _| {
            inner.is_armed.set(false);
            inner.update_hold();
            inner.alarm.disarm();
            Ok(())
        })?;
        Ok(functions)
    }
}

/// Reports `error` as an uncaught exception: it emits `'uncaughtException'` or ends the process.
///
/// # Errors
///
/// If Node-API refuses.
#[napi(catch_unwind)]
pub fn raise(env: Env, error: Unknown<'_>) -> Result<()> {
    // SAFETY: `env` is current on this thread, and the value belongs to it.
    check_status!(unsafe { sys::napi_fatal_exception(env.raw(), error.raw()) })
}
