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

/// Writes deliveries into `records` until either is used up, and appends what failures say to
/// `failures`. Returns how many were written.
pub(crate) fn write(
    deliveries: impl Iterator<Item = Delivery>,
    records: &mut [f64],
    failures: &mut Vec<String>,
) -> u32 {
    let mut written = 0;
    for (record, delivery) in records.chunks_exact_mut(RECORD).zip(deliveries) {
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
        written += 1;
    }
    written
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
    fn each_outcome_is_a_record_in_its_place() {
        let deliveries = vec![
            finished(7, Outcome::Completed(55.0)),
            finished(8, Outcome::Failed(Failure::OutOfRange("too large".into()))),
            finished(9, Outcome::Crashed("ouch".into())),
            Delivery::Closed,
        ];
        let mut records = [f64::NAN; 4 * RECORD];
        let mut failures = Vec::new();
        assert_eq!(
            write(deliveries.into_iter(), &mut records, &mut failures),
            4
        );
        let expected = [
            7.0, COMPLETED, 55.0, 8.0, FAILED, 0.0, 9.0, FAILED, 0.0, 0.0, CLOSED, 0.0,
        ];
        assert_eq!(records.map(f64::to_bits), expected.map(f64::to_bits));
        assert_eq!(
            failures,
            ["ERR_OUT_OF_RANGE", "too large", "ERR_POOL_CRASH", "ouch"]
        );
    }

    #[test]
    fn what_does_not_fit_stays_where_it_is() {
        let mut deliveries = (0..5).map(|slot| finished(slot, Outcome::Completed(0.0)));
        let mut records = [f64::NAN; 2 * RECORD + 1];
        assert_eq!(write(&mut deliveries, &mut records, &mut Vec::new()), 2);
        assert_eq!(deliveries.len(), 3);
    }
}
