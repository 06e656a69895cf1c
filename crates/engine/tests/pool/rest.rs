//! Workers that have been idle for some time.

use native_worker_pool_engine::{
    Bridge, CancelToken, Outcome, Pool, PoolOptions, SpawnError, Worker,
};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

#[derive(Debug, PartialEq, Eq)]
enum Event {
    Rested { tasks: u32 },
    Finished,
    Closed,
}

/// Counts its tasks, and reports that count when it rests. Panics then if its last input was true.
struct Rests {
    events: Sender<Event>,
    tasks: u32,
    panics: bool,
}

impl Worker for Rests {
    type Input = bool;
    type Output = ();
    type Error = ();

    fn run(&mut self, panics: bool, _: &CancelToken) -> Result<(), ()> {
        self.tasks += 1;
        self.panics = panics;
        Ok(())
    }

    fn rest(&mut self) {
        let _ = self.events.send(Event::Rested { tasks: self.tasks });
        if self.panics {
            resume_unwind(Box::new("on purpose"));
        }
    }

    const REST_AFTER: Option<Duration> = Some(Duration::from_millis(5));
}

struct Reports(Sender<Event>);

impl Bridge<Rests> for Reports {
    fn finished(&self, _: u32, _: Outcome<(), ()>) {
        let _ = self.0.send(Event::Finished);
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {
        let _ = self.0.send(Event::Closed);
    }
}

#[test]
fn an_idle_worker_rests_once_after_its_last_task() {
    let (events, received) = channel();
    let sender = events.clone();
    let make = move || Rests {
        events: sender.clone(),
        tasks: 0,
        panics: false,
    };
    let options = PoolOptions {
        size: 1,
        min_size: 1,
        idle_timeout: None,
        max_queue: usize::MAX,
        thread_name: "rest".into(),
    };
    let pool = Pool::builder(options, make, Arc::new(Reports(events)))
        .start()
        .unwrap();
    for (panics, tasks) in [(false, 1), (true, 2), (false, 1)] {
        pool.submit(0, panics).unwrap();
        assert_eq!(received.recv(), Ok(Event::Finished));
        // A worker that panics is replaced by the next task.
        assert_eq!(received.recv(), Ok(Event::Rested { tasks }));
    }
    let again = received.recv_timeout(Duration::from_millis(50));
    assert!(again.is_err(), "{again:?}");
    pool.close();
    assert_eq!(received.recv(), Ok(Event::Closed));
}
