//! Which seats of a pool have no thread, and for how many of them one is started.

use crate::clock::Moment;
use std::time::Duration;

/// How long no thread is started after one could not be: until then the tasks are for those that are there.
#[cfg(not(loom))]
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// No time passes in a model, where every run must go the same way.
#[cfg(loom)]
const RETRY_AFTER: Duration = Duration::MAX;

#[derive(Debug)]
pub(crate) struct Roster {
    /// Seats without a thread, the next to get one last.
    missing: Vec<usize>,
    /// The last attempt to start a thread has failed.
    is_failing: bool,
    /// When the next attempt may be made.
    retry_at: Option<Moment>,
}

impl Roster {
    /// No seat has a thread.
    pub(crate) fn new(size: usize) -> Self {
        Self {
            missing: (0..size).rev().collect(),
            is_failing: false,
            retry_at: None,
        }
    }

    /// Whether a seat has no thread.
    pub(crate) fn has_missing(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Takes the seats that threads are to be started for now, if `needed` more would be of use: at most one
    /// while starting fails.
    pub(crate) fn start(&mut self, needed: usize, now: impl FnOnce() -> Moment) -> Vec<usize> {
        if needed == 0 || self.missing.is_empty() {
            return Vec::new();
        }
        if self.retry_at.is_some_and(|retry_at| now() < retry_at) {
            return Vec::new();
        }
        let at_once = if self.is_failing { 1 } else { needed };
        let remaining = self.missing.len().saturating_sub(at_once);
        self.missing.split_off(remaining)
    }

    /// A thread has been started.
    pub(crate) fn started(&mut self) {
        self.is_failing = false;
        self.retry_at = None;
    }

    /// The thread of `seat` could not be started. Returns whether the attempt before had not failed.
    pub(crate) fn failed(&mut self, seat: usize, now: Moment) -> bool {
        self.missing.push(seat);
        self.retry_at = Some(now.after(RETRY_AFTER));
        !std::mem::replace(&mut self.is_failing, true)
    }
}
