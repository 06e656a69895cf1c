//! Sends outcomes from worker threads to the JavaScript thread: into a mailbox, whose first item
//! rings the doorbell for all.

use crate::completion::{Completion, IntoCompletion};
use native_worker_pool_engine::{Bridge, Mailbox, Outcome, SpawnError, Worker};
use native_worker_pool_workers::{Failure, Progress};

pub(crate) struct JsBridge {
    pub(crate) mailbox: Mailbox<Completion>,
    /// The pool has a limit, so JavaScript may wait for room.
    pub(crate) has_limit: bool,
}

impl JsBridge {
    /// Delivers the progress of a task.
    pub(crate) fn progressed(&self, listener: u32, progress: Progress) {
        let progress = Box::new(progress);
        self.mailbox
            .send(Completion::Progressed { listener, progress });
    }
}

impl<W> Bridge<W> for JsBridge
where
    W: Worker<Error = Failure>,
    W::Output: IntoCompletion,
{
    fn finished(&self, task: u32, outcome: Outcome<W::Output, Failure>) {
        self.mailbox.send(Completion::new(task, outcome));
    }

    fn worker_crashed(&self, message: String) {
        self.mailbox.send(Completion::worker_crashed(message));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.mailbox.send(Completion::thread_missing(&error));
    }

    fn room_freed(&self) {
        if self.has_limit {
            self.mailbox.send(Completion::RoomFreed);
        }
    }

    fn closed(&self) {
        self.mailbox.send(Completion::Closed);
    }
}
