//! The cost of the engine alone, without Node.js: `npm run bench:engine`, or `cargo bench -p
//! native-worker-pool-engine-bench`.
//!
//! The workers do nothing, so this measures submission and delivery. On a machine with fewer cores
//! than producers and workers together, it includes the operating system's scheduling.

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use native_worker_pool_engine::{
    Bridge, CancelToken, Outcome, Pool, PoolOptions, Posted, SpawnError, SubmissionRing, Worker,
};
use std::convert::Infallible;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 2;
const PRODUCERS: [u32; 4] = [1, 2, 4, 8];
/// Tasks of one burst, divisible by each number of producers.
const BURST: u32 = 8192;
/// Workers that drain a full queue. On a machine with fewer cores they contend for the lock even
/// while its holder is suspended, which is the worst case.
const DRAINING: [usize; 5] = [1, 2, 8, 32, 64];
/// Tasks of a full queue.
const QUEUED: u32 = 65_536;
/// Longer than a worker spins before it sleeps.
const UNTIL_ASLEEP: Duration = Duration::from_millis(2);

/// A worker that returns the time of its run.
struct Clock;

impl Worker for Clock {
    type Input = u64;
    type Output = Instant;
    type Error = Infallible;

    fn run(&mut self, _: u64, _: &CancelToken) -> Result<Instant, Infallible> {
        Ok(Instant::now())
    }
}

/// A bridge that counts, and keeps the times of the last task.
struct Counter {
    /// The origin of the times, which are in nanoseconds.
    origin: Instant,
    started: AtomicU64,
    delivered: AtomicU64,
    count: AtomicU64,
}

impl Counter {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            origin: Instant::now(),
            started: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            count: AtomicU64::new(0),
        })
    }

    fn since_origin(&self, time: Instant) -> u64 {
        u64::try_from((time - self.origin).as_nanos()).expect("a bench takes less than centuries")
    }

    /// Waits until this many tasks have finished since the start.
    fn await_count(&self, count: u64) {
        while self.count.load(Ordering::Acquire) < count {
            spin_loop();
        }
    }
}

impl<W: Worker<Output = Instant, Error = Infallible>> Bridge<W> for Counter {
    fn finished(&self, _task: u32, outcome: Outcome<Instant, Infallible>) {
        if let Outcome::Completed(started) = outcome {
            let delivered = self.since_origin(Instant::now());
            self.delivered.store(delivered, Ordering::Relaxed);
            self.started
                .store(self.since_origin(started), Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Release);
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {}
}

fn options(size: usize) -> PoolOptions {
    PoolOptions {
        size,
        max_queue: usize::MAX,
        thread_name: "bench".to_owned(),
    }
}

fn start(counter: &Arc<Counter>, size: usize) -> Pool<Clock> {
    Pool::builder(options(size), || Clock, Arc::clone(counter) as _)
        .start()
        .expect("there are threads")
}

/// Runs one task at a time on a pool of one worker, and sums up the nanoseconds that `span` returns
/// for each.
fn alone(iterations: u64, pause: Duration, span: impl Fn(&Counter, u64) -> u64) -> Duration {
    let counter = Counter::new();
    let pool = start(&counter, 1);
    let mut total = 0;
    for task in 1..=iterations {
        thread::sleep(pause);
        let submitted = counter.since_origin(Instant::now());
        pool.submit(0, 0).expect("no limit");
        counter.await_count(task);
        total += span(&counter, submitted);
    }
    Duration::from_nanos(total)
}

fn submit_to_start(counter: &Counter, submitted: u64) -> u64 {
    counter.started.load(Ordering::Relaxed) - submitted
}

fn finish_to_bridge(counter: &Counter, _submitted: u64) -> u64 {
    counter.delivered.load(Ordering::Relaxed) - counter.started.load(Ordering::Relaxed)
}

fn one_task(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one task");
    group.bench_function("submit to start, a worker spins", |bencher| {
        bencher.iter_custom(|iterations| alone(iterations, Duration::ZERO, submit_to_start));
    });
    group.bench_function("finish to bridge", |bencher| {
        bencher.iter_custom(|iterations| alone(iterations, Duration::ZERO, finish_to_bridge));
    });
    group.sampling_mode(SamplingMode::Flat).sample_size(20);
    group.bench_function("submit to start, all asleep", |bencher| {
        bencher.iter_custom(|iterations| alone(iterations, UNTIL_ASLEEP, submit_to_start));
    });
    group.finish();
}

fn bursts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("burst");
    group.throughput(Throughput::Elements(BURST.into()));
    for producers in PRODUCERS {
        let counter = Counter::new();
        let pool = start(&counter, WORKERS);
        let mut due = 0;
        group.bench_function(BenchmarkId::new("submitted by", producers), |bencher| {
            bencher.iter(|| {
                thread::scope(|scope| {
                    for _ in 0..producers {
                        scope.spawn(|| {
                            for task in 0..BURST / producers {
                                pool.submit(task, 0).expect("no limit");
                            }
                        });
                    }
                });
                due += u64::from(BURST);
                counter.await_count(due);
            });
        });
    }
    let counter = Counter::new();
    let ring = Arc::new(SubmissionRing::default());
    let pool = Pool::builder(options(WORKERS), || Clock, Arc::clone(&counter) as _)
        .ring(Arc::clone(&ring), |input| input)
        .start()
        .expect("there are threads");
    let mut due = 0;
    group.bench_function("posted by one", |bencher| {
        bencher.iter(|| {
            for task in 0..BURST {
                post(&pool, &ring, task);
            }
            due += u64::from(BURST);
            counter.await_count(due);
        });
    });
    group.finish();
}

/// A worker that waits until its gate is open.
struct Gated(Arc<RwLock<()>>);

impl Worker for Gated {
    type Input = u64;
    type Output = Instant;
    type Error = Infallible;

    fn run(&mut self, waits: u64, _: &CancelToken) -> Result<Instant, Infallible> {
        if waits != 0 {
            drop(self.0.read().expect("no thread panics"));
        }
        Ok(Instant::now())
    }
}

/// Measures how fast workers empty a queue that was filled while all of them were busy.
fn drain(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("drain");
    group.throughput(Throughput::Elements(QUEUED.into()));
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for workers in DRAINING {
        group.bench_function(BenchmarkId::new("by", workers), |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(|_| drain_once(workers)).sum());
        });
    }
    group.finish();
}

fn drain_once(workers: usize) -> Duration {
    let gate = Arc::new(RwLock::new(()));
    let counter = Counter::new();
    let pool = Pool::builder(
        options(workers),
        {
            let gate = Arc::clone(&gate);
            move || Gated(Arc::clone(&gate))
        },
        Arc::clone(&counter) as _,
    )
    .start()
    .expect("there are threads");
    let closed = gate.write().expect("no thread panics");
    for task in 0..u32::try_from(workers).expect("few workers") {
        pool.submit(task, 1).expect("no limit");
    }
    for task in 0..QUEUED {
        pool.submit(task, 0).expect("no limit");
    }
    thread::sleep(UNTIL_ASLEEP); // until each worker waits at the gate
    let start = Instant::now();
    drop(closed);
    counter.await_count(u64::from(QUEUED) + workers as u64);
    start.elapsed()
}

fn post(pool: &Pool<Clock>, ring: &SubmissionRing, task: u32) {
    loop {
        match ring.post(task, 0, 0) {
            Posted::Queued => return,
            Posted::NeedsWakeup => {
                pool.poll();
                return;
            }
            Posted::Full => {
                pool.poll();
            }
        }
    }
}

criterion_group!(benches, one_task, bursts, drain);
criterion_main!(benches);
