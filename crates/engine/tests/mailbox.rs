//! The guarantees of a mailbox with real threads. `tests/loom` explores the interleavings.
#![cfg(not(loom))]

use native_worker_pool_engine::Mailbox;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

const ROUNDS: u32 = 20_000;

/// Far longer than a ring takes. Decides only how long a failing test takes.
const NEVER: Duration = Duration::from_secs(60);

/// Two senders, and a collector that collects only after a ring, as the event loop does. Each round
/// waits for both items, so that the next one starts with an empty mailbox and perhaps a late ring.
#[test]
fn every_item_is_followed_by_a_ring() {
    let (rings, rung) = channel();
    let mailbox = Arc::new(Mailbox::new(move || {
        let _ = rings.send(());
    }));
    let start = Arc::new(Barrier::new(3));
    let senders = [0, 1].map(|_| {
        let (mailbox, start) = (Arc::clone(&mailbox), Arc::clone(&start));
        thread::spawn(move || {
            for round in 0..ROUNDS {
                start.wait();
                mailbox.send(round);
            }
        })
    });
    for round in 0..ROUNDS {
        start.wait();
        let mut collected = 0;
        while collected < 2 {
            match rung.recv_timeout(NEVER) {
                Ok(()) => loop {
                    match mailbox.collect(1, |item| assert_eq!(item, round)) {
                        0 => break,
                        count => collected += count,
                    }
                },
                Err(RecvTimeoutError::Timeout) => panic!("no ring in round {round}"),
                Err(RecvTimeoutError::Disconnected) => unreachable!("the mailbox owns the sender"),
            }
        }
        assert_eq!(collected, 2);
    }
    for sender in senders {
        sender.join().expect("no panic");
    }
}

#[test]
fn items_are_collected_in_order_and_up_to_the_limit() {
    let mailbox = Mailbox::new(|| {});
    for item in 0..5 {
        mailbox.send(item);
    }
    let mut collected = Vec::new();
    for count in [2, 2, 1, 0, 0] {
        assert_eq!(mailbox.collect(2, |item| collected.push(item)), count);
    }
    assert_eq!(collected, [0, 1, 2, 3, 4]);
}
