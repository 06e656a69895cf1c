//! When a pool has ended.

use crate::clock::Timestamp;

/// Counts what delays [`Bridge::closed`](crate::Bridge::closed): that the pool is open, threads
/// that run or are being started, and callers that still deliver outcomes. So no delivery follows
/// the end.
#[derive(Debug)]
pub(super) struct Presence {
    count: usize,
    ended: Option<Timestamp>,
}

impl Presence {
    pub(super) fn of_open_pool() -> Self {
        Self {
            count: 1,
            ended: None,
        }
    }

    pub(super) fn enter(&mut self, count: usize) {
        self.count += count;
    }

    /// Removes one. Returns whether it was the last, which ends the pool.
    pub(super) fn leave(&mut self, now: Timestamp) -> bool {
        self.count -= 1;
        let is_last = self.count == 0;
        if is_last {
            self.ended = Some(now);
        }
        is_last
    }

    /// The time of the end, if the pool has ended.
    pub(super) fn ended(&self) -> Option<Timestamp> {
        self.ended
    }
}
