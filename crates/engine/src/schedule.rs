//! The rules of the pool as plain data, without locks and threads: which task may be queued, which
//! runs next, when a worker should end, and what becomes of a task that is not left to run its course.
//!
//! A task that was given while a worker is free is *starting* until a thread comes for it: to the
//! outside it is running from then on, and none overtakes it. There are never more of those than free
//! workers; the others wait in the [`Queue`].

mod ahead;
mod limits;
mod seat;
#[cfg(test)]
mod tests;

use self::seat::{Running, Seat};
use crate::clock::Timestamp;
use crate::outcome::{Cancelled, Refused};
use crate::queue::{Asked, Queue, Task};
use crate::stats::{Counters, Snapshot};
use crate::token::CancelToken;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
}

/// What a task asks for beside being run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskOptions {
    /// Tasks of a higher priority start first.
    pub priority: i64,
    /// How long it may run.
    pub timeout: Option<Duration>,
    /// How long it may wait for a worker.
    pub queue_timeout: Option<Duration>,
}

/// What a worker that has nothing to do should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision<I> {
    /// Run this task.
    Run(Job<I>),
    /// Sleep: a task may still come.
    Sleep,
    /// End: none will come.
    End,
}

/// A task that a worker has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job<I> {
    pub(crate) number: u32,
    pub(crate) input: I,
    /// Until when it may run.
    pub(crate) deadline: Option<Timestamp>,
}

/// How a worker's run of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnd {
    /// With a result.
    Completed,
    /// With an error.
    Failed,
    /// With the worker.
    Crashed,
}

/// Whether what came of a run counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It does: the task is settled with it.
    Counts,
    /// The task ended after its deadline, and is settled with that.
    TimedOut,
    /// The task had been settled while it ran, since it was cancelled, ran for too long or was given up.
    Settled,
}

/// The state of a pool's tasks and workers.
#[derive(Debug)]
pub(crate) struct Schedule<I> {
    /// Tasks that free workers are on their way to, first come first.
    starting: VecDeque<Task<I>>,
    /// Tasks that wait, for which no worker is free.
    queue: Queue<I>,
    seats: Vec<Seat<I>>,
    /// Seats where nothing runs, nor stops, that tasks can be started in.
    free: usize,
    /// Seats without a thread, which none can be started for. Nothing runs there.
    absent: usize,
    /// Until when tasks may run, and the seats where they do.
    deadlines: BTreeSet<(Timestamp, usize)>,
    /// Tasks that wait for one worker.
    ahead: usize,
    /// How many tasks may wait while every worker is busy.
    max_queue: usize,
    open: bool,
    counters: Counters,
}

impl<I> Schedule<I> {
    /// A schedule for `size` workers, all free.
    pub(crate) fn new(size: usize, max_queue: usize) -> Self {
        Self {
            starting: VecDeque::new(),
            queue: Queue::new(),
            seats: (0..size).map(|_| Seat::new()).collect(),
            free: size,
            absent: 0,
            deadlines: BTreeSet::new(),
            ahead: 0,
            max_queue,
            open: true,
            counters: Counters::default(),
        }
    }

    /// Admits a task, or says why not and hands back the input.
    pub(crate) fn submit(
        &mut self,
        number: u32,
        input: I,
        now: Timestamp,
    ) -> Result<(), (Refused, I)> {
        match self.admit() {
            Err(refused) => Err((refused, input)),
            Ok(waits) => {
                let task = Task {
                    number,
                    input,
                    submitted: now,
                    asked: None,
                };
                self.accept(task, waits);
                Ok(())
            }
        }
    }

    /// Admits a task with options, or returns why not, and the input.
    pub(crate) fn submit_with(
        &mut self,
        number: u32,
        input: I,
        options: TaskOptions,
        now: Timestamp,
    ) -> Result<(), (Refused, I)> {
        let waits = match self.admit() {
            Ok(waits) => waits,
            Err(refused) => return Err((refused, input)),
        };
        let task = Task {
            number,
            input,
            submitted: now,
            asked: Some(Box::new(Asked {
                priority: options.priority,
                timeout: options.timeout,
                limit: options.queue_timeout.map(|span| now.after(span)),
            })),
        };
        self.accept(task, waits);
        Ok(())
    }

