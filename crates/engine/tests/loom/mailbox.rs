//! A mailbox and its doorbell, also while their environment ends.
//!
//! loom does not explore memory order between senders and collector here: the channel is not
//! loom's, so sent items are visible at once.

use crate::{Act, Actor, NO_LIMIT, interleavings, options};
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread;
use native_worker_pool_engine::{Bell, Bridge, Doorbell, Mailbox, Outcome, Pool, SpawnError};
use std::sync::Arc;

/// Counts pending rings.
struct Rings {
    pending: Mutex<usize>,
    more: Condvar,
}

impl Rings {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            pending: Mutex::new(0),
            more: Condvar::new(),
        })
    }

    fn ring(&self) {
        *self.pending.lock().expect("no panic here") += 1;
        self.more.notify_one();
    }

    /// Waits for a ring and consumes it. Without one, loom reports a deadlock.
    fn wait(&self) {
        let mut pending = self.pending.lock().expect("no panic here");
        while *pending == 0 {
            pending = self.more.wait(pending).expect("no panic here");
        }
        *pending -= 1;
    }
}

/// Each of several threads sends the given number of items. The main thread collects only after a
/// ring.
fn every_item_is_collected(sends: &'static [u32], limit: usize) {
    let rings = Rings::new();
    let bell = Arc::clone(&rings);
    let mailbox = Arc::new(Mailbox::new(move || bell.ring()));
    let senders: Vec<_> = (0_u32..)
        .zip(sends)
        .map(|(sender, &count)| {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || (0..count).for_each(|nth| mailbox.send((sender, nth))))
        })
        .collect();
    let mut next = vec![0; sends.len()];
    while next != sends {
        rings.wait();
        let mut each = |(sender, nth): (u32, u32)| {
            let next = &mut next[sender as usize];
            assert_eq!(nth, *next, "in order, once each");
            *next += 1;
        };
        while mailbox.collect(limit, &mut each) > 0 {}
    }
    for sender in senders {
        sender.join().expect("no panic");
    }
}

#[test]
fn the_items_of_one_sender_are_collected() {
    interleavings(2, 5).check(|| every_item_is_collected(&[3], 1));
}

#[test]
fn the_items_of_two_senders_are_collected() {
    interleavings(3, 4).check(|| every_item_is_collected(&[1, 2], 2));
}

#[test]
fn the_items_of_three_senders_are_collected() {
    interleavings(4, 3).check(|| every_item_is_collected(&[1, 1, 1], 1));
}

/// A handle that its owner frees, and that must not be used after that.
struct Handle(Arc<State>);

#[derive(Default)]
struct State {
    freed: AtomicBool,
    uses: AtomicUsize,
    /// A ring returns `false`: the bell must not be used again.
    closing: bool,
}

impl Handle {
    fn free(self) {
        self.0.freed.store(true, Ordering::Relaxed);
    }
}

impl Bell for Handle {
    fn ring(&self) -> bool {
        self.0.uses.fetch_add(1, Ordering::Relaxed);
        // Read last: the handle must not be freed while it is used.
        assert!(!self.0.freed.load(Ordering::Relaxed), "used after free");
        !self.0.closing
    }
}

fn doorbell(closing: bool) -> (Arc<Doorbell<Handle>>, Arc<State>) {
    let state = Arc::new(State {
        closing,
        ..State::default()
    });
    let doorbell = Doorbell::new(Handle(Arc::clone(&state)));
    (Arc::new(doorbell), state)
}

#[test]
fn a_disconnected_bell_is_not_used() {
    interleavings(3, 4).check(|| {
        let (doorbell, state) = doorbell(false);
        let ringers = [0, 1].map(|_| {
            let doorbell = Arc::clone(&doorbell);
            thread::spawn(move || doorbell.ring())
        });
        doorbell.disconnect().expect("disconnected once").free();
        doorbell.ring();
        assert!(doorbell.with(|_| ()).is_none());
        for ringer in ringers {
            ringer.join().expect("no panic");
        }
        assert!(state.uses.load(Ordering::Relaxed) <= 2);
    });
}

#[test]
fn a_closing_bell_is_not_used_again() {
    interleavings(3, 4).check(|| {
        let (doorbell, state) = doorbell(true);
        let ringers = [0, 1].map(|_| {
            let doorbell = Arc::clone(&doorbell);
            thread::spawn(move || doorbell.ring())
        });
        let taken = doorbell.disconnect();
        for ringer in ringers {
            ringer.join().expect("no panic");
        }
        let uses = state.uses.load(Ordering::Relaxed);
        assert_eq!(uses, usize::from(taken.is_none()));
    });
}

#[test]
fn items_sent_while_the_bell_is_disconnected_are_collected() {
    interleavings(3, 3).check(|| {
        let (doorbell, _) = doorbell(false);
        let bell = Arc::clone(&doorbell);
        let mailbox = Arc::new(Mailbox::new(move || bell.ring()));
        let senders = [0, 1].map(|item| {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || mailbox.send(item))
        });
        // A collection before the environment ends, ...
        let mut collected = mailbox.collect(1, drop);
        doorbell.disconnect().expect("disconnected once").free();
        for sender in senders {
            sender.join().expect("no panic");
        }
        // ... and one after that.
        while mailbox.collect(1, |_| collected += 1) > 0 {}
        assert_eq!(collected, 2);
    });
}

/// A bridge like the one of the addon.
struct Outbox(Mailbox<Option<(u32, Outcome<(), ()>)>>);

impl Bridge<Actor> for Outbox {
    fn finished(&self, task: u32, outcome: Outcome<(), ()>) {
        self.0.send(Some((task, outcome)));
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {
        self.0.send(None);
    }
}

#[test]
fn an_environment_may_end_while_its_pool_is_busy() {
    interleavings(2, 4).check(|| {
        let (doorbell, _) = doorbell(false);
        let bell = Arc::clone(&doorbell);
        let outbox = Arc::new(Outbox(Mailbox::new(move || bell.ring())));
        let bridge = Arc::clone(&outbox);
        let pool = Pool::builder(options(1, NO_LIMIT), || Actor, bridge)
            .start()
            .expect("loom starts threads");
        for task in [0, 1] {
            assert_eq!(pool.submit(task, Act::Complete), Ok(()));
        }
        let mut collected = Vec::new();
        outbox.0.collect(1, |item| collected.push(item));
        // The cleanup hook, ...
        doorbell.disconnect().expect("disconnected once").free();
        // ... the drop of the pool, and the last events of its threads.
        pool.close_now();
        pool.join();
        drop(pool);
        while outbox.0.collect(1, |item| collected.push(item)) > 0 {}
        assert_eq!(collected.pop(), Some(None), "closed is the last call");
        let mut tasks: Vec<_> = collected
            .into_iter()
            .map(|item| item.expect("closed is called once").0)
            .collect();
        tasks.sort_unstable();
        assert_eq!(tasks, [0, 1]);
    });
}
