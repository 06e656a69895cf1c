//! The codes of errors, as `lib/api/errors.js` knows them.

use native_worker_pool_engine::Refused;
use native_worker_pool_workers::Failure;

/// The error code of a panic.
pub(crate) const CRASH: &str = "ERR_POOL_CRASH";
/// The code that Node.js itself uses for a worker that cannot be started.
pub(crate) const THREAD_NOT_STARTED: &str = "ERR_WORKER_INIT_FAILED";

/// The code of the error for a refused task.
pub(crate) fn of_refusal(admitted: std::result::Result<(), Refused>) -> Option<&'static str> {
    match admitted {
        Ok(()) => None,
        Err(Refused::Full) => Some("ERR_POOL_QUEUE_FULL"),
        Err(Refused::Closed) => Some("ERR_POOL_CLOSED"),
    }
}

/// The code of the error of a failed task.
pub(crate) fn of_failure(failure: &Failure) -> &'static str {
    match failure {
        Failure::InvalidInput(_) => "ERR_INVALID_ARG_VALUE",
        Failure::OutOfRange(_) => "ERR_OUT_OF_RANGE",
        // Never delivered: the result of a cancelled task does not count.
        Failure::Cancelled => "ABORT_ERR",
    }
}
