//! The rules of the pool as plain data, without locks and threads: which task may be queued, which
//! runs next, when a worker should end, and what becomes of a task that is not left to run its course.
//!
//! A task that was given while a worker is free is *starting* until a thread comes for it: to the
//! outside it is running from then on, and none overtakes it. There are never more of those than free
//! workers; the others wait in the [`Queue`].

use crate::clock::Moment;
use crate::outcome::{Cancelled, Refused};
use crate::queue::{Queue, Task};
use crate::stats::{Snapshot, Tally};
use crate::token::{CancelSource, CancelToken};
use std::collections::VecDeque;
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
pub struct Terms {
    /// Tasks of a higher priority start first.
    pub priority: i64,
    /// How long it may run.
    pub timeout: Option<Duration>,
    /// How long it may wait for a worker.
    pub queue_timeout: Option<Duration>,
}

/// What a worker that has nothing to do should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next<I> {
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
    pub(crate) deadline: Option<Moment>,
}

/// How a worker's run of a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// With a result.
    Completed,
    /// With an error.
    Failed,
    /// With the worker.
    Crashed,
}

/// Why nothing that a worker says of its task counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Void {
    /// The task was cancelled.
    Aborted,
    /// It ran for longer than it may.
    TimedOut,
    /// The pool was closed by force.
    GivenUp,
    /// It was settled before, see [`Schedule::settle`].
    Settled,
}

/// A worker as the schedule sees it.
#[derive(Debug)]
struct Seat<I> {
    cancel: CancelSource,
    running: Option<Running>,
    /// When the task was started that is settled, and that its worker has not ended yet. Such a seat is
    /// *stopping*: neither free nor running.
    stopping: Option<Moment>,
    /// Tasks that wait for this worker and no other, see [`Schedule::take_ahead`].
    ahead: VecDeque<Task<I>>,
}

#[derive(Debug)]
struct Running {
    number: u32,
    started: Moment,
    timeout: Option<Duration>,
    /// Until when it might have waited, and with what priority, should it have to do so again.
    limit: Option<Moment>,
    priority: Option<i64>,
    /// Why nothing that comes of it counts, if it was stopped.
    stopped: Option<Void>,
}

impl Running {
    /// Until when it may run.
    fn deadline(&self) -> Option<Moment> {
        self.timeout.map(|span| self.started.after(span))
    }
}

impl<I> Seat<I> {
    fn new() -> Self {
        Self {
            cancel: CancelSource::new(),
            running: None,
            stopping: None,
            ahead: VecDeque::new(),
        }
    }

    /// Whether its worker has a task, be that settled.
    fn is_busy(&self) -> bool {
        self.running.is_some() || self.stopping.is_some()
    }

    /// Until when the task may run, if it was not told to stop.
    fn deadline(&self) -> Option<Moment> {
        let running = self.running.as_ref()?;
        running.stopped.map_or_else(|| running.deadline(), |_| None)
    }