    fn accept(&mut self, task: Task<I>, waits: bool) {
        if waits {
            self.queue.push(task);
        } else {
            self.starting.push_back(task);
        }
    }

    /// Counts a task that comes; `true` if it has to wait.
    fn admit(&mut self) -> Result<bool, Refused> {
        let waits = self.starting.len() >= self.free;
        let refused = if !self.open {
            Refused::Closed
        } else if waits && self.queued() >= self.max_queue {
            Refused::Full
        } else {
            self.counters.submitted += 1;
            return Ok(waits);
        };
        self.counters.refused += 1;
        Err(refused)
    }

    /// Whether a task waits that no other can overtake, nor time.
    pub(crate) fn has_plain_next(&self) -> bool {
        self.waiting() > 0 && self.queue.is_plain()
    }

    /// What the worker in `seat`, which is free, should do. With [`Decision::Run`] it is free no more.
    pub(crate) fn take(&mut self, seat: usize, now: impl FnOnce() -> Timestamp) -> Decision<I> {
        let Some(task) = self.starting.pop_front() else {
            return if self.open {
                Decision::Sleep
            } else {
                Decision::End
            };
        };
        self.free -= 1;
        Decision::Run(self.start(seat, task, now()))
    }

    #[expect(clippy::inline_always, reason = "on the way of every task")]
    #[inline(always)]
    fn start(&mut self, seat: usize, task: Task<I>, started: Timestamp) -> Job<I> {
        self.counters.wait.record(started.since(task.submitted));
        let running = Running {
            number: task.number,
            started,
            asked: task.asked,
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

    /// Takes the task out of `seat`, if one runs there.
    #[expect(clippy::inline_always, reason = "on the way of every task")]
    #[inline(always)]
    fn take_running(&mut self, seat: usize) -> Option<Running> {
        let running = self.seats[seat].running.take()?;
        if let Some(deadline) = running.deadline() {
            self.deadlines.remove(&(deadline, seat));
        }
        Some(running)
    }

    /// Workers, free or not.
    pub(crate) fn size(&self) -> usize {
        self.seats.len()
    }

    /// Settles the task that runs in `seat`, if there is one, and returns its number, which may be that of
    /// another task from now on. Its worker is told to stop, and is busy until [`Schedule::finish`].
    fn stop(&mut self, seat: usize) -> Option<u32> {
        let Running {
            number, started, ..
        } = self.take_running(seat)?;
        let seat = &mut self.seats[seat];
        seat.cancel.cancel();
        seat.stopping = Some(started);
        Some(number)
    }

    /// The worker in `seat` has ended its task: it has the next of those that wait for it, or is free again.
    pub(crate) fn finish(&mut self, seat: usize, ran: RunEnd, now: Timestamp) -> Verdict {
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
        if let Some(task) = self.seats[seat].ahead.pop_front() {
            self.ahead -= 1;
            self.start(seat, task, now);
        } else {
            self.free += 1;
            self.promote();
        }

        let counters = &mut self.counters;
        counters.run.record(now.since(started));
        counters.crashes += u64::from(ran == RunEnd::Crashed);
        match (verdict, ran) {
            (Verdict::Counts, RunEnd::Completed) => counters.completed += 1,
            (Verdict::Counts, RunEnd::Failed | RunEnd::Crashed) => counters.failed += 1,
            (Verdict::TimedOut, _) => counters.timed_out += 1,
            (Verdict::Settled, _) => {}
        }
        verdict
    }

    /// So many seats have no thread, and none can be started for them: they are not free. Tasks that were to
    /// start there wait again, and may time out or be overtaken as all that wait.
    pub(crate) fn set_absent(&mut self, absent: usize) {
        self.free = self.free + self.absent - absent;
        self.absent = absent;
        while self.starting.len() > self.free
            && let Some(task) = self.starting.pop_back()
        {
            self.queue.put_back(task);
        }
        self.promote();
    }

    /// A worker has died without a task.
    pub(crate) fn died(&mut self) {
        self.counters.crashes += 1;
    }

    /// When the task was started that the worker in `seat` has not ended, if there is one.
    pub(crate) fn started(&self, seat: usize) -> Option<Timestamp> {
        self.seats[seat].started()
    }

    /// The seat where a task runs that is not settled.
    pub(crate) fn seat_of(&self, number: u32) -> Option<usize> {
        let runs_it =
            |seat: &Seat<I>| matches!(&seat.running, Some(running) if running.number == number);
        self.seats.iter().position(runs_it)
    }

    /// Cancels a task of that number, which is settled then: one that does not run yet is handed back.
    pub(crate) fn cancel(&mut self, number: u32) -> (Cancelled, Option<Task<I>>) {
        let removed = self
            .queue
            .remove(number)
            .or_else(|| self.remove_starting(number));
        if removed.is_some() {
            self.counters.aborted += 1;
            return (Cancelled::Removed, removed);
        }
        if self
            .seat_of(number)
            .and_then(|seat| self.stop(seat))
            .is_none()
        {
            return (Cancelled::Gone, None);
        }
        self.counters.aborted += 1;
        (Cancelled::Stopping, None)
    }

    fn remove_starting(&mut self, number: u32) -> Option<Task<I>> {
        let has_it = |task: &Task<I>| task.number == number;
        let at = self.starting.iter().position(has_it)?;
        self.take_starting(at)
    }

    fn take_starting(&mut self, at: usize) -> Option<Task<I>> {
        let task = self.starting.remove(at);
        self.promote();
        task
    }

    /// Admits nothing from now on. What waits is still run.
    pub(crate) fn close(&mut self) {
        self.open = false;
    }

    /// Admits nothing from now on and settles all tasks. Returns the numbers of those that run, whose workers are
    /// told to stop, and the others.
    pub(crate) fn give_up(&mut self) -> (Vec<u32>, Vec<Task<I>>) {
        self.open = false;
        let seats = 0..self.seats.len();
        let running: Vec<u32> = seats.filter_map(|seat| self.stop(seat)).collect();
        let mut waiting = Vec::from(std::mem::take(&mut self.starting));
        waiting.extend(self.seats.iter_mut().flat_map(|seat| seat.ahead.drain(..)));
        self.ahead = 0;
        waiting.extend(std::iter::from_fn(|| self.queue.pop()));
        self.counters.aborted += (running.len() + waiting.len()) as u64;
        (running, waiting)
    }

    /// The cancel token of what runs in `seat`.
    pub(crate) fn token(&self, seat: usize) -> CancelToken {
        self.seats[seat].cancel.token()
    }

    /// Tasks that no worker has taken yet, nor that wait for one alone.
    pub(crate) fn waiting(&self) -> usize {
        self.starting.len() + self.queue.len()
    }

    pub(crate) fn load(&self) -> Load {
        Load {
            idle: self.free - self.starting.len(),
            queued: self.queued(),
        }
    }

    fn queued(&self) -> usize {
        self.queue.len() + self.ahead
    }

    /// Seats whose workers have not ended a task that is settled.
    fn stopping(&self) -> usize {
        let is_stopping = |seat: &&Seat<I>| seat.stopping.is_some();
        self.seats.iter().filter(is_stopping).count()
    }

    /// What has been counted until `now`.
    pub(crate) fn snapshot(&self, now: Timestamp) -> Snapshot {
        let Load { idle, queued } = self.load();
        let so_far = |seat: &Seat<I>| Some(now.since(seat.started()?));
        Snapshot {
            size: self.seats.len(),
            idle,
            stopping: self.stopping(),
            absent: self.absent,
            queued,
            counters: self.counters.clone(),
            age: now.since(Timestamp::START),
            running_for: self.seats.iter().filter_map(so_far).map(u128::from).sum(),
        }
    }

    /// Has tasks that wait start where workers are free.
    fn promote(&mut self) {
        while self.starting.len() < self.free {
            let Some(task) = self.queue.pop() else {
                return;
            };
            self.starting.push_back(task);
        }
    }
}
