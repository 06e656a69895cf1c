//! What the package needs of the event loop, from where no program can replace it: a clock, a turn of the
//! loop, a timer, and a way to report an exception. Tests replace those of JavaScript as they like.

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

/// When the clock started.
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The event loop of an environment.
#[napi]
pub struct EventLoop(Rc<Inner>);

struct Inner {
    turns: Turns,
    /// Disconnected from the alarm by its cleanup hook.
    time: DoorbellOwner,
    alarm: Alarm,
    /// What the callbacks refer to. It is kept while one of them is asked for, or the process is kept alive.
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

/// What calls back in a turn of the loop.
enum Turns {
    Libuv(LibuvTurns),
    /// Two, rung in turn: Node-API would go on calling in one turn what is rung in its own callback. So they call
    /// twice in a turn at most.
    Bells {
        bells: Box<[DoorbellOwner; 2]>,
        rung: Cell<usize>,
    },
}

impl Turns {
    fn bells(env: Env, on_turn: &Function<'_, (), ()>) -> Result<Self> {
        Ok(Self::Bells {
            bells: Box::new([
                DoorbellOwner::new(env, on_turn)?,
                DoorbellOwner::new(env, on_turn)?,
            ]),
            rung: Cell::new(0),
        })
    }

    fn next(&self) -> Result<()> {
        match self {
            Self::Libuv(turns) => {
                turns.start();
                Ok(())
            }
            Self::Bells { bells, rung } => {
                rung.set(1 - rung.get());
                bells[rung.get()].doorbell().ring();
                bells[0].keep_alive(true)
            }
        }
    }

    fn rest(&self) -> Result<()> {
        match self {
            Self::Libuv(turns) => {
                turns.stop();
                Ok(())
            }
            Self::Bells { bells, .. } => bells[0].keep_alive(false),
        }
    }
}

#[napi]
impl EventLoop {
    /// `on_turn` is called in a turn of the loop after `next`, `on_time` when the time has come that `arm` named;
    /// both without arguments. If `on_turn` returns true, it is called again in the same turn, when promises have been
    /// settled; not by bells. The addon keeps them for as long as this object, so they should refer to `target`
    /// weakly: `target` refers to this object, and such a cycle could never be collected. `target` is kept while a
    /// callback is asked for. With `is_libuv` the loop is one of libuv that nothing but `uv_run` drives; any other
    /// works, but takes longer to turn.
    ///
    /// # Errors
    ///
    /// When Node-API cannot make what wakes the loop.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        target: Object<'_>,
        on_turn: Function<'_, (), ()>,
        on_time: Function<'_, (), ()>,
        is_libuv: bool,
    ) -> Result<Self> {
        let time = DoorbellOwner::new(env, &on_time)?;
        let libuv = if is_libuv {
            LibuvTurns::new(env, &on_turn)?
        } else {
            None
        };
        let bell = Arc::clone(time.doorbell());
        Ok(Self(Rc::new(Inner {
            turns: match libuv {
                Some(turns) => Turns::Libuv(turns),
                None => Turns::bells(env, &on_turn)?,
            },
            time,
            alarm: Alarm::new(move || bell.ring()),
            target: Held::new(env, &target)?,
            is_turning: Cell::new(false),
            is_armed: Cell::new(false),
            is_kept: Cell::new(false),
        })))
    }

    /// Adds to `functions`, and returns it:
    ///
    /// - `now()` is the time in milliseconds, by a clock that only goes forward.
    /// - `next()` has the callback called in the next turn of the loop, and keeps the process alive. It may be
    ///   called in every turn after that, too, until
    /// - `rest()`, which lets the process end.
    /// - `keepAlive(whether)` says whether the process stays alive beside that.
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
            inner.time.keep_alive(inner.is_kept.get())
        })?;
        add.function("arm", |inner, call| {
            inner.is_armed.set(true);
            inner.update_hold();
            let time = Duration::try_from_secs_f64(call.get::<f64>(0)? / 1e3);
            if let Some(at) = time.ok().and_then(|time| ORIGIN.checked_add(time)) {
                inner.alarm.arm(at);
            } else {
                inner.alarm.disarm(); // centuries from now
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
