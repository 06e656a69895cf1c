//! How a running task learns that nobody wants its result any more.

use crate::sync::{Arc, AtomicU8, Ordering};
use std::time::Instant;

/// Tells a running task to stop: when its caller aborts it, when its time is up, or when its pool
/// gives up.
///
/// A worker whose tasks may take more than a few milliseconds calls [`CancelToken::is_cancelled`]
/// about once a millisecond and returns early when it says so; what it returns then is not delivered
/// to anybody. Seldom enough to cost nothing, often enough that an abort frees the thread at once.
#[derive(Debug)]
pub struct CancelToken {
    order: Arc<StopOrder>,
    /// When the task's time is up.
    deadline: Option<Instant>,
}

impl CancelToken {
    /// A token of its own, which nothing but [`CancelToken::cancel`] cancels.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Arc::default())
    }

    /// The token that obeys `order`.
    pub(crate) fn of(order: Arc<StopOrder>) -> Self {
        let deadline = None;
        Self { order, deadline }
    }

    /// Sets the token up for the next task.
    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Tells whoever looks at the token to stop.
    pub fn cancel(&self) {
        self.order.give(Stop::Aborted);
    }

    /// Whether the task should stop. Costs one load of memory that is almost never written, and a
    /// look at the clock if the task has a time limit.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.order.given().is_some()
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a running task is told to stop, other than by its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its caller aborted it.
    Aborted,
    /// Its pool was closed by force.
    GivenUp,
    /// Its time is up, and it has no token that knows.
    TimedOut,
}

/// What the task of one seat has been told. Written under the lock of the scheduler, so that an
/// order reaches the task that it was meant for and not the next; read at any time.
#[derive(Debug, Default)]
pub(crate) struct StopOrder(AtomicU8);

// Relaxed throughout: an order says "stop" and nothing else. No data is published by it, and a task
// that sees it a moment later stops a moment later. Those that decide about it hold the lock.
impl StopOrder {
    const NONE: u8 = 0;
    const ABORTED: u8 = 1;
    const GIVEN_UP: u8 = 2;
    const TIMED_OUT: u8 = 3;

    /// Gives the order; the first one stands.
    pub(crate) fn give(&self, stop: Stop) {
        if self.given().is_none() {
            let order = match stop {
                Stop::Aborted => Self::ABORTED,
                Stop::GivenUp => Self::GIVEN_UP,
                Stop::TimedOut => Self::TIMED_OUT,
            };
            self.0.store(order, Ordering::Relaxed);
        }
    }

    pub(crate) fn given(&self) -> Option<Stop> {
        match self.0.load(Ordering::Relaxed) {
            Self::NONE => None,
            Self::ABORTED => Some(Stop::Aborted),
            Self::GIVEN_UP => Some(Stop::GivenUp),
            _ => Some(Stop::TimedOut),
        }
    }

    /// For the next task.
    pub(crate) fn clear(&self) {
        // Most often there is nothing to clear, and the line stays unwritten.
        if self.given().is_some() {
            self.0.store(Self::NONE, Ordering::Relaxed);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_token_is_cancelled_when_it_is_told_or_its_time_is_up() {
        let mut token = CancelToken::new();
        assert!(!token.is_cancelled());
        token.set_deadline(Some(Instant::now() + Duration::from_secs(3600)));
        assert!(!token.is_cancelled());
        token.set_deadline(Some(Instant::now()));
        assert!(token.is_cancelled());
        token.set_deadline(None);
        assert!(!token.is_cancelled());
        token.cancel();
        assert!(token.is_cancelled());
    }

    #[test]
    fn the_first_order_stands_until_it_is_cleared() {
        let order = StopOrder::default();
        order.give(Stop::GivenUp);
        order.give(Stop::Aborted);
        assert_eq!(order.given(), Some(Stop::GivenUp));
        order.clear();
        assert_eq!(order.given(), None);
        order.give(Stop::Aborted);
        assert_eq!(order.given(), Some(Stop::Aborted));
    }
}
