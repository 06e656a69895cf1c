//! How a running task learns that nobody wants its result any more.

use crate::sync::{Arc, AtomicBool, Ordering};

/// Tells a running task to stop. Cheap to clone; all clones are one token.
///
/// A worker whose tasks may take more than a few milliseconds looks at it about once a millisecond
/// and returns early when it says so; what it returns then is not delivered to anybody.
#[derive(Debug, Clone)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that has not been cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicBool::new(false)))
    }

    /// Tells whoever looks at the token to stop.
    pub fn cancel(&self) {
        // Relaxed: the flag says "stop" and nothing else. No data is published by it, and a task
        // that sees it a moment later stops a moment later.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the task should stop. Costs one load of memory that is almost never written.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}
