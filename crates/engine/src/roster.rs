//! Which seats of a pool have no thread, and when one is started for them.
//!
//! A thread is started when a task needs it. When that fails, the seats without a thread are *absent*: no task
//! is started for them until a later attempt has succeeded.

use crate::clock::Timestamp;
use std::mem;
use std::time::Duration;

/// How long no attempt is made after one has failed.
#[cfg(not(loom))]
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// No time passes in a model, where every run must go the same way.
#[cfg(loom)]
const RETRY_AFTER: Duration = Duration::MAX;

#[derive(Debug)]
pub(crate) struct Roster {
    /// Seats without a thread, the next to get one last.
    missing: Vec<usize>,
    /// Seats whose threads are being started.
    coming: Vec<usize>,
    /// An attempt has failed, and none has succeeded since.
    is_failing: bool,
    /// When the next attempt may be made, if one has failed.
    retry_at: Timestamp,
}

impl Roster {
    /// No seat has a thread.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            missing: (0..size).rev().collect(),
            coming: Vec::new(),
            is_failing: false,
            retry_at: Timestamp::START,
        }
    }

    /// Whether there is a seat that a thread could be started for.
    pub(crate) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Seats that no task can be started for.
    pub(crate) fn absent(&self) -> usize {
        if self.is_failing {
            self.missing.len() + self.coming.len()
        } else {
            0
        }
    }

    /// Takes seats whose threads are to be started now, if `needed` more are of use. While starting fails that
    /// is tried with one at a time.
    pub(crate) fn start(&mut self, needed: usize, now: impl FnOnce() -> Timestamp) -> Vec<usize> {
        if needed == 0 || self.missing.is_empty() {
            return Vec::new();
        }
        let at_once = if self.is_failing {
            usize::from(self.coming.is_empty() && self.retry_at <= now())
        } else {
            needed
        };
        let remaining = self.missing.len().saturating_sub(at_once);
        let seats = self.missing.split_off(remaining);
        self.coming.extend(&seats);
        seats
    }

    /// When [`Roster::start`] has to be called again for tasks that need more threads; `None` if that is of no
    /// use.
    pub(crate) fn retry_at(&self) -> Option<Timestamp> {
        let waits = self.is_failing && self.coming.is_empty() && self.has_missing();
        waits.then_some(self.retry_at)
    }

    /// The thread of `seat` has been started, unless that was known. Returns whether seats were absent until now.
    pub(crate) fn arrived(&mut self, seat: usize) -> bool {
        self.remove_coming(seat) && mem::replace(&mut self.is_failing, false)
    }

    /// The thread of `seat` could not be started. Returns whether no seats were absent until now.
    pub(crate) fn failed(&mut self, seat: usize, now: Timestamp) -> bool {
        self.remove_coming(seat);
        self.missing.push(seat);
        self.retry_at = now.after(RETRY_AFTER);
        !mem::replace(&mut self.is_failing, true)
    }

    fn remove_coming(&mut self, seat: usize) -> bool {
        let at = self.coming.iter().position(|&coming| coming == seat);
        at.map(|at| self.coming.swap_remove(at)).is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Timestamp {
        Timestamp::from(milliseconds * 1_000_000)
    }

    #[test]
    fn as_many_threads_are_started_as_are_needed_and_missing() {
        let mut roster = Roster::new(3);
        assert_eq!(roster.start(0, || at(0)), []);
        assert_eq!(roster.start(1, || at(0)), [0]);
        assert_eq!(roster.start(5, || at(0)), [2, 1]);
        assert_eq!(roster.start(5, || at(0)), []);
        assert!(!roster.has_missing());
        for seat in 0..3 {
            assert!(!roster.arrived(seat));
        }
        assert!(!roster.arrived(0), "as one that takes another's place");
        assert_eq!((roster.absent(), roster.retry_at()), (0, None));
    }

    #[test]
    fn seats_are_absent_from_the_first_failure_to_the_next_success() {
        let mut roster = Roster::new(4);
        assert_eq!(roster.start(2, || at(0)), [1, 0]);
        assert!(!roster.arrived(0));
        assert!(roster.failed(1, at(5)), "that is news");
        assert_eq!((roster.absent(), roster.retry_at()), (3, Some(at(105))));
        assert_eq!(roster.start(1, || at(104)), []);
        assert_eq!(roster.start(2, || at(105)), [1], "one is tried");
        assert_eq!((roster.absent(), roster.retry_at()), (3, None));
        assert_eq!(roster.start(2, || at(999)), [], "and no other");
        assert!(!roster.failed(1, at(110)), "that is no news");
        assert_eq!(roster.start(2, || at(210)), [1]);
        assert!(roster.arrived(1));
        assert_eq!((roster.absent(), roster.retry_at()), (0, None));
        assert_eq!(roster.start(2, || at(211)), [3, 2]);
        assert!(roster.failed(2, at(212)), "it is news again");
    }
}
