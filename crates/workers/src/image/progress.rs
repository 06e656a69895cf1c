//! What an image task reports: rows, of the image that it reads and of the one that it writes.

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
    /// Nothing is done yet.
    #[must_use]
    pub fn new(task: &'a Task<'a>) -> Self {
        Self {
            task,
            done: Cell::new(0),
            total: Cell::new(0),
        }
    }

    /// There are so many rows to read and to write.
    pub fn expect(&self, read: u32, written: u32) {
        self.total.set(read.saturating_add(written));
    }

    /// So many more rows are done.
    ///
    /// # Errors
    ///
    /// When the task is cancelled.
    pub fn advance(&self, rows: u32) -> Result<(), Failure> {
        self.advance_to(self.done.get().saturating_add(rows));
        self.poll()
    }

    /// All rows are done.
    pub fn finish(&self) {
        self.advance_to(self.total.get());
    }

    fn advance_to(&self, rows: u32) {
        let total = self.total.get();
        self.done.set(rows.min(total));
        self.task.report(self.done.get().into(), Some(total.into()));
    }

    /// The task, for what reports nothing of its own.
    #[must_use]
    pub fn silent(&self) -> Task<'a> {
        Task::new(self.task.token())
    }

    /// Polls the token.
    ///
    /// # Errors
    ///
    /// When the task is cancelled.
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
