//! A channel from any thread to one collector, with one wakeup for many items.

use crate::sync::{AtomicBool, Ordering};
// Not modelled by loom, which treats a send or a receive as one atomic step that is visible at
// once. The channel guarantees that.
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::fmt;

/// Items for a thread whose wakeup is too expensive to be done for each item. The first item rings
/// for all.
pub struct Mailbox<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
    /// A ring is pending: the collector has not answered it yet.
    rung: AtomicBool,
    ring: Box<dyn Fn() + Send + Sync>,
}

impl<T> Mailbox<T> {
    /// An empty mailbox. Each call of `ring` must be followed by a call of [`Mailbox::collect`],
    /// even if an earlier call has collected everything.
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            rung: AtomicBool::new(false),
            ring: Box::new(ring),
        }
    }

    /// Sends an item, and rings unless a ring is pending.
    pub fn send(&self, item: T) {
        // Cannot fail: `self` owns the receiver.
        let _ = self.sender.send(item);
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.ring)();
        }
    }

    /// Calls `each` with at most `limit` items, in the order in which they were sent. Returns how
    /// many there were. If there were any, the caller must call again without a ring. To be called
    /// by one thread at a time.
    pub fn collect(&self, limit: usize, mut each: impl FnMut(T)) -> usize {
        let mut receive = || self.receiver.try_iter().take(limit).map(&mut each).count();
        let collected = receive();
        if collected > 0 {
            // The caller collects again, so senders need not ring: the flag stays set.
            return collected;
        }
        // The flag is cleared before the last read of the channel, never after. A sender sends,
        // then swaps the flag. If its swap precedes this one in the flag's modification order, this
        // swap acquires what the sender's released, so the read below sees the item. Otherwise the
        // sender reads `false` and rings, or it reads the `true` of another sender that rings:
        // `collect` is called again and sees the item.
        self.rung.swap(false, Ordering::AcqRel);
        receive()
    }
}

impl<T> fmt::Debug for Mailbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mailbox = f.debug_struct("Mailbox");
        mailbox.field("items", &self.receiver.len());
        mailbox.finish_non_exhaustive()
    }
}
