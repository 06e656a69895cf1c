//! A worker as the schedule sees it.

use super::Void;
use crate::clock::Moment;
use crate::queue::Task;
use crate::token::CancelSource;
use std::collections::VecDeque;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Seat<I> {
    pub(super) cancel: CancelSource,
    pub(super) running: Option<Running>,
    /// When the task was started that is settled, and that its worker has not ended yet. Such a seat is
    /// *stopping*: neither free nor running.
    pub(super) stopping: Option<Moment>,
    /// Tasks that wait for this worker and no other, see [`Schedule::take_ahead`].
    pub(super) ahead: VecDeque<Task<I>>,
}

#[derive(Debug)]
pub(super) struct Running {
    pub(super) number: u32,
    pub(super) started: Moment,
    pub(super) timeout: Option<Duration>,
    /// Until when it might have waited, and with what priority, should it have to do so again.
    pub(super) limit: Option<Moment>,
    pub(super) priority: Option<i64>,
    /// Why nothing that comes of it counts, if it was stopped.
    pub(super) stopped: Option<Void>,
}

impl Running {
    /// Until when it may run.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.timeout.map(|span| self.started.after(span))
    }
}

impl<I> Seat<I> {
    pub(super) fn new() -> Self {
        Self {
            cancel: CancelSource::new(),
            running: None,
            stopping: None,
            ahead: VecDeque::new(),
        }
    }

    /// Whether its worker has a task, be that settled.
    pub(super) fn is_busy(&self) -> bool {
        self.running.is_some() || self.stopping.is_some()
    }

    /// Until when the task may run, if it was not told to stop.
    pub(super) fn deadline(&self) -> Option<Moment> {
        let running = self.running.as_ref()?;
        running.stopped.map_or_else(|| running.deadline(), |_| None)
    }

    /// Tells the task to stop, if there is one. The first reason stands.
    pub(super) fn stop(&mut self, why: Void) {
        if let Some(running) = &mut self.running {
            running.stopped.get_or_insert(why);
            self.cancel.cancel();
        }
    }
}
