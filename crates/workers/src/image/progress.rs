//! The progress of an image task, in rows decoded and encoded.

use crate::{Failure, Task};
use std::cell::Cell;

/// The progress of one image.
#[derive(Debug)]
pub struct Progress<'a> {
    task: &'a Task<'a>,
    done: Cell<u32>,
    total: Cell<u32>,
}

impl<'a> Progress<'a> {
    /// Starts at 0 rows.
    #[must_use]
    pub fn new(task: &'a Task<'a>) -> Self {
        Self {
            task,
            done: Cell::new(0),
            total: Cell::new(0),
        }
    }

    /// Sets the total to the number of rows to decode and to encode.
    pub fn expect(&self, decoded: u32, encoded: u32) {
        self.total.set(decoded.saturating_add(encoded));
    }

    /// Reports `rows` more rows and polls the token.
    ///
    /// # Errors
    ///
    /// If the task is cancelled.
    pub fn advance(&self, rows: u32) -> Result<(), Failure> {
        self.advance_to(self.done.get().saturating_add(rows));
        self.poll()
    }

    /// Reports all rows as done.
    pub fn finish(&self) {
        self.advance_to(self.total.get());
    }

    fn advance_to(&self, rows: u32) {
        let total = self.total.get();
        self.done.set(rows.min(total));
        self.task.report(self.done.get().into(), Some(total.into()));
    }

    /// A task with the same token whose reports are discarded.
    #[must_use]
    pub fn silent(&self) -> Task<'a> {
        Task::new(self.task.token())
    }

    /// Polls the token.
    ///
    /// # Errors
    ///
    /// If the task is cancelled.
    pub fn poll(&self) -> Result<(), Failure> {
        if self.is_cancelled() {
            Err(Failure::cancelled())
        } else {
            Ok(())
        }
    }

    /// Whether the task is cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.task.is_cancelled()
    }
}
