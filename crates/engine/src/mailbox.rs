//! Where items come together that any thread sends and one thread collects: the first one rings for
//! all.

use crate::sync::{AtomicBool, Ordering};
// Not modelled by loom: to it, a send or an attempt to receive is one step that nothing comes between,
// and seen by all from then on. That is what the channel promises.
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::fmt;

/// Items on their way to a thread that has to be rung for, which costs too much to be done for each.
pub struct Mailbox<T> {
    sender: Sender<T>,
    receiver: Receiver<T>,
    /// It has been rung, and nobody has come to collect yet.
    rung: AtomicBool,
    ring: Box<dyn Fn() + Send + Sync>,
}

impl<T> Mailbox<T> {
    /// An empty mailbox. `ring` has somebody call [`Mailbox::collect`] soon: once at least after each
    /// call, however much was collected in between.
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, receiver) = unbounded();
        Self {
            sender,
            receiver,
            rung: AtomicBool::new(false),
            ring: Box::new(ring),
        }
    }

    /// Leaves an item, and rings if nobody has.
    pub fn send(&self, item: T) {
        // Cannot fail: the receiver lives as long as the sender.
        let _ = self.sender.send(item);
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.ring)();
        }
    }

    /// Passes on what has come, at most `limit` of it, in the order in which it came, and returns how
    /// much that was. If it was any, the caller comes again without being rung for. To be called by
    /// one thread at a time.
    pub fn collect(&self, limit: usize, mut each: impl FnMut(T)) -> usize {
        let mut receive = || self.receiver.try_iter().take(limit).map(&mut each).count();
        let collected = receive();
        if collected > 0 {
            // Senders need not ring meanwhile: the flag stays as it is.
            return collected;
        }
        // Before the channel is read for the last time, never after. A sender sends, then swaps. If
        // its swap comes before this one, this one reads what it wrote and so sees the item. If it
        // comes after, it reads `false` and rings, or `true` of another sender that rings: `collect`
        // is called again, and finds it or what has been left of it, which may be nothing.
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
