//! A worker as the schedule sees it.

use crate::clock::Timestamp;
use crate::queue::{Asked, Task};
use crate::token::CancelSource;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct Seat<I> {
    pub(super) cancel: CancelSource,
    pub(super) running: Option<Running>,
    /// When the task was started that is settled, and that its worker has not ended yet. Such a seat is
    /// *stopping*: neither free nor running.
    pub(super) stopping: Option<Timestamp>,
    /// A task that the worker is to run and cannot begin yet, see [`Schedule::assign`](super::Schedule::assign).
    pub(super) assigned: Option<Assigned<I>>,
    /// Tasks that wait for this worker and no other, see [`Schedule::take_ahead`](super::Schedule::take_ahead).
    pub(super) ahead: VecDeque<Task<I>>,
}

/// A task that is assigned to a worker, and since when.
#[derive(Debug)]
pub(super) struct Assigned<I> {
    pub(super) task: Task<I>,
    pub(super) since: Timestamp,
}

/// A task that runs and is not settled.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) number: u32,
    pub(super) started: Timestamp,
    pub(super) asked: Option<Box<Asked>>,
}

impl Running {
    /// Until when it may run.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let timeout = self.asked.as_ref()?.timeout?;
        Some(self.started.after(timeout))
    }
}

impl<I> Seat<I> {
    pub(super) fn new() -> Self {
        Self {
            cancel: CancelSource::new(),
            running: None,
            stopping: None,
            assigned: None,
            ahead: VecDeque::new(),
        }
    }

    /// When the task was started that its worker has not ended, if there is one.
    pub(super) fn started(&self) -> Option<Timestamp> {
        let running = self.running.as_ref().map(|running| running.started);
        running.or(self.stopping)
    }

    /// Until when the task may wait that is assigned to the worker.
    pub(super) fn assigned_limit(&self) -> Option<Timestamp> {
        self.assigned.as_ref()?.task.limit()
    }
}
