//! Sends outcomes from worker threads to the JavaScript thread: into a mailbox, whose first item
//! rings the doorbell for all.

use crate::completion::Completion;
use native_worker_pool_engine::{Bridge, Mailbox, Outcome, SpawnError};
use native_worker_pool_workers::{Failure, NativeWorker};

pub(crate) struct JsBridge {
    pub(crate) mailbox: Mailbox<Completion>,
    /// The pool has a `max_queue`, so JavaScript may wait for room.
    pub(crate) has_limit: bool,
}

impl Bridge<Box<dyn NativeWorker>> for JsBridge {
    fn finished(&self, task: u32, outcome: Outcome<f64, Failure>) {
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
