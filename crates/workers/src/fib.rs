//! `native:fib`: Fibonacci numbers by naive recursion, as a stand-in for heavy computing.
//!
//! It performs every addition of `fib(n) = fib(n - 1) + fib(n - 2)`: no table, no closed form. It is
//! optimized as a C compiler does at -O3. The second call would be a tail call without the addition,
//! so it is a loop with an accumulator. The first call is inlined a few levels deep, down to fib(1)
//! where that is reached.

use crate::{Failure, Fields, FromValue, Input, NativeTask, NumericWorker, Output, Task, Value};
use native_worker_pool_engine::CancelToken;
use std::ops::{Add, AddAssign};

/// The largest n whose Fibonacci number a double holds exactly: fib(78) < 2^53 < fib(79).
pub const MAX_N: u32 = 78;

/// Below this n the recursion does not poll the token: about a millisecond of work.
const UNCHECKED_BELOW: u32 = 27;

/// The worker behind `native:fib`.
#[derive(Debug)]
pub struct Fib;

impl NumericWorker for Fib {
    /// Computes the n-th Fibonacci number. `input` is n, an integer from 0 to [`MAX_N`].
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        let n = index(input)?;
        if n <= 1 {
            return Ok(input); // unchanged: fib(-0) is -0 in JavaScript
        }
        let result: u64 = fib_cancellable(n, token).ok_or_else(Failure::cancelled)?;
        #[expect(clippy::cast_precision_loss, reason = "exact up to MAX_N")]
        Ok(result as f64)
    }
}

/// The task `fib` of a pool of several tasks.
#[derive(Debug)]
pub struct FibTask;

/// Fields: n.
impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, Failure> {
        Fields::of(value)?.number()
    }
}

impl NativeTask for FibTask {
    type Input = f64;
    type Output = Value;

    /// Returns `{ n, result }`.
    fn run(&mut self, n: f64, task: &Task<'_>) -> Result<Value, Failure> {
        let result = Fib.run(n, task.token())?;
        let fields = [("n", n), ("result", result)];
        let record = fields.map(|(name, number)| (name.into(), number.into()));
        Ok(Value::Record(Box::new(record)))
    }
}

