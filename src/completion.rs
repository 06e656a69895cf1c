//! How completions are written for JavaScript to read.
//!
//! Each completion is a record of [`LENGTH`](crate::protocol::record::LENGTH) numbers in a
//! `Float64Array` that JavaScript passes in: the slot, the kind (`COMPLETED` and so on) and the
//! result. Failures are rare, so their texts go into a separate list: a code and a message for each
//! `FAILED`, `WORKER_CRASHED` and `THREAD_MISSING`, in the same order.

use crate::error_codes::{CRASH, THREAD_NOT_STARTED, of_failure};
use crate::protocol::outcome::{COMPLETED, FAILED, GIVEN_UP, QUEUE_TIMED_OUT, TIMED_OUT};
use crate::protocol::record::{CLOSED, ROOM_FREED, THREAD_MISSING, WORKER_CRASHED};
use native_worker_pool_engine::{Outcome, SpawnError};
use native_worker_pool_workers::Failure;

/// An item from a worker thread. Many may be pending, so it is small.
#[derive(Debug)]
pub(crate) enum Completion {
    Completed {
        slot: u32,
        result: f64,
    },
    Failed {
        slot: u32,
        failure: Box<FailureText>,
    },
    Stopped {
        slot: u32,
        why: Stopped,
    },
    WorkerCrashed {
        failure: Box<FailureText>,
    },
    ThreadMissing {
        failure: Box<FailureText>,
    },
    RoomFreed,
    Closed,
}

/// Why a task was settled without a result of its worker.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stopped {
    TimedOut,
    QueueTimedOut,
    GivenUp,
}

const _: () = assert!(size_of::<Completion>() == 16);

/// The code and message of an error.
#[derive(Debug)]
pub(crate) struct FailureText {
    code: &'static str,
    message: String,
}

impl Completion {
    pub(crate) fn new(slot: u32, outcome: Outcome<f64, Failure>) -> Self {
        let stopped = |why| Self::Stopped { slot, why };
        let failed = |code, message| Self::Failed {
            slot,
            failure: Box::new(FailureText { code, message }),
        };
        match outcome {
            Outcome::Completed(result) => Self::Completed { slot, result },
            Outcome::Failed(failure) => failed(of_failure(&failure), failure.to_string()),
            Outcome::Crashed(message) => failed(CRASH, message),
            Outcome::TimedOut => stopped(Stopped::TimedOut),
            Outcome::QueueTimedOut => stopped(Stopped::QueueTimedOut),
            Outcome::GivenUp => stopped(Stopped::GivenUp),
        }
    }

    pub(crate) fn worker_crashed(message: String) -> Self {
        let failure = Box::new(FailureText {
            code: CRASH,
            message,
        });
        Self::WorkerCrashed { failure }
    }

    pub(crate) fn thread_missing(error: &SpawnError) -> Self {
        let failure = Box::new(FailureText {
            code: THREAD_NOT_STARTED,
            message: error.to_string(),
        });
        Self::ThreadMissing { failure }
    }

    /// Writes a record. Appends code and message of a failure to `failures`.
    pub(crate) fn write(self, record: &mut [f64], failures: &mut Vec<String>) {
        let mut append =
            |FailureText { code, message }| failures.extend([code.to_owned(), message]);
        let (slot, kind, result) = match self {
            Self::Completed { slot, result } => (slot, COMPLETED, result),
            Self::Failed { slot, failure } => {
                append(*failure);
                (slot, FAILED, 0.0)
            }
            Self::Stopped { slot, why } => (slot, kind(why), 0.0),
            Self::WorkerCrashed { failure } => {
                append(*failure);
                (0, WORKER_CRASHED, 0.0)
            }
            Self::ThreadMissing { failure } => {
                append(*failure);
                (0, THREAD_MISSING, 0.0)
            }
            Self::RoomFreed => (0, ROOM_FREED, 0.0),
            Self::Closed => (0, CLOSED, 0.0),
        };
        record.copy_from_slice(&[f64::from(slot), f64::from(kind), result]);
    }
}

fn kind(why: Stopped) -> i8 {
    match why {
        Stopped::TimedOut => TIMED_OUT,
        Stopped::QueueTimedOut => QUEUE_TIMED_OUT,
        Stopped::GivenUp => GIVEN_UP,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::LENGTH;

    #[test]
    fn each_completion_is_written_as_a_record() {
        let failed = Outcome::Failed(Failure::OutOfRange("too large".into()));
        let completions = [
            (
                Completion::new(7, Outcome::Completed(55.0)),
                (7.0, COMPLETED, 55.0),
            ),
            (Completion::new(8, failed), (8.0, FAILED, 0.0)),
            (
                Completion::new(9, Outcome::Crashed("ouch".into())),
                (9.0, FAILED, 0.0),
            ),
            (
                Completion::worker_crashed("late".into()),
                (0.0, WORKER_CRASHED, 0.0),
            ),
            (
                Completion::new(11, Outcome::TimedOut),
                (11.0, TIMED_OUT, 0.0),
            ),
            (
                Completion::new(12, Outcome::QueueTimedOut),
                (12.0, QUEUE_TIMED_OUT, 0.0),
            ),
            (Completion::new(13, Outcome::GivenUp), (13.0, GIVEN_UP, 0.0)),
            (Completion::RoomFreed, (0.0, ROOM_FREED, 0.0)),
            (Completion::Closed, (0.0, CLOSED, 0.0)),
        ];
        let mut failures = Vec::new();
        for (completion, (slot, kind, result)) in completions {
            let mut record = [f64::NAN; LENGTH.unsigned_abs() as usize];
            completion.write(&mut record, &mut failures);
            let expected = [slot, f64::from(kind), result];
            assert_eq!(record.map(f64::to_bits), expected.map(f64::to_bits));
        }
        assert_eq!(
            failures,
            [
                "ERR_OUT_OF_RANGE",
                "too large",
                "ERR_POOL_CRASH",
                "ouch",
                "ERR_POOL_CRASH",
                "late"
            ]
        );
    }
}
