//! Which task a worker runs next, and what its end means.

use super::Schedule;
use super::seat::{Running, Seat};
use crate::clock::Timestamp;
use crate::queue::Task;
use crate::token::CancelToken;

/// What a free worker should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision<I> {
    /// Run this task.
    Run(Job<I>),
    /// Sleep: a task may still arrive.
    Sleep,
    /// End: the pool is closed and no task is left.
    End,
}

/// A task that a worker has dequeued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job<I> {
    pub(crate) number: u32,
    pub(crate) input: I,
    /// When the task times out.
    pub(crate) deadline: Option<Timestamp>,
}

/// How a worker's run of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// The worker returned a result.
    Completed,
    /// The worker returned an error.
    Failed,
    /// The worker crashed.
    Crashed,
}

/// Whether the result of a run is the outcome of the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is: the task settles with it.
    Counts,
    /// The task ended after its deadline: it settles as timed out.
    TimedOut,
    /// The task was settled while it ran: it was cancelled, timed out or was given up.
    Settled,
}

impl<I> Schedule<I> {
    /// Whether the next task is known without reading the ring or the clock: a task waits, and no
    /// queued task has options, so none can overtake it or expire.
    pub(crate) fn has_plain_next(&self) -> bool {
        self.waiting() > 0 && self.queue.is_plain()
    }

    /// Decides what the free worker in `seat` does. With [`Decision::Run`] it is busy.
    pub(crate) fn take(&mut self, seat: usize, now: impl FnOnce() -> Timestamp) -> Decision<I> {
        let Some(task) = self.starting.pop_front() else {
            return if self.is_open {
                Decision::Sleep
            } else {
                Decision::End
            };
        };
        self.occupied += 1;
        Decision::Run(self.start(seat, task, now()))
    }

    /// Starts a task in `seat`, which the caller has counted as busy.
    #[expect(clippy::inline_always, reason = "on the path of every task")]
    #[inline(always)]
    pub(super) fn start(&mut self, seat: usize, task: Task<I>, started: Timestamp) -> Job<I> {
        self.counters.wait.record(started.since(task.submitted));
        let running = Running {
            number: task.number,
            started,
            attributes: task.attributes,
        };
        let deadline = running.deadline();
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, seat));
        }
        let seat = &mut self.seats[seat];
        seat.cancel.reset();
        seat.running = Some(running);
        Job {
            number: task.number,
            input: task.input,
            deadline,
        }
    }

    /// Removes the running task from `seat`, if there is one.
    #[expect(clippy::inline_always, reason = "on the path of every task")]
    #[inline(always)]
    pub(super) fn take_running(&mut self, seat: usize) -> Option<Running> {
        let running = self.seats[seat].running.take()?;
        if let Some(deadline) = running.deadline() {
            self.deadlines.remove(&(deadline, seat));
        }
        Some(running)
    }

    /// Ends the task in `seat`. The worker runs the next task reserved for it, or is free.
    pub(crate) fn finish(&mut self, seat: usize, end: RunEnd, now: Timestamp) -> Verdict {
        let (started, verdict) = if let Some(running) = self.take_running(seat) {
            let is_late = running.deadline().is_some_and(|deadline| now >= deadline);
            let verdict = if is_late {
                Verdict::TimedOut
            } else {
                Verdict::Counts
            };
            (running.started, verdict)
        } else if let Some(started) = self.seats[seat].stopping.take() {
            (started, Verdict::Settled)
        } else {
            return Verdict::Settled;
        };
        let duration = now.since(started);
        let ended = &mut self.seats[seat];
        ended.ended += 1;
        ended.busy += duration;
        if let Some(task) = ended.ahead.pop_front() {
            self.ahead -= 1;
            self.start(seat, task, now);
        } else {
            self.occupied -= 1;
            self.promote();
        }

        let counters = &mut self.counters;
        counters.run.record(duration);
        counters.crashes += u64::from(end == RunEnd::Crashed);
        match (verdict, end) {
            (Verdict::Counts, RunEnd::Completed) => counters.completed += 1,
            (Verdict::Counts, RunEnd::Failed | RunEnd::Crashed) => counters.failed += 1,
            (Verdict::TimedOut, _) => counters.timed_out += 1,
            (Verdict::Settled, _) => {}
        }
        verdict
    }

    /// Counts the death of a worker that had no task.
    pub(crate) fn died(&mut self) {
        self.counters.crashes += 1;
    }

    /// The start of the task that the worker in `seat` has not ended, settled or not.
    pub(crate) fn started(&self, seat: usize) -> Option<Timestamp> {
        self.seats[seat].started()
    }

    /// The seat in which a task runs that is not settled.
    pub(crate) fn seat_of(&self, number: u32) -> Option<usize> {
        let runs_it =
            |seat: &Seat<I>| matches!(&seat.running, Some(running) if running.number == number);
        self.seats.iter().position(runs_it)
    }

    /// The cancel token of all tasks that run in `seat`.
    pub(crate) fn token(&self, seat: usize) -> CancelToken {
        self.seats[seat].cancel.token()
    }
}
