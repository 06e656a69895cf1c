//! `native:fib`: Fibonacci numbers by the naive recursion, as a stand-in for heavy computing.
//!
//! It makes every addition that `fib(n) = fib(n - 1) + fib(n - 2)` makes: no table, no closed form.
//! The liberties are those of a C compiler at -O3: the second call is a tail call but for the
//! addition, so it is a loop with an accumulator here, and the first call is inlined a few levels deep.

use crate::{Failure, Input, NativeWorker, Output};
use native_worker_pool_engine::CancelToken;

/// The largest n whose Fibonacci number a double holds exactly: fib(78) < 2^53 < fib(79).
pub const MAX_N: u32 = 78;

/// Below this the recursion does not look at the token: about a millisecond of work.
const UNCHECKED_BELOW: u32 = 27;

/// The worker behind `native:fib`.
#[derive(Debug)]
pub struct Fib;

impl NativeWorker for Fib {
    /// `input` is n; the output is the n-th Fibonacci number. n is a non-negative integer up to
    /// [`MAX_N`].
    fn run(&mut self, input: Input, token: &CancelToken) -> Result<Output, Failure> {
        let n = index(input)?;
        if n <= 1 {
            return Ok(input); // as it came: fib(-0) is -0 in JavaScript
        }
        let result = fib_cancellable(n, token).ok_or(Failure::Cancelled)?;
        #[expect(clippy::cast_precision_loss, reason = "exact up to MAX_N")]
        Ok(result as f64)
    }
}

fn index(input: Input) -> Result<u32, Failure> {
    if input.fract() != 0.0 || input < 0.0 {
        // NaN and the infinities have no fraction of 0 either.
        return Err(Failure::InvalidInput(format!("Invalid n: {input}")));
    }
    if input > f64::from(MAX_N) {
        return Err(Failure::OutOfRange(format!(
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

/// The recursion's upper levels, which look at the token; `None` when it is cancelled.
fn fib_cancellable(mut n: u32, token: &CancelToken) -> Option<u64> {
    let mut sum = 0;
    while n >= UNCHECKED_BELOW {
        if token.is_cancelled() {
            return None;
        }
        sum += fib_cancellable(n - 1, token)?;
        n -= 2;
    }
    Some(sum + fib(n))
}

/// Defines one level of the recursion, which calls `$next` for the level below.
macro_rules! level {
    ($name:ident, $next:ident) => {
        #[inline(always)]
        fn $name(mut n: u32) -> u64 {
            let mut sum = 0;
            while n > 1 {
                sum += $next(n - 1);
                n -= 2;
            }
            sum + u64::from(n)
        }
    };
}

/// Four levels in one function, as gcc inlines them and rustc does not: a fraction of the calls, the
/// same additions.
#[inline(never)]
fn fib(n: u32) -> u64 {
    first_level(n)
}

level!(first_level, second_level);
level!(second_level, third_level);
level!(third_level, fourth_level);
level!(fourth_level, fib);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(n: f64) -> Result<f64, Failure> {
        Fib.run(n, &CancelToken::new())
    }

    #[test]
    fn agrees_with_the_recurrence() {
        let mut pair = (0_u32, 1_u32);
        for n in 0..=32 {
            assert_eq!(run(f64::from(n)), Ok(f64::from(pair.0)), "fib({n})");
            pair = (pair.1, pair.0 + pair.1);
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
        assert!(matches!(run(79.0), Err(Failure::OutOfRange(message)) if message.contains("79")));
        assert!(matches!(run(f64::MAX), Err(Failure::OutOfRange(_))));
    }

    #[test]
    fn minus_zero_stays_minus_zero() {
        assert!(run(-0.0).is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    }

    #[test]
    fn stops_when_cancelled() {
        let token = CancelToken::new();
        token.cancel();
        assert_eq!(Fib.run(78.0, &token), Err(Failure::Cancelled));
    }

    proptest! {
        #[test]
        fn takes_no_number_but_non_negative_integers(input in prop::num::f64::ANY) {
            let computes = (0.0..=78.0).contains(&input) && input.fract() == 0.0;
            prop_assume!(!computes);
            let invalid = input.is_nan() || input < 0.0 || input.fract() != 0.0;
            match run(input) {
                Err(Failure::InvalidInput(_)) => prop_assert!(invalid),
                Err(Failure::OutOfRange(_)) => prop_assert!(!invalid && input > 78.0),
                other => prop_assert!(false, "{input}: {other:?}"),
            }
        }
    }
}
