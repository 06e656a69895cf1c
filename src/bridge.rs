//! The way of outcomes from worker threads to the JavaScript thread: they come together in a mailbox,
//! and the first of them rings the doorbell for all.

use crate::delivery::Delivery;
use native_worker_pool_engine::{Bridge, Mailbox, Outcome, SpawnError};
use native_worker_pool_workers::{Failure, NativeWorker};

pub(crate) struct JsBridge {
    pub(crate) mailbox: Mailbox<Delivery>,
    /// Somebody may wait for room.
    pub(crate) has_limit: bool,
}

impl Bridge<Box<dyn NativeWorker>> for JsBridge {
    fn finished(&self, task: u32, outcome: Outcome<f64, Failure>) {
        self.mailbox.send(Delivery::new(task, outcome));
    }

    fn worker_crashed(&self, words: String) {
        self.mailbox.send(Delivery::worker_crashed(words));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.mailbox.send(Delivery::thread_missing(&error));
    }

    fn vacated(&self) {
        if self.has_limit {
            self.mailbox.send(Delivery::Vacated);
        }
    }

    fn closed(&self) {
        self.mailbox.send(Delivery::Closed);
    }
}
