//! The state of one worker.

use crate::clock::Timestamp;
use crate::queue::{Attributes, Task};
use crate::stats::{WorkerState, WorkerStats};
use crate::token::CancelSource;
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Seat<I> {
    pub(super) cancel: CancelSource,
    pub(super) running: Option<Running>,
    /// The start of a settled task that the worker has not ended. Such a seat is *stopping*:
    /// neither free nor running.
    pub(super) stopping: Option<Timestamp>,
    /// The task of a worker that is still starting, see
    /// [`Schedule::assign`](super::Schedule::assign).
    pub(super) assigned: Option<Assigned<I>>,
    /// Tasks reserved for this worker, see [`Schedule::take_ahead`](super::Schedule::take_ahead).
    pub(super) ahead: VecDeque<Task<I>>,
    /// Runs that have ended, and their nanoseconds, summed up.
    pub(super) ended: u64,
    pub(super) busy: u64,
}

/// A task assigned to a worker, and when it was.
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
    pub(super) attributes: Option<Box<Attributes>>,
}

impl Running {
    /// When the task times out.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let timeout = self.attributes.as_ref()?.timeout?;
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
            ended: 0,
            busy: 0,
        }
    }

    /// The start of the task that the worker has not ended, settled or not.
    pub(super) fn started(&self) -> Option<Timestamp> {
        let running = self.running.as_ref().map(|running| running.started);
        running.or(self.stopping)
    }

    /// What the worker has done up to `now`.
    pub(super) fn stats(&self, now: Timestamp) -> WorkerStats {
        let state = if self.stopping.is_some() {
            WorkerState::Stopping
        } else if self.running.is_some() || self.assigned.is_some() {
            WorkerState::Running
        } else {
            WorkerState::Idle
        };
        let running_for = self.started().map_or(0, |started| now.since(started));
        WorkerStats {
            state,
            ended: self.ended,
            busy: Duration::from_nanos(self.busy + running_for),
        }
    }

    /// The queue limit of the assigned task.
    pub(super) fn assigned_limit(&self) -> Option<Timestamp> {
        self.assigned.as_ref()?.task.limit()
    }
}
