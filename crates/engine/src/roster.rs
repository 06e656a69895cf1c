//! Which seats of a pool have no thread, and when one is started for them.
//!
//! A thread is started when a task needs it. If that fails, all seats without a thread are
//! *absent*: no task is started for them until a later attempt succeeds.

use crate::clock::Timestamp;
use std::mem;
use std::time::Duration;

/// The time from a failed attempt to the next one.
#[cfg(not(loom))]
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// A model has no clock, and all its runs must make the same attempts.
#[cfg(loom)]
const RETRY_AFTER: Duration = Duration::MAX;

#[derive(Debug)]
pub(crate) struct Roster {
    /// Seats without a thread. The last one gets a thread first.
    missing: Vec<usize>,
    /// Seats whose threads are being started.
    starting: Vec<usize>,
    /// Whether the last attempt failed.
    is_failing: bool,
    /// The time of the next attempt while attempts fail.
    retry_at: Timestamp,
}

impl Roster {
    /// A roster of `size` seats without threads.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            missing: (0..size).rev().collect(),
            starting: Vec::new(),
            is_failing: false,
            retry_at: Timestamp::START,
        }
    }

    /// Whether a seat has no thread and none is being started for it.
    pub(crate) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// How many seats are absent.
    pub(crate) fn absent(&self) -> usize {
        if self.is_failing {
            self.missing.len() + self.starting.len()
        } else {
            0
        }
    }

    /// Reserves up to `needed` seats whose threads the caller starts now. While attempts fail it
    /// reserves one at a time.
    pub(crate) fn start(&mut self, needed: usize, now: impl FnOnce() -> Timestamp) -> Vec<usize> {
        if needed == 0 || self.missing.is_empty() {
            return Vec::new();
        }
        let at_once = if self.is_failing {
            usize::from(self.starting.is_empty() && self.retry_at <= now())
        } else {
            needed
        };
        let remaining = self.missing.len().saturating_sub(at_once);
        let seats = self.missing.split_off(remaining);
        self.starting.extend(&seats);
        seats
    }

    /// When [`Roster::start`] has to be called again if tasks need more threads; `None` if no retry
    /// is pending.
    pub(crate) fn retry_at(&self) -> Option<Timestamp> {
        let is_pending = self.is_failing && self.starting.is_empty() && self.has_missing();
        is_pending.then_some(self.retry_at)
    }

    /// Records that the thread of `seat` has been started; a second call does nothing. Returns
    /// whether seats were absent until now.
    pub(crate) fn started(&mut self, seat: usize) -> bool {
        self.remove_starting(seat) && mem::replace(&mut self.is_failing, false)
    }

    /// Records that the thread of `seat` could not be started. Returns whether no seats were absent
    /// until now.
    pub(crate) fn failed(&mut self, seat: usize, now: Timestamp) -> bool {
        self.remove_starting(seat);
        self.missing.push(seat);
        self.retry_at = now.after(RETRY_AFTER);
        !mem::replace(&mut self.is_failing, true)
    }

    fn remove_starting(&mut self, seat: usize) -> bool {
        let at = self.starting.iter().position(|&starting| starting == seat);
        at.map(|at| self.starting.swap_remove(at)).is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from(milliseconds * 1_000_000)
    }

    #[test]
    fn reserves_as_many_seats_as_are_needed_and_missing() {
        let mut roster = Roster::new(3);
        assert_eq!(roster.start(0, || at(0)), []);
        assert_eq!(roster.start(1, || at(0)), [0]);
        assert_eq!(roster.start(5, || at(0)), [2, 1]);
        assert_eq!(roster.start(5, || at(0)), []);
        assert!(!roster.has_missing());
        for seat in 0..3 {
            assert!(!roster.started(seat));
        }
        assert!(!roster.started(0), "a replacement of its thread");
        assert_eq!((roster.absent(), roster.retry_at()), (0, None));
    }

    #[test]
    fn seats_are_absent_from_the_first_failure_to_the_next_success() {
        let mut roster = Roster::new(4);
        assert_eq!(roster.start(2, || at(0)), [1, 0]);
        assert!(!roster.started(0));
        assert!(roster.failed(1, at(5)), "the first failure");
        assert_eq!((roster.absent(), roster.retry_at()), (3, Some(at(105))));
        assert_eq!(roster.start(1, || at(104)), []);
        assert_eq!(roster.start(2, || at(105)), [1], "one attempt at a time");
        assert_eq!((roster.absent(), roster.retry_at()), (3, None));
        assert_eq!(roster.start(2, || at(999)), [], "the attempt is pending");
        assert!(!roster.failed(1, at(110)), "a further failure");
        assert_eq!(roster.start(2, || at(210)), [1]);
        assert!(roster.started(1));
        assert_eq!((roster.absent(), roster.retry_at()), (0, None));
        assert_eq!(roster.start(2, || at(211)), [3, 2]);
        assert!(roster.failed(2, at(212)), "the first failure again");
    }
}
