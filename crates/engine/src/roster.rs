//! Which seats of a pool have no thread, and when one is started for them.
//!
//! A thread is started when a task needs it. If that fails, all seats without a thread are
//! *absent*: no task is started for them until a later attempt succeeds.
//!
//! A thread may end while others go on: when there are more than the size allows, or when it was
//! idle for long and there are more than the minimum.

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
    /// How many threads there may be.
    size: usize,
    /// How many threads do not end when they are idle.
    min_size: usize,
    /// Seats with a thread, or with one that is being started. May exceed `size` after
    /// [`Roster::resize`].
    threads: usize,
    /// Seats without a thread. The last one gets a thread first.
    vacant: Vec<usize>,
    /// Seats whose threads are being started.
    starting: Vec<usize>,
    /// Whether the last attempt failed.
    is_failing: bool,
    /// The time of the next attempt while attempts fail.
    retry_at: Timestamp,
}

impl Roster {
    /// A roster of `size` seats without threads.
    pub(crate) fn new(size: usize, min_size: usize) -> Self {
        Self {
            size,
            min_size,
            threads: 0,
            vacant: (0..size).rev().collect(),
            starting: Vec::new(),
            is_failing: false,
            retry_at: Timestamp::START,
        }
    }

    /// Sets how many threads there may be, and adds seats until there are as many.
    pub(crate) fn resize(&mut self, size: usize) {
        let seats = self.threads + self.vacant.len();
        self.vacant.splice(0..0, (seats..size).rev());
        self.size = size;
        self.min_size = self.min_size.min(size);
    }

    /// The number of threads, including those that are being started.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// The seats without a thread.
    pub(crate) fn vacant(&self) -> impl Iterator<Item = usize> {
        self.vacant.iter().copied()
    }

    /// Whether a thread could be started.
    pub(crate) fn has_missing(&self) -> bool {
        self.threads < self.size
    }

    /// Whether there are more threads than the size allows.
    pub(crate) fn is_above_size(&self) -> bool {
        self.threads > self.size
    }

    /// Whether there are more threads than the minimum.
    pub(crate) fn is_above_minimum(&self) -> bool {
        self.threads > self.min_size
    }

    /// Records that the thread of `seat` ends.
    pub(crate) fn ended(&mut self, seat: usize) {
        self.threads -= 1;
        self.vacant.push(seat);
    }

    /// How many seats are absent.
    pub(crate) fn absent(&self) -> usize {
        if self.is_failing {
            (self.size + self.starting.len()).saturating_sub(self.threads)
        } else {
            0
        }
    }

    /// Reserves up to `needed` seats whose threads the caller starts now. While attempts fail it
    /// reserves one at a time.
    pub(crate) fn start(&mut self, needed: usize, now: impl FnOnce() -> Timestamp) -> Vec<usize> {
        if needed == 0 || !self.has_missing() {
            return Vec::new();
        }
        let at_once = if self.is_failing {
            usize::from(self.starting.is_empty() && self.retry_at <= now())
        } else {
            needed
        };
        let count = at_once.min(self.size - self.threads);
        let seats = self.vacant.split_off(self.vacant.len() - count);
        self.starting.extend(&seats);
        self.threads += count;
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
        self.ended(seat);
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
        let mut roster = Roster::new(3, 3);
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
    fn a_smaller_size_leaves_threads_above_it_until_they_end() {
        let mut roster = Roster::new(3, 3);
        assert_eq!(roster.start(3, || at(0)), [2, 1, 0]);
        roster.resize(1);
        assert!(roster.is_above_size() && !roster.has_missing());
        assert_eq!(roster.start(5, || at(0)), []);
        roster.ended(1);
        roster.ended(2);
        assert!(!roster.is_above_size() && !roster.is_above_minimum());
        roster.resize(5);
        assert!(
            !roster.is_above_minimum(),
            "the minimum was reduced with the size"
        );
        assert_eq!(roster.start(5, || at(0)), [4, 3, 1, 2]);
        assert_eq!(roster.threads(), 5);
    }

    #[test]
    fn idle_threads_may_end_down_to_the_minimum() {
        let mut roster = Roster::new(3, 1);
        assert_eq!(roster.start(2, || at(0)), [1, 0]);
        assert!(roster.is_above_minimum());
        roster.ended(0);
        assert!(!roster.is_above_minimum() && roster.has_missing());
        assert_eq!(roster.start(1, || at(0)), [0]);
    }

    #[test]
    fn seats_are_absent_from_the_first_failure_to_the_next_success() {
        let mut roster = Roster::new(4, 4);
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
