//! Workers that misbehave or wait on command, for the tests. Only in builds with the feature
//! `test-workers`.

use crate::{Failure, Input, NativeWorker, Output};
use native_worker_pool_engine::CancelToken;
use std::collections::HashSet;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Panics with a text for 1, a formatted text for 2, something that is no text for 3, and something
/// whose destructor panics too for 4; answers any other number with itself.
#[derive(Debug)]
pub struct Panic;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("the payload's destructor"));
    }
}

impl NativeWorker for Panic {
    fn run(&mut self, input: Input, _token: &CancelToken) -> Result<Output, Failure> {
        // `resume_unwind` and not `panic!` keeps the expected ones off the test's stderr.
        match input {
            1.0 => std::panic::resume_unwind(Box::new("the worker's last words")),
            2.0 => std::panic::resume_unwind(Box::new(format!("input was {input}"))),
            3.0 => std::panic::resume_unwind(Box::new(())),
            4.0 => std::panic::resume_unwind(Box::new(Bomb)),
            other => Ok(other),
        }
    }
}

/// Answers a number with itself once the gate of that number is open.
#[derive(Debug)]
pub struct Gate;

/// Waits at a gate as [`Gate`] does, whatever its token says. Then it answers or panics.
#[derive(Debug)]
pub struct Deaf {
    /// Whether it panics.
    pub panics: bool,
}

/// Gates by the bits of their numbers.
#[derive(Debug, Default)]
struct Gates {
    open: HashSet<u64>,
    /// Those that a task has come to.
    reached: HashSet<u64>,
}

static GATES: LazyLock<Mutex<Gates>> = LazyLock::new(Mutex::default);
static OPENED: Condvar = Condvar::new();

fn gates() -> MutexGuard<'static, Gates> {
    GATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a gate for good: the task that waits at it, and any that comes later, goes on.
pub fn open_gate(number: Input) {
    gates().open.insert(number.to_bits());
    OPENED.notify_all();
}

/// Whether a task has come to a gate.
#[must_use]
pub fn is_reached(number: Input) -> bool {
    gates().reached.contains(&number.to_bits())
}

/// Waits until the gate of that number is open; `false` if `gives_up` before.
fn pass_gate(number: Input, gives_up: impl Fn() -> bool) -> bool {
    let mut gates = gates();
    gates.reached.insert(number.to_bits());
    while !gates.open.contains(&number.to_bits()) {
        if gives_up() {
            return false;
        }
        // The wait ends for a look at the token, which cannot notify.
        gates = OPENED
            .wait_timeout(gates, Duration::from_millis(1))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
    true
}

impl NativeWorker for Gate {
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        if pass_gate(input, || token.is_cancelled()) {
            Ok(input)
        } else {
            Err(Failure::Cancelled)
        }
    }
}

impl NativeWorker for Deaf {
    fn run(&mut self, input: Input, _token: &CancelToken) -> Result<Output, Failure> {
        pass_gate(input, || false);
        if self.panics {
            std::panic::resume_unwind(Box::new("panicked while it was stopping"));
        }
        Ok(input)
    }
}

/// Does what the remainder of its input by eight says: answers with the input for 0 to 3, fails for 4,
/// panics for 5, runs until it is cancelled for 6, and for 7 runs for so many microseconds as the
/// quotient says before it answers.
#[derive(Debug)]
pub struct Storm;

impl NativeWorker for Storm {
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        let start = Instant::now();
        let so_long = |limit| start.elapsed() < limit && !token.is_cancelled();
        match input % 8.0 {
            4.0 => return Err(Failure::InvalidInput("failed on purpose".to_owned())),
            5.0 => std::panic::resume_unwind(Box::new("panicked on purpose")),
            6.0 => {
                while so_long(Duration::MAX) {
                    std::thread::sleep(Duration::from_micros(50));
                }
            }
            7.0 => {
                let limit = Duration::from_secs_f64((input / 8.0).floor() / 1e6);
                while so_long(limit) {
                    std::hint::spin_loop();
                }
            }
            _ => {}
        }
        if token.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        Ok(input)
    }
}
