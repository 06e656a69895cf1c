//! How outcomes are written for JavaScript to read.
//!
//! Numbers go into a `Float64Array` that JavaScript passes in, [`RECORD`] of them for each outcome:
//! the slot, what it was ([`COMPLETED`], [`FAILED`], [`CLOSED`]) and the result. What a failure says
//! is rare and goes apart, a code and a message for each `FAILED` in the same order.

use native_worker_pool_engine::Outcome;
use native_worker_pool_workers::Failure;

/// Numbers in a record.
pub(crate) const RECORD: usize = 3;
/// The task has a result.
pub(crate) const COMPLETED: f64 = 0.0;
/// The task has none; see the list of failures.
pub(crate) const FAILED: f64 = 1.0;
/// The pool's threads have ended; no task.
pub(crate) const CLOSED: f64 = 2.0;

/// What comes from the worker threads. There may be many at a time, so it is small.
#[derive(Debug)]
pub(crate) enum Delivery {
    Completed { slot: u32, result: f64 },
    Failed { slot: u32, failure: Box<Words> },
    Closed,
}

const _: () = assert!(size_of::<Delivery>() == 16);

/// What is said of a failed task.
#[derive(Debug)]
pub(crate) struct Words {
    code: &'static str,
    message: String,
}

impl Delivery {
    pub(crate) fn new(slot: u32, outcome: Outcome<f64, Failure>) -> Self {
        let (code, message) = match outcome {
            Outcome::Completed(result) => return Self::Completed { slot, result },
            Outcome::Failed(failure) => (code(&failure), failure.to_string()),
            Outcome::Crashed(words) => ("ERR_POOL_CRASH", words),
        };
        let failure = Box::new(Words { code, message });
        Self::Failed { slot, failure }
    }

    /// Writes this into a record, and appends what a failure says to `failures`.
    pub(crate) fn write(self, record: &mut [f64], failures: &mut Vec<String>) {
        let (slot, kind, result) = match self {
            Self::Completed { slot, result } => (slot, COMPLETED, result),
            Self::Failed { slot, failure } => {
                let Words { code, message } = *failure;
                failures.extend([code.to_owned(), message]);
                (slot, FAILED, 0.0)
            }
            Self::Closed => (0, CLOSED, 0.0),
        };
        record.copy_from_slice(&[f64::from(slot), kind, result]);
    }
}

fn code(failure: &Failure) -> &'static str {
    match failure {
        Failure::InvalidInput(_) => "ERR_INVALID_ARG_VALUE",
        Failure::OutOfRange(_) => "ERR_OUT_OF_RANGE",
        // Seen by nobody so far: tasks are cancelled only when their environment ends.
        Failure::Cancelled => "ABORT_ERR",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_is_a_record() {
        let failed = Outcome::Failed(Failure::OutOfRange("too large".into()));
        let deliveries = [
            (
                Delivery::new(7, Outcome::Completed(55.0)),
                [7.0, COMPLETED, 55.0],
            ),
            (Delivery::new(8, failed), [8.0, FAILED, 0.0]),
            (
                Delivery::new(9, Outcome::Crashed("ouch".into())),
                [9.0, FAILED, 0.0],
            ),
            (Delivery::Closed, [0.0, CLOSED, 0.0]),
        ];
        let mut failures = Vec::new();
        for (delivery, expected) in deliveries {
            let mut record = [f64::NAN; RECORD];
            delivery.write(&mut record, &mut failures);
            assert_eq!(record.map(f64::to_bits), expected.map(f64::to_bits));
        }
        assert_eq!(
            failures,
            ["ERR_OUT_OF_RANGE", "too large", "ERR_POOL_CRASH", "ouch"]
        );
    }
}
