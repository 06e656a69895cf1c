//! The way of outcomes from worker threads to the JavaScript thread: they collect in a channel, and
//! the first of them rings the doorbell for all.

use crate::delivery::Delivery;
use crossbeam_channel::{Receiver, Sender, unbounded};
use native_worker_pool_engine::{Bridge, Outcome, SpawnError};
use native_worker_pool_workers::{Failure, NativeWorker};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) struct JsBridge {
    sender: Sender<Delivery>,
    receiver: Receiver<Delivery>,
    /// The doorbell has been rung and nobody has come to collect yet.
    rung: AtomicBool,
    ring: Box<dyn Fn() + Send + Sync>,
}

impl JsBridge {
    /// `ring` has somebody call [`JsBridge::collect`] soon: once at least after each call, however
    /// much was collected in between.
    pub(crate) fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            rung: AtomicBool::new(false),
            ring: Box::new(ring),
        }
    }

    /// Passes on what has come, at most `limit` of it, in the order in which it came, and returns how
    /// much that was. If it was any, the caller comes again without being called.
    pub(crate) fn collect(&self, limit: usize, mut each: impl FnMut(Delivery)) -> usize {
        let mut receive = || self.receiver.try_iter().take(limit).map(&mut each).count();
        let collected = receive();
        if collected > 0 {
            // Senders need not ring meanwhile: the flag stays as it is.
            return collected;
        }
        // Before the channel is read for the last time, never after. A sender sends, then swaps. If
        // its swap comes before this one, this one reads what it wrote and so sees the delivery. If
        // it comes after, it reads `false` and rings, or `true` of another sender that rings:
        // `collect` is called again, and finds it or what has been left of it, which may be nothing.
        self.rung.swap(false, Ordering::AcqRel);
        receive()
    }

    fn deliver(&self, delivery: Delivery) {
        // Cannot fail: the receiver lives as long as the sender.
        let _ = self.sender.send(delivery);
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.ring)();
        }
    }
}

impl Bridge<Box<dyn NativeWorker>> for JsBridge {
    fn finished(&self, task: u32, outcome: Outcome<f64, Failure>) {
        self.deliver(Delivery::new(task, outcome));
    }

    fn thread_missing(&self, error: SpawnError) {
        self.deliver(Delivery::thread_missing(&error));
    }

    fn closed(&self) {
        self.deliver(Delivery::Closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    const ROUNDS: u32 = 20_000;

    /// Far longer than a ring takes; a delivery that is not announced until then never is.
    const NEVER: Duration = Duration::from_secs(60);

    /// Two workers, and a collector that comes when it is rung for and only then, as the event loop
    /// does. Each round waits for both deliveries, so that the next begins with nothing to collect
    /// but perhaps a late ring.
    #[test]
    fn every_delivery_is_announced() {
        let (rings, rung) = channel();
        let bridge = Arc::new(JsBridge::new(move || {
            let _ = rings.send(());
        }));
        let start = Arc::new(std::sync::Barrier::new(3));
        let workers = [0, 1].map(|_| {
            let (bridge, start) = (Arc::clone(&bridge), Arc::clone(&start));
            thread::spawn(move || {
                for slot in 0..ROUNDS {
                    start.wait();
                    bridge.finished(slot, Outcome::Completed(0.0));
                }
            })
        });
        for round in 0..ROUNDS {
            start.wait();
            let mut collected = 0;
            while collected < 2 {
                match rung.recv_timeout(NEVER) {
                    Ok(()) => loop {
                        match bridge.collect(1, drop) {
                            0 => break,
                            count => collected += count,
                        }
                    },
                    Err(RecvTimeoutError::Timeout) => panic!("no ring in round {round}"),
                    Err(RecvTimeoutError::Disconnected) => unreachable!("the bridge is here"),
                }
            }
            assert_eq!(collected, 2);
        }
        for worker in workers {
            worker.join().unwrap();
        }
    }
}
