//! The codes of errors, as `lib/api/errors.js` knows them.

use native_worker_pool_engine::Refused;

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
