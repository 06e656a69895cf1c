//! The guarantees for tasks posted in a pool's ring, with real threads that spin before they sleep.
//! `tests/loom` explores the interleavings of producer and workers.
#![cfg(not(loom))]

use native_worker_pool_engine::{
    Bridge, CancelToken, Layout, Load, Outcome, Pool, PoolOptions, Posted, SpawnError,
    SubmissionRing, Worker,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// Decides only how long a failing test takes.
const LOST: Duration = Duration::from_secs(30);

/// Returns its input.
struct Echo;

impl Worker for Echo {
    type Input = u64;
    type Output = u64;
    type Error = Infallible;

    fn run(&mut self, input: u64, _: &CancelToken) -> Result<u64, Infallible> {
        Ok(input)
    }
}

struct Outcomes(Sender<(u32, u64)>);

impl Bridge<Echo> for Outcomes {
    fn finished(&self, task: u32, outcome: Outcome<u64, Infallible>) {
        let Outcome::Completed(answer) = outcome else {
            panic!("an echo neither fails nor crashes")
        };
        // Fails only after a failed test.
        let _ = self.0.send((task, answer));
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {}
}

struct Stage {
    pool: Pool<Echo>,
    ring: Arc<SubmissionRing>,
    outcomes: Receiver<(u32, u64)>,
}

impl Stage {
    fn new(size: usize) -> Self {
        let (sender, outcomes) = channel();
        let ring = Arc::new(SubmissionRing::default());
        let options = PoolOptions {
            size,
            min_size: size,
            idle_timeout: None,
            max_queue: usize::MAX,
            thread_name: "ring".to_owned(),
        };
        let pool = Pool::builder(options, || Echo, Arc::new(Outcomes(sender)))
            .ring(Arc::clone(&ring), |input| input)
            .start()
            .expect("there are threads");
        Self {
            pool,
            ring,
            outcomes,
        }
    }

    fn post(&self, task: u32, input: u64) {
        loop {
            match self.ring.post(task, input, 0) {
                Posted::Queued => return,
                Posted::NeedsWakeup => {
                    self.pool.poll();
                    return;
                }
                Posted::Full => {
                    self.pool.poll();
                }
            }
        }
    }

    fn next(&self) -> (u32, u64) {
        self.outcomes
            .recv_timeout(LOST)
            .expect("a posted task was not run")
    }
}

/// Spins for this long.
fn pass(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[test]
fn a_posted_task_runs_whether_its_worker_spins_or_sleeps() {
    for size in [1, 2, 3] {
        let stage = Stage::new(size);
        // Pauses around the time for which a worker spins before it sleeps.
        for round in 0..8_000 {
            pass(Duration::from_nanos(u64::from(round % 977) * 100));
            stage.post(round, u64::from(round) << 32);
            assert_eq!(stage.next(), (round, u64::from(round) << 32));
        }
    }
}

#[test]
fn one_worker_runs_more_tasks_than_the_ring_holds_in_order() {
    let stage = Stage::new(1);
    let tasks = 20 * u32::try_from(Layout::CAPACITY).unwrap() + 3;
    for task in 0..tasks {
        stage.post(task, u64::from(task) + 7);
    }
    for task in 0..tasks {
        assert_eq!(stage.next(), (task, u64::from(task) + 7));
    }
}

#[test]
fn posted_and_submitted_tasks_start_in_order_of_arrival() {
    let stage = Stage::new(1);
    for task in 0..10_000 {
        if task % 3 == 0 {
            stage.pool.submit(task, 0).expect("no limit");
        } else {
            stage.post(task, 0);
        }
    }
    for task in 0..10_000 {
        assert_eq!(stage.next(), (task, 0));
    }
    let idle = Load { idle: 1, queued: 0 };
    assert_eq!(stage.pool.load(), idle);
}

#[test]
fn tasks_posted_before_a_close_are_run() {
    let stage = Stage::new(2);
    for task in 0..100 {
        stage.post(task, 0);
    }
    stage.pool.close();
    stage.pool.join();
    assert_eq!(stage.outcomes.try_iter().count(), 100);
}

#[test]
#[should_panic(expected = "cannot be refused")]
fn a_pool_with_a_max_queue_cannot_have_a_ring() {
    let options = PoolOptions {
        size: 1,
        min_size: 1,
        idle_timeout: None,
        max_queue: 5,
        thread_name: String::new(),
    };
    let bridge = Arc::new(Outcomes(channel().0));
    let ring = Arc::new(SubmissionRing::default());
    drop(Pool::builder(options, || Echo, bridge).ring(ring, |input| input));
}
