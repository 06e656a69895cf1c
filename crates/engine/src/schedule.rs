//! The rules of the pool as plain data, without locks and threads: which task may be queued, which
//! runs next, and when a worker should end.
//!
//! A task that was given while a worker is free stays in `waiting` until that worker's thread comes
//! for it. To the outside it is running from the start: `waiting` holds first the tasks that are
//! as good as running, one for each free worker, and behind them the queue proper. [`Load`] tells
//! the two apart by counting, so nothing has to be handed to a particular thread.

use crate::outcome::Refused;
use std::collections::VecDeque;

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
}

/// What a worker that has nothing to do should do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// Run this task.
    Run(T),
    /// Sleep: a task may still come.
    Sleep,
    /// End: none will come.
    End,
}

/// The state of a pool's tasks and workers.
#[derive(Debug)]
pub(crate) struct Schedule<T> {
    /// Tasks that no thread has taken yet, first come first.
    waiting: VecDeque<T>,
    /// Workers that have not taken a task.
    free: usize,
    /// How many tasks may wait while every worker is busy.
    max_queue: usize,
    open: bool,
}

impl<T> Schedule<T> {
    /// A schedule for `size` workers, all free.
    pub(crate) fn new(size: usize, max_queue: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            free: size,
            max_queue,
            open: true,
        }
    }

    /// Admits `task`, or says why not.
    pub(crate) fn submit(&mut self, task: T) -> Result<(), Refused> {
        if !self.open {
            return Err(Refused::Closed);
        }
        if self.waiting.len() >= self.free.saturating_add(self.max_queue) {
            return Err(Refused::Full);
        }
        self.waiting.push_back(task);
        Ok(())
    }

    /// What a free worker should do. With [`Next::Run`] it is free no more.
    pub(crate) fn take(&mut self) -> Next<T> {
        match self.waiting.pop_front() {
            Some(task) => {
                self.free -= 1;
                Next::Run(task)
            }
            None if self.open => Next::Sleep,
            None => Next::End,
        }
    }

    /// The worker's task has ended: the worker is free again.
    pub(crate) fn finish(&mut self) {
        self.free += 1;
    }

    /// Admits nothing from now on. What waits is still run.
    pub(crate) fn close(&mut self) {
        self.open = false;
    }

    /// Admits nothing from now on, and hands back what waits.
    pub(crate) fn abandon(&mut self) -> VecDeque<T> {
        self.open = false;
        std::mem::take(&mut self.waiting)
    }

    /// Tasks that no thread has taken yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn load(&self) -> Load {
        let starting = self.waiting.len().min(self.free);
        Load {
            idle: self.free - starting,
            queued: self.waiting.len() - starting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_given_to_a_free_worker_counts_as_running_at_once() {
        let mut schedule = Schedule::new(2, 0);
        assert_eq!(schedule.submit('a'), Ok(()));
        assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
        assert_eq!(schedule.submit('b'), Ok(()));
        assert_eq!(schedule.load(), Load { idle: 0, queued: 0 });
        assert_eq!(schedule.submit('c'), Err(Refused::Full));
    }

    #[test]
    fn the_queue_holds_max_queue_tasks_beside_the_running_ones() {
        let mut schedule = Schedule::new(1, 2);
        for task in ['a', 'b', 'c'] {
            assert_eq!(schedule.submit(task), Ok(()));
        }
        assert_eq!(schedule.submit('d'), Err(Refused::Full));
        assert_eq!(schedule.load(), Load { idle: 0, queued: 2 });
        assert_eq!(schedule.take(), Next::Run('a'));
        assert_eq!(
            schedule.submit('d'),
            Err(Refused::Full),
            "taking a task makes no room: it ran already"
        );
        schedule.finish();
        assert_eq!(schedule.load(), Load { idle: 0, queued: 1 });
        assert_eq!(schedule.submit('d'), Ok(()));
    }

    #[test]
    fn a_closed_schedule_runs_what_waits_and_then_ends_its_workers() {
        let mut schedule = Schedule::new(1, usize::MAX);
        assert_eq!(schedule.take(), Next::Sleep);
        assert_eq!(schedule.submit('a'), Ok(()));
        schedule.close();
        assert_eq!(schedule.submit('b'), Err(Refused::Closed));
        assert_eq!(schedule.take(), Next::Run('a'));
        schedule.finish();
        assert_eq!(schedule.take(), Next::End);
    }

    #[test]
    fn an_abandoned_schedule_gives_back_what_waits() {
        let mut schedule = Schedule::new(1, usize::MAX);
        assert_eq!(schedule.submit('a'), Ok(()));
        assert_eq!(schedule.submit('b'), Ok(()));
        assert_eq!(schedule.abandon(), ['a', 'b']);
        assert_eq!(schedule.take(), Next::End);
        assert_eq!(schedule.load(), Load { idle: 1, queued: 0 });
    }
}
