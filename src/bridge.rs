//! The way of outcomes from worker threads to the JavaScript thread: they come together in a mailbox,
//! and the first of them rings the doorbell for all.

use crate::delivery::Delivery;
use native_worker_pool_engine::{Bridge, Mailbox, Outcome, SpawnError};
use native_worker_pool_workers::{Failure, NativeWorker};

pub(crate) struct JsBridge(pub(crate) Mailbox<Delivery>);

impl Bridge<Box<dyn NativeWorker>> for JsBridge {
    fn finished(&self, task: u32, outcome: Outcome<f64, Failure>) {
        self.0.send(Delivery::new(task, outcome));
    }

    fn worker_crashed(&self, words: String) {
        self.0.send(Delivery::worker_crashed(words));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.0.send(Delivery::thread_missing(&error));
    }

    fn closed(&self) {
        self.0.send(Delivery::Closed);
    }
}