fn index(input: Input) -> Result<u32, Failure> {
    if input.fract() != 0.0 || input < 0.0 {
        // This includes NaN and the infinities, whose fraction is NaN.
        return Err(Failure::invalid_value(format!("Invalid n: {input}")));
    }
    if input > f64::from(MAX_N) {
        return Err(Failure::out_of_range(format!(
            "n = {input} is out of range: above n = {MAX_N} fib(n) is no safe integer"
        )));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    Ok(input as u32)
}

/// The type of the sum: `u64`, or a counter of additions in a test.
trait Summand: Default + Add<Output = Self> + AddAssign + From<u64> {}

impl Summand for u64 {}

/// The upper levels of the recursion, which poll the token. `None` if it is cancelled.
fn fib_cancellable<T: Summand>(mut n: u32, token: &CancelToken) -> Option<T> {
    let mut sum = T::default();
    while n >= UNCHECKED_BELOW {
        if token.is_cancelled() {
            return None;
        }
        sum += fib_cancellable(n - 1, token)?;
        n -= 2;
    }
    Some(sum + fib(n.into()))
}

/// Defines one level of the recursion, which calls `$next` for the level below.
macro_rules! level {
    ($name:ident, $next:ident) => {
        #[inline(always)]
        fn $name<T: Summand>(mut n: u64) -> T {
            let mut sum = T::default();
            while n > 2 {
                sum += $next(n - 1);
                n -= 2;
            }
            if n == 2 {
                sum += T::from(1); // fib(1), inlined; fib(0) remains
                n = 0;
            }
            sum + T::from(n)
        }
    };
}

/// Eight levels in one function: the same additions with a fraction of the calls. gcc inlines
/// several levels by itself, rustc does not. n has 64 bits so that it can be added to the sum
/// without a conversion.
#[inline(never)]
fn fib<T: Summand>(n: u64) -> T {
    level_1(n)
}

level!(level_1, level_2);
level!(level_2, level_3);
level!(level_3, level_4);
level!(level_4, level_5);
level!(level_5, level_6);
level!(level_6, level_7);
level!(level_7, level_8);
level!(level_8, fib);

#[cfg(test)]
mod tests {
    use super::*;
    use native_worker_pool_engine::CancelSource;
    use proptest::prelude::*;
    use std::cell::Cell;

    fn run(n: f64) -> Result<f64, Failure> {
        Fib.run(n, &CancelSource::new().token())
    }

    /// The Fibonacci numbers from the 0th to the one after [`MAX_N`], by the recurrence.
    fn recurrence() -> Vec<u64> {
        let mut numbers = vec![0, 1];
        while numbers.len() <= MAX_N as usize + 1 {
            numbers.push(numbers[numbers.len() - 2] + numbers[numbers.len() - 1]);
        }
        numbers
    }

    #[test]
    fn agrees_with_the_recurrence() {
        for (n, number) in (0_u32..=32).zip(recurrence()) {
            let number = u32::try_from(number).unwrap();
            assert_eq!(run(f64::from(n)), Ok(number.into()), "fib({n})");
        }
    }

    /// By induction, since large n would take too long: if all results below n are right, the
    /// result for n is.
    #[test]
    fn each_step_of_the_recursion_is_right_up_to_the_limit() {
        thread_local!(static BELOW: Vec<u64> = recurrence());
        fn below<T: Summand>(n: u64) -> T {
            BELOW.with(|numbers| numbers[usize::try_from(n).unwrap()].into())
        }
        level!(step, below);
        for (n, number) in (0..=MAX_N).zip(recurrence()) {
            assert_eq!(step::<u64>(n.into()), number, "fib({n})");
        }
    }

    /// For n the definition performs fib(n + 1) - 1 additions: one for each call with an argument
    /// of at least 2.
    #[test]
    fn performs_every_addition_of_the_definition() {
        thread_local!(static ADDITIONS: Cell<u64> = const { Cell::new(0) });

        #[derive(Default)]
        struct Counted(u64);
        impl From<u64> for Counted {
            fn from(number: u64) -> Self {
                Self(number)
            }
        }
        impl AddAssign for Counted {
            fn add_assign(&mut self, other: Self) {
                ADDITIONS.set(ADDITIONS.get() + 1);
                self.0 += other.0;
            }
        }
        /// Adds the remainder after a loop to its sum, which is no addition of the definition. Not
        /// counted.
        impl Add for Counted {
            type Output = Self;
            fn add(self, other: Self) -> Self {
                Self(self.0 + other.0)
            }
        }
        impl Summand for Counted {}

        let numbers = recurrence();
        for n in 0..=UNCHECKED_BELOW + 3 {
            ADDITIONS.set(0);
            let result: Option<Counted> = fib_cancellable(n, &CancelSource::new().token());
            assert_eq!(result.map(|Counted(sum)| sum), Some(numbers[n as usize]));
            assert_eq!(ADDITIONS.get(), numbers[n as usize + 1] - 1, "fib({n})");
        }
    }

    #[test]
    fn the_limit_is_where_results_stop_being_safe_integers() {
        let mut pair = (0_u64, 1_u64);
        for _ in 0..MAX_N {
            pair = (pair.1, pair.0 + pair.1);
        }
        assert!(pair.0 < 1 << 53);
        assert!(pair.1 > 1 << 53);
        let failure = run(79.0).unwrap_err();
        assert_eq!(failure.error_code(), Some("ERR_OUT_OF_RANGE"));
        assert!(failure.to_string().contains("79"));
        assert_eq!(
            run(f64::MAX).unwrap_err().error_code(),
            Some("ERR_OUT_OF_RANGE")
        );
    }

    #[test]
    fn minus_zero_stays_minus_zero() {
        assert!(run(-0.0).is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    }

    #[test]
    fn stops_when_cancelled() {
        let source = CancelSource::new();
        source.cancel();
        assert_eq!(Fib.run(78.0, &source.token()), Err(Failure::cancelled()));
    }

    proptest! {
        #[test]
        fn accepts_only_non_negative_integers(input in prop::num::f64::ANY) {
            let computes = (0.0..=78.0).contains(&input) && input.fract() == 0.0;
            prop_assume!(!computes);
            let invalid = input.is_nan() || input < 0.0 || input.fract() != 0.0;
            match run(input) {
                Err(failure) if failure.error_code() == Some("ERR_INVALID_ARG_VALUE") => prop_assert!(invalid),
                Err(failure) if failure.error_code() == Some("ERR_OUT_OF_RANGE") => prop_assert!(!invalid && input > 78.0),
                other => prop_assert!(false, "{input}: {other:?}"),
            }
        }
    }
}
