//! How a running task learns that nobody wants its result any more.
//!
//! A [`CancelSource`] and its [`CancelToken`]s share one flag. Only the source can set it: the pool keeps the
//! source and passes workers a token, so no worker can cancel a task, be it its own or another's.

use crate::sync::{Arc, AtomicBool, Ordering};
use std::time::Instant;

/// The write side: cancels whoever polls its tokens.
///
/// A pool makes one for each of its workers. Others need it to test a worker.
#[derive(Debug, Default)]
pub struct CancelSource(Arc<Flag>);

impl CancelSource {
    /// A source that has cancelled nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that this source cancels.
    #[must_use]
    pub fn token(&self) -> CancelToken {
        CancelToken {
            flag: Arc::clone(&self.0),
            deadline: None,
        }
    }

    /// Cancels the tokens of this source.
    pub fn cancel(&self) {
        self.0.set(true);
    }

    /// Prepares the tokens for the next task.
    pub(crate) fn reset(&self) {
        self.0.set(false);
    }
}

/// The read side: tells a running task to stop when its caller aborts it, when its time is up, or when its
/// pool is closed by force.
///
/// A worker whose tasks may take more than a few milliseconds calls [`CancelToken::is_cancelled`] about once a
/// millisecond and returns early when that is true; what it returns then is not delivered to anybody. Rarely
/// enough to cost nothing, often enough that the thread is soon free for the next task.
///
/// A worker cannot cancel anything:
///
/// ```compile_fail,E0599
/// use native_worker_pool_engine::CancelToken;
///
/// fn run(token: &CancelToken) {
///     token.cancel();
/// }
/// ```
#[derive(Debug)]
pub struct CancelToken {
    flag: Arc<Flag>,
    /// When the task's time is up.
    deadline: Option<Instant>,
}

impl CancelToken {
    /// Prepares the token for the next task.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Whether the task should stop. Costs one load of memory that is almost never written, and a read of the
    /// clock if the task has a time limit.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.flag.is_set()
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Whether the task of one worker should stop. Written under the lock of the scheduler, so that a cancellation
/// reaches the task that it was meant for and not the next; read at any time.
#[derive(Debug, Default)]
struct Flag(AtomicBool);

// Relaxed: the flag says "stop" and publishes no other data. A task that sees it a moment later stops a moment
// later. Whether the result of the task counts is decided under the lock, and not by this.
impl Flag {
    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, value: bool) {
        // Most often there is nothing to reset, and the cache line stays unwritten.
        if self.is_set() != value {
            self.0.store(value, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_token_is_cancelled_by_its_source_until_the_next_task() {
        let (source, other) = (CancelSource::new(), CancelSource::new());
        let token = source.token();
        other.cancel();
        assert!(!token.is_cancelled());
        source.cancel();
        assert!(token.is_cancelled());
        assert!(source.token().is_cancelled());
        source.reset();
        assert!(!token.is_cancelled());
    }

    #[test]
    fn a_token_is_cancelled_when_its_time_is_up() {
        let mut token = CancelSource::new().token();
        token.set_deadline(Some(Instant::now() + Duration::from_secs(3600)));
        assert!(!token.is_cancelled());
        token.set_deadline(Some(Instant::now()));
        assert!(token.is_cancelled());
        token.set_deadline(None);
        assert!(!token.is_cancelled());
    }
}
