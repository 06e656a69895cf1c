//! Workers that misbehave or wait on command, for the tests. Only in builds with the feature
//! `test-workers`.

use crate::{Failure, Fields, Input, NativeTask, NumericWorker, Output, Task, Value};
use native_worker_pool_engine::CancelToken;
use std::collections::HashSet;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Panics with a static string for 1, a formatted string for 2, another payload for 3, and a
/// payload whose destructor panics for 4. Returns any other number.
#[derive(Debug)]
pub struct Panic;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("the payload's destructor"));
    }
}

impl NumericWorker for Panic {
    fn run(&mut self, input: Input, _token: &CancelToken) -> Result<Output, Failure> {
        // Unlike `panic!`, `resume_unwind` does not print to stderr.
        match input {
            1.0 => std::panic::resume_unwind(Box::new("the worker's last words")),
            2.0 => std::panic::resume_unwind(Box::new(format!("input was {input}"))),
            3.0 => std::panic::resume_unwind(Box::new(())),
            4.0 => std::panic::resume_unwind(Box::new(Bomb)),
            other => Ok(other),
        }
    }
}

/// Waits until the gate with the number of the input is open, and returns the input.
#[derive(Debug)]
pub struct Gate;

/// Waits at a gate as [`Gate`] does, but ignores its token. Then it returns the input or panics.
#[derive(Debug)]
pub struct Deaf {
    /// Whether the worker panics.
    pub panics: bool,
}

/// Gates, identified by the bits of their numbers.
#[derive(Debug, Default)]
struct Gates {
    open: HashSet<u64>,
    /// Gates that a task has reached.
    reached: HashSet<u64>,
}

static GATES: LazyLock<Mutex<Gates>> = LazyLock::new(Mutex::default);
static OPENED: Condvar = Condvar::new();

fn gates() -> MutexGuard<'static, Gates> {
    GATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens a gate, which stays open: tasks that wait at it continue, and later ones do not wait.
pub fn open_gate(number: Input) {
    gates().open.insert(number.to_bits());
    OPENED.notify_all();
}

/// Whether a task has reached a gate.
#[must_use]
pub fn is_reached(number: Input) -> bool {
    gates().reached.contains(&number.to_bits())
}

/// Waits until the gate of that number is open. Returns `false` if `is_cancelled` is true before.
fn pass_gate(number: Input, is_cancelled: impl Fn() -> bool) -> bool {
    let mut gates = gates();
    gates.reached.insert(number.to_bits());
    while !gates.open.contains(&number.to_bits()) {
        if is_cancelled() {
            return false;
        }
        // A timeout, since the token has to be polled.
        gates = OPENED
            .wait_timeout(gates, Duration::from_millis(1))
            .unwrap_or_else(PoisonError::into_inner)
            .0;
    }
    true
}

impl NumericWorker for Gate {
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        if pass_gate(input, || token.is_cancelled()) {
            Ok(input)
        } else {
            Err(Failure::cancelled())
        }
    }
}

impl NumericWorker for Deaf {
    fn run(&mut self, input: Input, _token: &CancelToken) -> Result<Output, Failure> {
        pass_gate(input, || false);
        if self.panics {
            std::panic::resume_unwind(Box::new("panicked while it was stopping"));
        }
        Ok(input)
    }
}

/// Acts on the remainder of its input by eight: 0 to 3 return the input, 4 fails, 5 panics, 6 runs
/// until it is cancelled, and 7 runs for as many microseconds as the quotient and returns the
/// input.
#[derive(Debug)]
pub struct Storm;

impl NumericWorker for Storm {
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        let start = Instant::now();
        let goes_on = |limit| start.elapsed() < limit && !token.is_cancelled();
        match input % 8.0 {
            4.0 => return Err(Failure::invalid_value("failed on purpose")),
            5.0 => std::panic::resume_unwind(Box::new("panicked on purpose")),
            6.0 => {
                while goes_on(Duration::MAX) {
                    std::thread::sleep(Duration::from_micros(50));
                }
            }
            7.0 => {
                let limit = Duration::from_secs_f64((input / 8.0).floor() / 1e6);
                while goes_on(limit) {
                    std::hint::spin_loop();
                }
            }
            _ => {}
        }
        if token.is_cancelled() {
            return Err(Failure::cancelled());
        }
        Ok(input)
    }
}

/// Answers any value with itself.
#[derive(Debug)]
pub struct EchoValue;

impl NativeTask for EchoValue {
    type Input = Value;
    type Output = Value;

    fn run(&mut self, input: Value, _task: &Task<'_>) -> Result<Value, Failure> {
        Ok(input)
    }
}

/// Reads two fields, a number of reports and the number of a gate. Reports its progress as often,
/// waits at the gate as [`Gate`] does, and answers with the first field. Panics if that is negative.
#[derive(Debug)]
pub struct Reporting;

impl NativeTask for Reporting {
    type Input = Value;
    type Output = Value;

    fn run(&mut self, input: Value, task: &Task<'_>) -> Result<Value, Failure> {
        let mut fields = Fields::of(input)?;
        let reports = fields.number()?;
        let gate = fields.number()?;
        if reports < 0.0 {
            std::panic::resume_unwind(Box::new("a negative number of reports"));
        }
        let mut done = 0.0;
        while done < reports {
            done += 1.0;
            task.report(done, Some(reports));
        }
        if pass_gate(gate, || task.is_cancelled()) {
            Ok(reports.into())
        } else {
            Err(Failure::cancelled())
        }
    }
}
