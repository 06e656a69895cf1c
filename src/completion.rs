//! What worker threads send to the JavaScript thread, and the records that JavaScript reads.
//!
//! Each completion is a record of [`LENGTH`](crate::protocol::record::LENGTH) numbers in a
//! `Float64Array` that JavaScript passes in: the slot, the kind (`COMPLETED` and so on) and the
//! result. Whatever is no number is an [`Attachment`] of its record.

use crate::error_codes::{CRASH, THREAD_NOT_STARTED};
use crate::protocol::outcome::{COMPLETED, FAILED, GIVEN_UP, QUEUE_TIMED_OUT, TIMED_OUT};
use crate::protocol::record::{
    ANSWERED, CLOSED, PROGRESSED, ROOM_FREED, THREAD_MISSING, WORKER_CRASHED,
};
use native_worker_pool_engine::{Outcome, SpawnError};
use native_worker_pool_workers::{Failure, Progress, Value};

/// An item from a worker thread. Many may be pending, so it is small.
#[derive(Debug)]
pub(crate) enum Completion {
    /// The task of a numeric worker has a result.
    Completed { slot: u32, result: f64 },
    /// The task of another worker has a result.
    Answered { slot: u32, value: Box<Value> },
    /// The task failed.
    Failed { slot: u32, failure: Failure },
    /// The task was settled without a result of its worker.
    Stopped { slot: u32, why: Stopped },
    /// A running task reports its progress.
    Progressed {
        listener: u32,
        progress: Box<Progress>,
    },
    /// A worker panicked whose task had settled before.
    WorkerCrashed { failure: Failure },
    /// A thread that tasks need cannot be started.
    ThreadMissing { failure: Failure },
    /// There may be room for a task.
    RoomFreed,
    /// The threads have ended.
    Closed,
}

/// Why a task was settled without a result of its worker.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stopped {
    TimedOut,
    QueueTimedOut,
    GivenUp,
}

/// What belongs to a record and is no number.
#[derive(Debug)]
pub(crate) enum Attachment {
    Value(Value),
    Failure(Failure),
    Progress(Progress),
}

const _: () = assert!(size_of::<Completion>() == 16);

/// A result of a worker.
pub(crate) trait IntoCompletion {
    /// The completion of the task in `slot`.
    fn into_completion(self, slot: u32) -> Completion;
}

impl IntoCompletion for f64 {
    fn into_completion(self, slot: u32) -> Completion {
        Completion::Completed { slot, result: self }
    }
}

impl IntoCompletion for Box<Value> {
    fn into_completion(self, slot: u32) -> Completion {
        Completion::Answered { slot, value: self }
    }
}

impl Completion {
    pub(crate) fn new<T: IntoCompletion>(slot: u32, outcome: Outcome<T, Failure>) -> Self {
        let stopped = |why| Self::Stopped { slot, why };
        match outcome {
            Outcome::Completed(result) => result.into_completion(slot),
            Outcome::Failed(failure) => Self::Failed { slot, failure },
            Outcome::Crashed(message) => Self::Failed {
                slot,
                failure: crash(message),
            },
            Outcome::TimedOut => stopped(Stopped::TimedOut),
            Outcome::QueueTimedOut => stopped(Stopped::QueueTimedOut),
            Outcome::GivenUp => stopped(Stopped::GivenUp),
        }
    }

    pub(crate) fn worker_crashed(message: String) -> Self {
        let failure = crash(message);
        Self::WorkerCrashed { failure }
    }

    pub(crate) fn thread_missing(error: &SpawnError) -> Self {
        let failure = Failure::new(error.to_string()).code(THREAD_NOT_STARTED);
        Self::ThreadMissing { failure }
    }

