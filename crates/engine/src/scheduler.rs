//! The schedule behind a lock, with a place for workers to sleep until there is work.

use crate::outcome::Refused;
use crate::schedule::{Load, Next, Schedule};
use crate::sync::{Condvar, Mutex, lock, wait};
use std::collections::VecDeque;

pub(crate) struct Scheduler<T> {
    shared: Mutex<Shared<T>>,
    /// Notified for each task that comes while a worker sleeps, and once for all at the end.
    work: Condvar,
}

struct Shared<T> {
    schedule: Schedule<T>,
    /// Threads inside `wait`. A notification costs a system call even when nobody listens.
    sleeping: usize,
}

impl<T> Scheduler<T> {
    pub(crate) fn new(size: usize, max_queue: usize) -> Self {
        Self {
            shared: Mutex::new(Shared {
                schedule: Schedule::new(size, max_queue),
                sleeping: 0,
            }),
            work: Condvar::new(),
        }
    }

    /// Admits `task` and wakes a worker for it, or says why not.
    pub(crate) fn submit(&self, task: T) -> Result<(), Refused> {
        let mut shared = lock(&self.shared);
        shared.schedule.submit(task)?;
        let wake = shared.sleeping > 0;
        drop(shared);
        if wake {
            self.work.notify_one();
        }
        Ok(())
    }

    /// The next task for a free worker, which sleeps until there is one; `None` when the worker
    /// should end.
    pub(crate) fn take(&self) -> Option<T> {
        let mut shared = lock(&self.shared);
        loop {
            match shared.schedule.take() {
                Next::Run(task) => return Some(task),
                Next::End => return None,
                Next::Sleep => {
                    shared.sleeping += 1;
                    shared = wait(&self.work, shared);
                    shared.sleeping -= 1;
                }
            }
        }
    }

    /// The worker's task has ended; it takes the next one under the same lock if there is one.
    pub(crate) fn finish_and_take(&self) -> Option<T> {
        let mut shared = lock(&self.shared);
        shared.schedule.finish();
        match shared.schedule.take() {
            Next::Run(task) => Some(task),
            Next::Sleep | Next::End => None,
        }
    }

    /// The worker's task has ended and so will its thread: the next task is for another.
    pub(crate) fn finish(&self) {
        lock(&self.shared).schedule.finish();
    }

    /// Admits nothing from now on; workers end when the queue is empty.
    pub(crate) fn close(&self) {
        lock(&self.shared).schedule.close();
        self.work.notify_all();
    }

    /// Admits nothing from now on and hands back what waits; workers end after their task.
    pub(crate) fn abandon(&self) -> VecDeque<T> {
        let waiting = lock(&self.shared).schedule.abandon();
        self.work.notify_all();
        waiting
    }

    pub(crate) fn load(&self) -> Load {
        lock(&self.shared).schedule.load()
    }
}
