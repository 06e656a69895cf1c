//! The way of outcomes from worker threads to the JavaScript thread: they collect in a channel, and
//! the first of them rings the doorbell for all.

use crate::delivery::Delivery;
use crate::doorbell::Doorbell;
use crossbeam_channel::{Receiver, Sender, unbounded};
use native_worker_pool_engine::{Bridge, Outcome};
use native_worker_pool_workers::{Failure, NativeWorker};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) struct JsBridge {
    sender: Sender<Delivery>,
    receiver: Receiver<Delivery>,
    /// The doorbell has been rung and nobody has come to collect yet.
    rung: AtomicBool,
    doorbell: Arc<Doorbell>,
}

impl JsBridge {
    pub(crate) fn new(doorbell: Arc<Doorbell>) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            rung: AtomicBool::new(false),
            doorbell,
        }
    }

    /// What has come since the last call, in the order in which it came.
    pub(crate) fn collect(&self) -> impl Iterator<Item = Delivery> {
        // Before the channel is read, never after. A sender sends, then swaps; whichever swap comes
        // first, the other reads what it wrote: either this one sees the sender's `true` and with it
        // the delivery, or the sender sees this `false` and rings again.
        self.rung.swap(false, Ordering::AcqRel);
        self.receiver.try_iter()
    }

    fn deliver(&self, delivery: Delivery) {
        // Cannot fail: the receiver lives as long as the sender.
        let _ = self.sender.send(delivery);
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.doorbell.ring();
        }
    }
}

impl Bridge<Box<dyn NativeWorker>> for JsBridge {
    fn finished(&self, task: u32, outcome: Outcome<f64, Failure>) {
        self.deliver(Delivery::Finished {
            slot: task,
            outcome,
        });
    }

    fn closed(&self) {
        self.deliver(Delivery::Closed);
    }
}