    /// Writes the record, and returns what belongs to it.
    pub(crate) fn write(self, record: &mut [f64]) -> Option<Attachment> {
        let (slot, kind, result, attachment) = match self {
            Self::Completed { slot, result } => (slot, COMPLETED, result, None),
            Self::Answered { slot, value } => {
                (slot, ANSWERED, 0.0, Some(Attachment::Value(*value)))
            }
            Self::Failed { slot, failure } => {
                (slot, FAILED, 0.0, Some(Attachment::Failure(failure)))
            }
            Self::Stopped { slot, why } => (slot, kind(why), 0.0, None),
            Self::Progressed { listener, progress } => {
                let attachment = Some(Attachment::Progress(*progress));
                (listener, PROGRESSED, 0.0, attachment)
            }
            Self::WorkerCrashed { failure } => {
                (0, WORKER_CRASHED, 0.0, Some(Attachment::Failure(failure)))
            }
            Self::ThreadMissing { failure } => {
                (0, THREAD_MISSING, 0.0, Some(Attachment::Failure(failure)))
            }
            Self::RoomFreed => (0, ROOM_FREED, 0.0, None),
            Self::Closed => (0, CLOSED, 0.0, None),
        };
        record.copy_from_slice(&[f64::from(slot), f64::from(kind), result]);
        attachment
    }
}

impl Attachment {
    /// As JavaScript reads it: the result of the task; class, code, message and other properties of
    /// an error; or what is done and the total.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Failure(failure) => {
                let details = failure
                    .details()
                    .map(|(name, value)| (name.into(), value.clone()));
                let details = Value::Record(details.collect());
                let code = failure.error_code().map_or(Value::Undefined, Value::from);
                let class = Value::from(failure.class_name());
                Value::List(Box::new([class, code, failure.to_string().into(), details]))
            }
            Self::Progress(Progress { done, total }) => {
                let total = total.map_or(Value::Undefined, Value::from);
                Value::List(Box::new([done.into(), total]))
            }
        }
    }
}

fn crash(message: String) -> Failure {
    Failure::new(message).code(CRASH)
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

    fn record(completion: Completion) -> ((f64, i8, f64), Option<Value>) {
        let mut record = [f64::NAN; LENGTH.unsigned_abs() as usize];
        let attachment = completion.write(&mut record);
        #[expect(clippy::cast_possible_truncation, reason = "kinds are small")]
        let kind = record[1] as i8;
        let value = attachment.map(Attachment::into_value);
        ((record[0], kind, record[2]), value)
    }

    fn error(class: &str, code: &str, message: &str) -> Value {
        let texts = [class, code, message].map(Value::from);
        let details = Value::Record(Box::new([]));
        Value::List(texts.into_iter().chain([details]).collect())
    }

    #[test]
    fn each_outcome_is_a_record() {
        let failed = Outcome::Failed(Failure::out_of_range("too large"));
        let value = Box::new(Value::from("text"));
        let progress = Progress {
            done: 1.0,
            total: None,
        };
        let range = Some(error("RangeError", "ERR_OUT_OF_RANGE", "too large"));
        let crash = |message| Some(error("Error", "ERR_POOL_CRASH", message));
        let progressed = Value::List(Box::new([Value::from(1.0), Value::Undefined]));
        for (completion, expected, attachment) in [
            (
                Completion::new(7, Outcome::Completed(55.0)),
                (7.0, COMPLETED, 55.0),
                None,
            ),
            (
                Completion::new(6, Outcome::Completed(value)),
                (6.0, ANSWERED, 0.0),
                Some("text".into()),
            ),
            (Completion::new::<f64>(8, failed), (8.0, FAILED, 0.0), range),
            (
                Completion::new::<f64>(9, Outcome::Crashed("ouch".into())),
                (9.0, FAILED, 0.0),
                crash("ouch"),
            ),
            (
                Completion::worker_crashed("late".into()),
                (0.0, WORKER_CRASHED, 0.0),
                crash("late"),
            ),
            (
                Completion::Progressed {
                    listener: 3,
                    progress: Box::new(progress),
                },
                (3.0, PROGRESSED, 0.0),
                Some(progressed),
            ),
            (
                Completion::new::<f64>(11, Outcome::TimedOut),
                (11.0, TIMED_OUT, 0.0),
                None,
            ),
            (
                Completion::new::<f64>(12, Outcome::QueueTimedOut),
                (12.0, QUEUE_TIMED_OUT, 0.0),
                None,
            ),
            (
                Completion::new::<f64>(13, Outcome::GivenUp),
                (13.0, GIVEN_UP, 0.0),
                None,
            ),
            (Completion::RoomFreed, (0.0, ROOM_FREED, 0.0), None),
            (Completion::Closed, (0.0, CLOSED, 0.0), None),
        ] {
            assert_eq!(record(completion), (expected, attachment));
        }
    }
}