    /// Tells the task to stop, if there is one. The first reason stands.
    fn stop(&mut self, why: Void) {
        if let Some(running) = &mut self.running {
            running.stopped.get_or_insert(why);
            self.cancel.cancel();
        }
    }
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
    /// Tasks that wait for one worker.
    ahead: usize,
    /// How many tasks may wait while every worker is busy.
    max_queue: usize,
    open: bool,
    tally: Tally,
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
            ahead: 0,
            max_queue,
            open: true,
            tally: Tally::default(),
        }
    }

    /// Admits a task, or says why not and hands back the input.
    pub(crate) fn submit(
        &mut self,
        number: u32,
        input: I,
        now: Moment,
    ) -> Result<(), (Refused, I)> {
        match self.admit() {
            Err(refused) => Err((refused, input)),
            Ok(waits) => {
                let task = Task {
                    number,
                    input,
                    submitted: now,
                    timeout: None,
                    limit: None,
                    priority: None,
                };
                self.accept(task, waits);
                Ok(())
            }
        }
    }

    /// Admits a task on such terms, or says why not and hands back the input.
    pub(crate) fn submit_with(
        &mut self,
        number: u32,
        input: I,
        terms: Terms,
        now: Moment,
    ) -> Result<(), (Refused, I)> {
        let waits = match self.admit() {
            Ok(waits) => waits,
            Err(refused) => return Err((refused, input)),
        };
        let task = Task {
            number,
            input,
            submitted: now,
            timeout: terms.timeout,
            limit: terms.queue_timeout.map(|span| now.after(span)),
            priority: Some(terms.priority),
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
            self.tally.submitted += 1;
            return Ok(waits);
        };
        self.tally.refused += 1;
        Err(refused)
    }

    /// Whether a task waits that no other can overtake, nor time.
    pub(crate) fn knows_next(&self) -> bool {
        self.waiting() > 0 && self.queue.is_plain()
    }

    /// What the worker in `seat`, which is free, should do. With [`Next::Run`] it is free no more.
    pub(crate) fn take(&mut self, seat: usize, now: impl FnOnce() -> Moment) -> Next<I> {
        let Some(task) = self.starting.pop_front() else {
            return if self.open { Next::Sleep } else { Next::End };
        };
        self.free -= 1;
        Next::Run(self.start(seat, task, now()))
    }

    fn start(&mut self, seat: usize, task: Task<I>, started: Moment) -> Job<I> {
        self.tally.wait.record(started.since(task.submitted));
        let seat = &mut self.seats[seat];
        seat.cancel.reset();
        let running = seat.running.insert(Running {
            number: task.number,
            started,
            timeout: task.timeout,
            limit: task.limit,
            priority: task.priority,
            stopped: None,
        });
        Job {
            number: task.number,
            input: task.input,
            deadline: running.deadline(),
        }
    }

    /// Has the task that is next in the queue wait for the worker in `seat`, which has one, and for no
    /// other: it follows when that has ended. It counts as queued until then, but nothing overtakes it
    /// or takes it out, so it has to be a plain one. `None` if there is nothing of the kind, or if then
    /// each worker that ends its task meanwhile would not find another.
    pub(crate) fn take_ahead(&mut self, seat: usize) -> Option<u32> {
        let is_running = self.seats[seat].running.is_some();
        let is_enough = self.starting.is_empty() && self.queue.len() > self.seats.len();
        if !is_running || !is_enough || !self.queue.is_plain() {
            return None;
        }
        let task = self.queue.pop()?;
        let number = task.number;
        self.seats[seat].ahead.push_back(task);
        self.ahead += 1;
        Some(number)
    }

    /// The last `count` of the tasks that wait for the worker in `seat` wait for any again, before all
    /// others of their like.
    pub(crate) fn recall(&mut self, seat: usize, count: usize) {
        for _ in 0..count {
            let Some(task) = self.seats[seat].ahead.pop_back() else {
                return;
            };
            self.ahead -= 1;
            self.queue.put_back(task);
        }
        self.promote();
    }

    /// Settles the task in `seat`, which was told to stop. Its worker is busy until [`Schedule::finish`]; what
    /// comes of it does not count. Returns the task's number.
    pub(crate) fn settle(&mut self, seat: usize) -> Option<u32> {
        let seat = &mut self.seats[seat];
        let running = seat.running.take_if(|running| running.stopped.is_some())?;
        seat.stopping = Some(running.started);
        match running.stopped {
            Some(Void::TimedOut) => self.tally.timed_out += 1,
            _ => self.tally.aborted += 1,
        }
        Some(running.number)
    }

    /// The worker in `seat` has ended a task that was settled before.
    fn finish_settled(&mut self, seat: usize, ran: Ran, now: Moment) -> Option<Void> {
        let started = self.seats[seat].stopping.take()?;
        self.tally.run.record(now.since(started));
        self.tally.crashes += u64::from(ran == Ran::Crashed);
        self.free += 1;
        self.promote();
        Some(Void::Settled)
    }

    /// The task in `seat` has ended: its worker has the next of those that wait for it, or is free
    /// again. Says why what came of it does not count, if so.
    pub(crate) fn finish(&mut self, seat: usize, ran: Ran, now: Moment) -> Option<Void> {
        let Some(running) = self.seats[seat].running.take() else {
            return self.finish_settled(seat, ran, now);
        };
        let is_late = || running.deadline().is_some_and(|deadline| now >= deadline);
        let void = match running.stopped {
            // The panic is news to somebody, whatever they asked for before.
            _ if ran == Ran::Crashed => None,
            None => is_late().then_some(Void::TimedOut),
            stopped => stopped,
        };
        if let Some(task) = self.seats[seat].ahead.pop_front() {
            self.ahead -= 1;
            self.start(seat, task, now);
        } else {
            self.free += 1;
            self.promote();
        }

        let tally = &mut self.tally;
        tally.run.record(now.since(running.started));
        tally.crashes += u64::from(ran == Ran::Crashed);
        match (void, ran) {
            (None, Ran::Completed) => tally.completed += 1,
            (None, Ran::Failed | Ran::Crashed) => tally.failed += 1,
            (Some(Void::Aborted | Void::GivenUp), _) => tally.aborted += 1,
            (Some(Void::TimedOut), _) => tally.timed_out += 1,
            (Some(Void::Settled), _) => {}
        }
        void
    }

    /// The worker in `seat`, for which no other waits, will not run its task after all, and has not
    /// begun: the task is the next.
    pub(crate) fn put_back(&mut self, seat: usize, input: I) {
        let Some(running) = self.seats[seat].running.take() else {
            return;
        };
        self.free += 1;
        self.starting.push_front(Task {
            number: running.number,
            input,
            submitted: running.started,
            timeout: running.timeout,
            limit: running.limit,
            priority: running.priority,
        });
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
        self.tally.crashes += 1;
    }

    /// When the task in `seat` was started, if there is one.
    pub(crate) fn started(&self, seat: usize) -> Option<Moment> {
        self.seats[seat]
            .running
            .as_ref()
            .map(|running| running.started)
    }

    /// The seat where a task runs.
    pub(crate) fn seat_of(&self, number: u32) -> Option<usize> {
        let runs_it =
            |seat: &Seat<I>| matches!(&seat.running, Some(running) if running.number == number);
        self.seats.iter().position(runs_it)
    }

    /// Tells a task to stop that has run for longer than it may and was not told before. Returns its
    /// seat.
    pub(crate) fn stop_late(&mut self, now: Moment) -> Option<usize> {
        let seat = self
            .seats
            .iter()
            .position(|seat| seat.deadline().is_some_and(|deadline| deadline <= now))?;
        self.seats[seat].stop(Void::TimedOut);
        Some(seat)
    }

    /// Until when every task may run that was not told to stop; `None` if for ever.
    pub(crate) fn first_deadline(&self) -> Option<Moment> {
        self.seats.iter().filter_map(Seat::deadline).min()
    }

    /// Cancels a task of that number: one that does not run yet is handed back.
    pub(crate) fn cancel(&mut self, number: u32) -> (Cancelled, Option<Task<I>>) {
        let removed = self
            .queue
            .remove(number)
            .or_else(|| self.remove_starting(number));
        if removed.is_some() {
            self.tally.aborted += 1;
            return (Cancelled::Removed, removed);
        }
        match self.seat_of(number) {
            None => (Cancelled::Gone, None),
            Some(seat) => {
                self.seats[seat].stop(Void::Aborted);
                (Cancelled::Stopping, None)
            }
        }
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

    /// Until when every task may wait; `None` if for ever.
    pub(crate) fn first_limit(&self) -> Option<Moment> {
        self.queue.first_limit()
    }

    /// Takes out a task that has waited for too long.
    pub(crate) fn expire(&mut self, now: Moment) -> Option<Task<I>> {
        let task = self.queue.pop_late(now)?;
        self.tally.timed_out += 1;
        Some(task)
    }

    /// Until when every task may wait that a free worker is on its way to; `None` if for ever. Of
    /// interest where that can take long.
    pub(crate) fn first_start_limit(&self) -> Option<Moment> {
        self.starting.iter().filter_map(|task| task.limit).min()
    }

    /// Takes out such a task that has waited for too long.
    pub(crate) fn expire_starting(&mut self, now: Moment) -> Option<Task<I>> {
        let is_late = |task: &Task<I>| task.limit.is_some_and(|limit| limit <= now);
        let at = self.starting.iter().position(is_late)?;
        let task = self.take_starting(at)?;
        self.tally.timed_out += 1;
        Some(task)
    }

    /// Admits nothing from now on. What waits is still run.
    pub(crate) fn close(&mut self) {
        self.open = false;
    }

    /// Admits nothing from now on, hands back what waits and tells what runs to stop.
    pub(crate) fn give_up(&mut self) -> Vec<Task<I>> {
        self.open = false;
        for seat in &mut self.seats {
            seat.stop(Void::GivenUp);
        }
        let mut waiting = Vec::from(std::mem::take(&mut self.starting));
        waiting.extend(self.seats.iter_mut().flat_map(|seat| seat.ahead.drain(..)));
        self.ahead = 0;
        waiting.extend(std::iter::from_fn(|| self.queue.pop()));
        self.tally.aborted += waiting.len() as u64;
        waiting
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

    pub(crate) fn size(&self) -> usize {
        self.seats.len()
    }

    /// Seats whose workers have not ended a task that is settled.
    fn stopping(&self) -> usize {
        let is_stopping = |seat: &&Seat<I>| seat.stopping.is_some();
        self.seats.iter().filter(is_stopping).count()
    }

    /// What has been counted until `now`.
    pub(crate) fn snapshot(&self, now: Moment) -> Snapshot {
        let Load { idle, queued } = self.load();
        let since = |seat: &Seat<I>| {
            let started = seat.running.as_ref().map(|running| running.started);
            started.or(seat.stopping)
        };
        let so_far = |seat: &Seat<I>| Some(now.since(since(seat)?));
        Snapshot {
            size: self.size(),
            idle,
            stopping: self.stopping(),
            absent: self.absent,
            queued,
            tally: self.tally.clone(),
            age: now.since(Moment::START),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Stats;
    use proptest::prelude::*;

    fn at(nanoseconds: u64) -> Moment {
        Moment::from(nanoseconds)
    }

    fn submit(schedule: &mut Schedule<()>, number: u32) -> Result<(), Refused> {
        let admitted = schedule.submit(number, (), at(0));
        admitted.map_err(|(refused, ())| refused)
    }

    fn submit_with(schedule: &mut Schedule<()>, number: u32, terms: Terms) {
        assert_eq!(schedule.submit_with(number, (), terms, at(0)), Ok(()));
    }

    /// The number of the task that the worker takes.
    fn take(schedule: &mut Schedule<()>, seat: usize) -> Option<u32> {
        match schedule.take(seat, || at(0)) {
            Next::Run(job) => Some(job.number),
            Next::Sleep | Next::End => None,
        }
    }

    fn finish(schedule: &mut Schedule<()>, seat: usize) -> Option<Void> {
        schedule.finish(seat, Ran::Completed, at(0))
    }

    fn cancel(schedule: &mut Schedule<()>, number: u32) -> Cancelled {
        schedule.cancel(number).0
    }

    fn stats(schedule: &Schedule<()>, now: Moment) -> Stats {
        schedule.snapshot(now).stats()
    }

    fn nanoseconds(span: u64) -> Duration {
        Duration::from_nanos(span)
    }

    #[test]
    fn a_task_given_to_a_free_worker_counts_as_running_at_once() {
        let mut schedule = Schedule::new(2, 0);
        assert_eq!(submit(&mut schedule, 0), Ok(()));
        assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
        assert_eq!(submit(&mut schedule, 1), Ok(()));
        assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
        assert_eq!(submit(&mut schedule, 2), Err(Refused::Full));
    }

    /// A worker with a task and two that wait for it, and as many for the other worker.
    fn two_with_tasks_ahead() -> Schedule<()> {
        let mut schedule = Schedule::new(2, 6);
        for number in 0..8 {
            assert_eq!(submit(&mut schedule, number), Ok(()));
        }
        for seat in 0..2 {
            assert!(take(&mut schedule, seat).is_some());
        }
        let ahead = [0, 1, 0, 1].map(|seat| schedule.take_ahead(seat));
        assert_eq!(ahead, [Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!(schedule.take_ahead(0), None, "one for each worker is left");
        schedule
    }

    #[test]
    fn a_task_that_waits_for_one_worker_counts_as_queued_and_follows() {
        let mut schedule = two_with_tasks_ahead();
        assert_eq!(schedule.load(), Load { idle: 0, queued: 6 });
        assert_eq!(submit(&mut schedule, 8), Err(Refused::Full));
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(schedule.seat_of(2), Some(0));
        assert_eq!(schedule.load(), Load { idle: 0, queued: 5 });
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(schedule.seat_of(4), Some(0));
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(take(&mut schedule, 0), Some(6), "the next in the queue");
        let stats = stats(&schedule, at(0));
        assert_eq!((stats.completed, stats.running, stats.queued), (3, 2, 3));
    }

    #[test]
    fn tasks_that_are_recalled_are_the_next() {
        let mut schedule = two_with_tasks_ahead();
        schedule.recall(0, 1);
        schedule.recall(1, 2);
        schedule.recall(1, 7);
        assert_eq!(schedule.load(), Load { idle: 0, queued: 6 });
        for next in [3, 5, 4, 6] {
            assert_eq!(finish(&mut schedule, 1), None);
            assert_eq!(take(&mut schedule, 1), Some(next));
        }
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(schedule.seat_of(2), Some(0), "it has not been recalled");
        schedule.put_back(0, ());
        assert_eq!(take(&mut schedule, 0), Some(2), "it is the next again");
    }

    #[test]
    fn only_plain_tasks_wait_for_one_worker() {
        let mut schedule = Schedule::new(1, usize::MAX);
        assert_eq!(schedule.take_ahead(0), None, "there is none");
        assert_eq!(submit(&mut schedule, 0), Ok(()));
        assert_eq!(schedule.take_ahead(0), None, "it is for whoever is free");
        assert_eq!(take(&mut schedule, 0), Some(0));
        for number in 1..4 {
            assert_eq!(submit(&mut schedule, number), Ok(()));
        }
        assert_eq!(schedule.take_ahead(0), Some(1));
        submit_with(&mut schedule, 4, Terms::default());
        assert_eq!(schedule.take_ahead(0), None, "4 may be cancelled");
        schedule.recall(0, 1);
        let order = [(); 4].map(|()| {
            assert_eq!(finish(&mut schedule, 0), None);
            take(&mut schedule, 0)
        });
        assert_eq!(order, [Some(1), Some(2), Some(3), Some(4)]);
    }

    #[test]
    fn what_waits_for_one_worker_is_given_up_too() {
        let mut schedule = two_with_tasks_ahead();
        let mut given_up: Vec<u32> = schedule.give_up().iter().map(|task| task.number).collect();
        given_up.sort_unstable();
        assert_eq!(given_up, [2, 3, 4, 5, 6, 7]);
        assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
        assert_eq!(finish(&mut schedule, 0), Some(Void::GivenUp));
        assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
    }

    #[test]
    fn a_task_that_a_worker_is_on_its_way_to_for_too_long_is_taken_out() {
        let mut schedule = Schedule::new(2, usize::MAX);
        let within = |span| Terms {
            queue_timeout: Some(nanoseconds(span)),
            ..Terms::default()
        };
        submit_with(&mut schedule, 0, within(20));
        submit_with(&mut schedule, 1, within(10));
        submit_with(&mut schedule, 2, within(30));
        assert_eq!(schedule.first_start_limit(), Some(at(10)));
        assert_eq!(schedule.expire_starting(at(9)), None);
        let late = schedule.expire_starting(at(15)).map(|task| task.number);
        assert_eq!(late, Some(1));
        assert_eq!(schedule.expire_starting(at(15)), None);
        assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
        assert_eq!(take(&mut schedule, 0), Some(0));
        assert_eq!(schedule.first_start_limit(), Some(at(30)), "2 has moved up");
        let late = schedule.expire_starting(at(30)).map(|task| task.number);
        assert_eq!(late, Some(2));
        assert_eq!(stats(&schedule, at(30)).timed_out, 2);
    }

    #[test]
    fn the_queue_holds_max_queue_tasks_beside_the_running_ones() {
        let mut schedule = Schedule::new(1, 2);
        for number in 0..3 {
            assert_eq!(submit(&mut schedule, number), Ok(()));
        }
        assert_eq!(submit(&mut schedule, 3), Err(Refused::Full));
        assert_eq!(schedule.load(), Load { idle: 0, queued: 2 });
        assert_eq!(take(&mut schedule, 0), Some(0));
        let refused = submit(&mut schedule, 3);
        assert_eq!(refused, Err(Refused::Full), "it counted as running before");
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(schedule.load(), Load { idle: 0, queued: 1 });
        assert_eq!(submit(&mut schedule, 3), Ok(()));
    }

    #[test]
    fn a_closed_schedule_runs_what_waits_and_then_ends_its_workers() {
        let mut schedule = Schedule::new(1, usize::MAX);
        assert_eq!(schedule.take(0, || at(0)), Next::Sleep);
        assert_eq!(submit(&mut schedule, 0), Ok(()));
        schedule.close();
        assert_eq!(submit(&mut schedule, 1), Err(Refused::Closed));
        assert_eq!(take(&mut schedule, 0), Some(0));
        assert_eq!(finish(&mut schedule, 0), None);
        assert_eq!(schedule.take(0, || at(0)), Next::End);
    }

    #[test]
    fn a_schedule_that_is_given_up_hands_back_what_waits_and_stops_what_runs() {
        let mut schedule = Schedule::new(2, usize::MAX);
        for number in 0..4 {
            assert_eq!(submit(&mut schedule, number), Ok(()));
        }
        assert_eq!(take(&mut schedule, 0), Some(0));
        let waiting = schedule.give_up();
        assert!(waiting.iter().map(|task| task.number).eq([1, 2, 3]));
        assert!(schedule.token(0).is_cancelled());
        assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
        assert_eq!(cancel(&mut schedule, 0), Cancelled::Stopping);
        let void = finish(&mut schedule, 0);
        assert_eq!(void, Some(Void::GivenUp), "the first order stands");
        assert_eq!(schedule.take(1, || at(0)), Next::End);
    }

    #[test]
    fn priorities_order_the_queue_but_not_what_a_worker_is_on_its_way_to() {
        let mut schedule = Schedule::new(1, usize::MAX);
        let urgent = Terms {
            priority: 1,
            ..Terms::default()
        };
        assert_eq!(submit(&mut schedule, 0), Ok(()));
        assert_eq!(submit(&mut schedule, 1), Ok(()));
        submit_with(&mut schedule, 2, urgent);
        let mut order = Vec::new();
        while let Some(number) = take(&mut schedule, 0) {
            order.push(number);
            assert_eq!(finish(&mut schedule, 0), None);
        }
        assert_eq!(order, [0, 2, 1]);
    }

    #[test]
    fn a_cancelled_task_leaves_wherever_it_is_and_makes_room() {
        let mut schedule = Schedule::new(2, 1);
        for number in 0..3 {
            submit_with(&mut schedule, number, Terms::default());
        }
        assert_eq!(take(&mut schedule, 0), Some(0));
        assert_eq!(cancel(&mut schedule, 1), Cancelled::Removed);
        assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
        assert_eq!(take(&mut schedule, 1), Some(2), "it moved up");
        assert_eq!(cancel(&mut schedule, 0), Cancelled::Stopping);
        assert!(schedule.token(0).is_cancelled());
        assert!(!schedule.token(1).is_cancelled());
        assert_eq!(finish(&mut schedule, 0), Some(Void::Aborted));
        assert_eq!(cancel(&mut schedule, 0), Cancelled::Gone);
        assert_eq!(submit(&mut schedule, 3), Ok(()));
        assert_eq!(take(&mut schedule, 0), Some(3));
        assert!(!schedule.token(0).is_cancelled(), "the next is not stopped");
        assert_eq!(finish(&mut schedule, 0), None);
    }

    #[test]
    fn a_task_that_ends_after_its_deadline_has_timed_out() {
        let mut schedule = Schedule::new(1, 0);
        let terms = Terms {
            timeout: Some(nanoseconds(10)),
            ..Terms::default()
        };
        for (end, void) in [(109, None), (110, Some(Void::TimedOut))] {
            assert_eq!(schedule.submit_with(0, (), terms, at(50)), Ok(()));
            let Next::Run(job) = schedule.take(0, || at(100)) else {
                panic!("a task is there");
            };
            assert_eq!(job.deadline, Some(at(110)), "it counts from the start");
            assert_eq!(schedule.finish(0, Ran::Completed, at(end)), void);
        }
    }

    #[test]
    fn a_task_that_waits_for_too_long_is_taken_out() {
        let mut schedule = Schedule::new(1, usize::MAX);
        let terms = Terms {
            queue_timeout: Some(nanoseconds(10)),
            ..Terms::default()
        };
        // The first waits for nothing but a thread that is on its way.
        submit_with(&mut schedule, 0, terms);
        submit_with(&mut schedule, 1, terms);
        assert_eq!(schedule.first_limit(), Some(at(10)));
        assert_eq!(schedule.expire(at(9)), None);
        let late = schedule.expire(at(10)).map(|task| task.number);
        assert_eq!(late, Some(1));
        assert_eq!(schedule.expire(at(99)), None);
        assert_eq!(take(&mut schedule, 0), Some(0));
    }

    #[test]
    fn a_panic_is_told_even_of_a_task_that_was_aborted() {
        let mut schedule = Schedule::new(1, 0);
        assert_eq!(submit(&mut schedule, 0), Ok(()));
        assert_eq!(take(&mut schedule, 0), Some(0));
        assert_eq!(cancel(&mut schedule, 0), Cancelled::Stopping);
        assert_eq!(schedule.finish(0, Ran::Crashed, at(0)), None);
        let stats = stats(&schedule, at(0));
        assert_eq!((stats.crashes, stats.failed, stats.aborted), (1, 1, 0));
    }

    #[test]
    fn times_and_utilization_are_of_what_has_started() {
        let mut schedule = Schedule::new(2, usize::MAX);
        let running = |schedule: &mut Schedule<()>, seat, started| {
            assert_eq!(schedule.submit(0, (), at(100)), Ok(()));
            assert!(matches!(schedule.take(seat, || started), Next::Run(_)));
        };
        running(&mut schedule, 0, at(150));
        running(&mut schedule, 1, at(200));
        assert_eq!(schedule.finish(0, Ran::Completed, at(350)), None);
        let stats = stats(&schedule, at(400));
        assert_eq!(stats.wait_time.mean, Duration::from_nanos(75));
        assert_eq!(stats.wait_time.max, Duration::from_nanos(100));
        assert_eq!(stats.run_time.max, Duration::from_nanos(200));
        // Of two times 400, one worker has spent 200 and the other, so far, 200.
        assert!((stats.utilization - 0.5).abs() < 1e-9, "{stats:?}");
    }

    /// Nanoseconds of 1,024 workers are no 64-bit number after 208 days.
    #[test]
    fn times_and_utilization_are_right_after_years() {
        const SIZE: usize = 1_024;
        const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;
        for days in [208, 209, 365, 20_000] {
            let mut schedule = Schedule::new(SIZE, 0);
            for seat in 0..SIZE {
                assert_eq!(schedule.submit(0, (), at(0)), Ok(()));
                assert!(matches!(schedule.take(seat, || at(0)), Next::Run(_)));
            }
            let (now, half) = (at(days * DAY), at(days * DAY / 2));
            assert_eq!(
                stats(&schedule, now).utilization.to_bits(),
                1.0_f64.to_bits()
            );
            for seat in 0..SIZE {
                assert_eq!(schedule.finish(seat, Ran::Completed, half), None);
            }
            let Stats {
                utilization,
                run_time,
                ..
            } = stats(&schedule, now);
            assert!(
                (utilization - 0.5).abs() < 1e-9,
                "{days} days: {utilization}"
            );
            assert_eq!(run_time.mean, nanoseconds(days * DAY / 2));
        }
    }

    #[derive(Debug, Clone)]
    enum Step {
        Submit,
        SubmitWith(Terms),
        Take(usize),
        Finish(usize, Ran),
        TakeAhead(usize),
        Recall(usize, usize),
        PutBack(usize),
        Cancel(u32),
        Settle(usize),
        Expire,
        Close,
        GiveUp,
    }

    fn step() -> impl Strategy<Value = Step> {
        let span = || prop::option::of((0..30_u64).prop_map(Duration::from_nanos));
        let terms =
            (-1..2_i64, span(), span()).prop_map(|(priority, timeout, queue_timeout)| Terms {
                priority,
                timeout,
                queue_timeout,
            });
        let ran = prop::sample::select(vec![Ran::Completed, Ran::Failed, Ran::Crashed]);
        prop_oneof![
            40 => Just(Step::Submit),
            40 => terms.prop_map(Step::SubmitWith),
            40 => (0..3_usize).prop_map(Step::Take),
            40 => (0..3_usize, ran).prop_map(|(seat, ran)| Step::Finish(seat, ran)),
            20 => (0..3_usize).prop_map(Step::TakeAhead),
            5 => (0..3_usize, 0..3_usize).prop_map(|(seat, count)| Step::Recall(seat, count)),
            5 => (0..3_usize).prop_map(Step::PutBack),
            30 => (0..100_u32).prop_map(Step::Cancel),
            10 => (0..3_usize).prop_map(Step::Settle),
            10 => Just(Step::Expire),
            1 => Just(Step::Close),
            1 => Just(Step::GiveUp),
        ]
    }

    proptest! {
        /// And nothing is queued while a worker is free, but what waits for another.
        #[test]
        fn the_sum_rule_holds_at_every_moment(
            max_queue in 0..6_usize,
            steps in prop::collection::vec(step(), 0..200),
        ) {
            let mut schedule = Schedule::new(3, max_queue);
            for (time, step) in (0_u64..).zip(steps) {
                let number = u32::try_from(time).unwrap();
                let now = at(time);
                match step {
                    Step::Submit => drop(schedule.submit(number, (), now)),
                    Step::SubmitWith(terms) => drop(schedule.submit_with(number, (), terms, now)),
                    Step::Take(seat) => {
                        if !schedule.seats[seat].is_busy() {
                            let _ = schedule.take(seat, || now);
                        }
                    }
                    Step::Finish(seat, ran) => drop(schedule.finish(seat, ran, now)),
                    Step::TakeAhead(seat) => drop(schedule.take_ahead(seat)),
                    Step::Recall(seat, count) => schedule.recall(seat, count),
                    Step::PutBack(seat) => {
                        schedule.recall(seat, usize::MAX);
                        schedule.put_back(seat, ());
                    }
                    Step::Cancel(number) => drop(schedule.cancel(number)),
                    Step::Settle(seat) => {
                        let ahead = schedule.seats[seat].ahead.len();
                        schedule.recall(seat, ahead);
                        let _ = schedule.settle(seat);
                    }
                    Step::Expire => {
                        while schedule.expire(now).is_some() {}
                        while schedule.expire_starting(now).is_some() {}
                    }
                    Step::Close => schedule.close(),
                    Step::GiveUp => drop(schedule.give_up()),
                }
                let stats = stats(&schedule, now);
                let ended = stats.completed + stats.failed + stats.aborted + stats.timed_out;
                prop_assert_eq!(stats.submitted, ended + (stats.queued + stats.running) as u64);
                prop_assert!(schedule.queue.len() == 0 || stats.idle == 0);
                let ahead = schedule.seats.iter().map(|seat| seat.ahead.len());
                prop_assert_eq!(ahead.sum::<usize>(), schedule.ahead);
                prop_assert!(stats.queued <= max_queue);
                let busy = schedule.seats.iter().filter(|seat| seat.is_busy());
                prop_assert_eq!(busy.count(), 3 - schedule.free);
                prop_assert_eq!(stats.idle + stats.running + stats.stopping, 3);
            }
        }
    }
}
