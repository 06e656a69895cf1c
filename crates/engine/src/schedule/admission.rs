//! Which tasks are admitted, and why others are not.

use super::Schedule;
use crate::clock::Timestamp;
use crate::queue::{Attributes, Task};
use std::fmt;
use std::time::Duration;

/// Why a task was not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Every worker is busy and the queue is full.
    Full,
    /// The pool is closed.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "every worker is busy and the task queue is full",
            Self::Closed => "the pool is closed",
        })
    }
}

impl std::error::Error for Refused {}

/// The options of one task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskOptions {
    /// Tasks of a higher priority start first. 0 is the priority of a task without options.
    pub priority: i64,
    /// How long the task may run; `None` for no limit.
    pub timeout: Option<Duration>,
    /// How long the task may wait for a worker; `None` for no limit.
    pub queue_timeout: Option<Duration>,
}

impl<I> Schedule<I> {
    /// Admits a task, or returns why it is refused, and the input.
    pub(crate) fn submit(
        &mut self,
        number: u32,
        input: I,
        now: Timestamp,
    ) -> Result<(), (Refused, I)> {
        match self.admit(&input) {
            Err(refused) => Err((refused, input)),
            Ok(waits) => {
                let task = Task {
                    number,
                    input,
                    submitted: now,
                    attributes: None,
                };
                self.enqueue(task, waits);
                Ok(())
            }
        }
    }

    /// Admits a task with options, or returns why it is refused, and the input.
    pub(crate) fn submit_with(
        &mut self,
        number: u32,
        input: I,
        options: TaskOptions,
        now: Timestamp,
    ) -> Result<(), (Refused, I)> {
        let waits = match self.admit(&input) {
            Ok(waits) => waits,
            Err(refused) => return Err((refused, input)),
        };
        let task = Task {
            number,
            input,
            submitted: now,
            attributes: Some(Box::new(Attributes {
                priority: options.priority,
                timeout: options.timeout,
                limit: options.queue_timeout.map(|span| now.after(span)),
            })),
        };
        self.enqueue(task, waits);
        Ok(())
    }

    fn enqueue(&mut self, task: Task<I>, waits: bool) {
        if waits {
            self.queue.push(task);
        } else {
            self.starting.push_back(task);
        }
    }

    /// Counts a submission. Returns whether the task has to wait for a worker.
    fn admit(&mut self, input: &I) -> Result<bool, Refused> {
        let waits = self.starting.len() >= self.free();
        let refused = if !self.is_open {
            Refused::Closed
        } else if waits && (self.queued() >= self.max_queue || !self.has_bytes_for(input)) {
            Refused::Full
        } else {
            self.counters.submitted += 1;
            return Ok(waits);
        };
        self.counters.refused += 1;
        Err(refused)
    }

    /// Whether an input may wait, by its size.
    fn has_bytes_for(&mut self, input: &I) -> bool {
        if self.max_bytes == usize::MAX {
            return true;
        }
        let size = self.queue.size_of(input);
        let is_admitted = self.admits_bytes(size);
        self.refused_bytes = if is_admitted { 0 } else { size };
        is_admitted
    }

    /// Whether an input of this size may wait now. An input above the limit may if no other waits.
    pub(super) fn admits_bytes(&self, size: usize) -> bool {
        self.queued() == 0 || self.queue.bytes().saturating_add(size) <= self.max_bytes
    }

    /// Refuses tasks from now on. Waiting tasks are still run. Returns whether the pool was open.
    pub(crate) fn close(&mut self) -> bool {
        std::mem::replace(&mut self.is_open, false)
    }
}
