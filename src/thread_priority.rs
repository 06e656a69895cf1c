//! The priority of threads.

use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};

/// From 0 to 99; threads have 50. On Linux, this is a nice value of 10, which is a tenth of the
/// share of an ordinary thread when both need the same core.
const LOW: u8 = 22;

/// Lowers the priority of the current thread. Does nothing where the system refuses.
pub(crate) fn lower() {
    if let Ok(value) = ThreadPriorityValue::try_from(LOW) {
        let _ = set_current_thread_priority(ThreadPriority::Crossplatform(value));
    }
}
