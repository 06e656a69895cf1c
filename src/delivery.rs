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

/// What comes from the worker threads.
#[derive(Debug)]
pub(crate) enum Delivery {
    Finished {
        slot: u32,
        outcome: Outcome<f64, Failure>,
    },
    Closed,
}

/// Writes a delivery into a record, and appends what a failure says to `failures`.
pub(crate) fn write(delivery: Delivery, record: &mut [f64], failures: &mut Vec<String>) {
    let (slot, kind, result) = match delivery {
        Delivery::Closed => (0, CLOSED, 0.0),
        Delivery::Finished { slot, outcome } => match outcome {
            Outcome::Completed(result) => (slot, COMPLETED, result),
            Outcome::Failed(failure) => {
                failures.extend([code(&failure).to_owned(), failure.to_string()]);
                (slot, FAILED, 0.0)
            }
            Outcome::Crashed(words) => {
                failures.extend(["ERR_POOL_CRASH".to_owned(), words]);
                (slot, FAILED, 0.0)
            }
        },
    };
    record.copy_from_slice(&[f64::from(slot), kind, result]);
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

    fn finished(slot: u32, outcome: Outcome<f64, Failure>) -> Delivery {
        Delivery::Finished { slot, outcome }
    }

    #[test]
    fn each_outcome_is_a_record() {
        let deliveries = [
            (
                finished(7, Outcome::Completed(55.0)),
                [7.0, COMPLETED, 55.0],
            ),
            (
                finished(8, Outcome::Failed(Failure::OutOfRange("too large".into()))),
                [8.0, FAILED, 0.0],
            ),
            (
                finished(9, Outcome::Crashed("ouch".into())),
                [9.0, FAILED, 0.0],
            ),
            (Delivery::Closed, [0.0, CLOSED, 0.0]),
        ];
        let mut failures = Vec::new();
        for (delivery, expected) in deliveries {
            let mut record = [f64::NAN; RECORD];
            write(delivery, &mut record, &mut failures);
            assert_eq!(record.map(f64::to_bits), expected.map(f64::to_bits));
        }
        assert_eq!(
            failures,
            ["ERR_OUT_OF_RANGE", "too large", "ERR_POOL_CRASH", "ouch"]
        );
    }
}
