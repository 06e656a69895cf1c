//! What a pool promises, with real threads and through its public interface: one behaviour a test.
#![cfg(not(loom))]

mod script;

use native_worker_pool_engine::{
    Bridge, CancelToken, Load, Outcome, Pool, PoolOptions, Refused, Worker,
};
use script::{Actor, Done, Ending, Event, Events, Gate, Job, Seat, Stage, options, outcome, pool};
use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

const NO_LIMIT: usize = usize::MAX;

/// See `script`: decides only how long a failing test takes.
const LOST: Duration = Duration::from_secs(30);

/// Submits a job that waits for its gate.
fn submit_gated(pool: &Pool<Actor>, number: u32) -> Result<Gate, Refused> {
    let (job, gate) = Job::new(number);
    pool.submit(number, job).map(|()| gate)
}

fn submit(pool: &Pool<Actor>, number: u32, how: Ending) {
    pool.submit(number, Job::at_once(number, how))
        .expect("the pool has room");
}

/// Lets the job behind `gate` complete.
fn release(gate: &Gate) {
    gate.send(Ending::Complete).expect("the job waits for this");
}

/// Awaits the start of any job.
fn started(events: &Events) -> (u32, Seat) {
    match events.next() {
        Event::Started(number, seat) => (number, seat),
        other => panic!("a start was due, not {other:?}"),
    }
}

/// Awaits the next outcome of any job.
fn finished(events: &Events) -> (u32, Outcome<Done, u32>) {
    loop {
        match events.next() {
            Event::Started(..) => {}
            Event::Finished(number, outcome) => return (number, outcome),
            Event::Closed => panic!("an outcome was due"),
        }
    }
}

/// Runs one job alone to its outcome, and tells where it ran.
fn run_alone(pool: &Pool<Actor>, events: &Events, number: u32, how: Ending) -> Seat {
    submit(pool, number, how);
    let (started, seat) = started(events);
    assert_eq!(started, number);
    assert_eq!(finished(events), (number, outcome(number, how)));
    seat
}

/// Closes the pool, in which nothing is left to do, and sees it end.
fn close(pool: Pool<Actor>, events: Events) {
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    drop(pool);
    events.assert_end();
}

#[test]
fn each_task_is_delivered_exactly_once() {
    const TASKS: u32 = 1_000;
    let (pool, events) = pool(4, NO_LIMIT);
    let how = |number| match number % 3 {
        0 => Ending::Fail,
        _ => Ending::Complete,
    };
    for number in 0..TASKS {
        submit(&pool, number, how(number));
    }

    let mut delivered: Vec<_> = (0..TASKS).map(|_| finished(&events)).collect();
    delivered.sort_by_key(|(number, _)| *number);
    let due: Vec<_> = (0..TASKS)
        .map(|number| (number, outcome(number, how(number))))
        .collect();
    assert_eq!(delivered, due);
    close(pool, events);
}

#[test]
fn one_worker_starts_tasks_in_the_order_of_their_submission() {
    let (pool, events) = pool(1, NO_LIMIT);
    let first = submit_gated(&pool, 0).expect("the worker is idle");
    // Numbers that fall, so that the order is not one by number.
    let waiting: Vec<u32> = (1..=50).rev().collect();
    for &number in &waiting {
        submit(&pool, number, Ending::Complete);
    }
    release(&first);

    assert_eq!(finished(&events).0, 0);
    let order: Vec<_> = waiting.iter().map(|_| finished(&events).0).collect();
    assert_eq!(order, waiting);
    close(pool, events);
}

#[test]
fn a_full_pool_refuses_until_a_task_ends() {
    for max_queue in [0, 3] {
        let (pool, events) = pool(2, max_queue);
        let mut gates = Vec::new();
        let mut number = 0;
        while let Ok(gate) = submit_gated(&pool, number) {
            gates.push(gate);
            number += 1;
        }
        assert_eq!(gates.len(), 2 + max_queue);
        let load = pool.load();
        assert_eq!((load.idle, load.queued), (0, max_queue));
        assert_eq!(submit_gated(&pool, number).err(), Some(Refused::Full));

        release(&gates[0]);
        assert_eq!(finished(&events).0, 0);
        gates.push(submit_gated(&pool, number).expect("one task has ended"));
        assert_eq!(submit_gated(&pool, number + 1).err(), Some(Refused::Full));

        for gate in &gates[1..] {
            release(gate);
        }
        // What was refused has left nothing behind: as many end as were admitted.
        for _ in &gates[1..] {
            finished(&events);
        }
        close(pool, events);
    }
}

#[test]
fn a_closing_pool_refuses_even_where_it_has_room() {
    let (pool, events) = pool(2, NO_LIMIT);
    let gate = submit_gated(&pool, 0).expect("a worker is idle");
    pool.close();
    assert_eq!(submit_gated(&pool, 1).err(), Some(Refused::Closed));

    release(&gate);
    assert_eq!(finished(&events).0, 0);
    assert_eq!(events.next(), Event::Closed);
    assert_eq!(submit_gated(&pool, 1).err(), Some(Refused::Closed));
}

#[test]
fn close_lets_running_and_queued_tasks_finish_and_comes_last() {
    let (pool, events) = pool(2, NO_LIMIT);
    let gates: Vec<_> = (0..7)
        .map(|number| submit_gated(&pool, number).expect("the queue has no limit"))
        .collect();
    pool.close();
    let load = pool.load();
    assert_eq!((load.idle, load.queued), (0, 5), "closing drops nothing");

    for gate in &gates {
        release(gate);
    }
    let mut delivered: Vec<_> = gates.iter().map(|_| finished(&events)).collect();
    delivered.sort_by_key(|(number, _)| *number);
    let due: Vec<_> = (0..7)
        .map(|number| (number, outcome(number, Ending::Complete)))
        .collect();
    assert_eq!(delivered, due);
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    drop(pool);
    events.assert_end();
}

#[test]
fn closing_again_changes_nothing() {
    let (pool, events) = pool(3, NO_LIMIT);
    pool.close();
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    pool.join();
    pool.close();
    pool.join();
    drop(pool);
    events.assert_end();
}

#[test]
fn a_failed_task_leaves_its_worker_alone() {
    let (pool, events) = pool(1, 0);
    let before = run_alone(&pool, &events, 0, Ending::Complete);
    let failed = run_alone(&pool, &events, 1, Ending::Fail);
    let after = run_alone(&pool, &events, 2, Ending::Complete);

    assert_eq!([before.nth, failed.nth, after.nth], [1, 2, 3]);
    assert_eq!(before.thread, failed.thread);
    assert_eq!(before.thread, after.thread);
    close(pool, events);
}

#[test]
fn a_panic_crashes_its_task_and_the_next_has_a_new_worker_on_another_thread() {
    let (pool, events) = pool(1, 0);
    let before = run_alone(&pool, &events, 0, Ending::Complete);
    let crashed = run_alone(&pool, &events, 1, Ending::Panic);
    let after = run_alone(&pool, &events, 2, Ending::Complete);

    assert_eq!(before.thread, crashed.thread);
    assert_ne!(before.thread, after.thread);
    assert_eq!([before.nth, crashed.nth, after.nth], [1, 2, 1]);
    close(pool, events);
}

#[test]
fn queued_tasks_outlive_the_panic_of_the_running_one() {
    let (pool, events) = pool(1, NO_LIMIT);
    let gate = submit_gated(&pool, 0).expect("the worker is idle");
    for number in 1..=3 {
        submit(&pool, number, Ending::Complete);
    }
    pool.close();
    gate.send(Ending::Panic).expect("the job waits for this");

    assert_eq!(finished(&events), (0, outcome(0, Ending::Panic)));
    for number in 1..=3 {
        assert_eq!(
            finished(&events),
            (number, outcome(number, Ending::Complete))
        );
    }
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn the_size_stays_after_crashes() {
    const SIZE: u32 = 3;
    let (pool, events) = pool(3, NO_LIMIT);
    for number in 0..10 {
        submit(&pool, number, Ending::Panic);
    }
    for _ in 0..10 {
        finished(&events);
    }
    assert_eq!(pool.load(), Load { idle: 3, queued: 0 });

    // As many run at once as before ...
    let gates: Vec<_> = (0..SIZE)
        .map(|number| {
            let gate = submit_gated(&pool, number).expect("the queue has no limit");
            assert_eq!(started(&events).0, number);
            gate
        })
        .collect();
    // ... and not one more: the last starts only when another has ended.
    let last = submit_gated(&pool, SIZE).expect("the queue has no limit");
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    events.assert_none_pending();
    release(&gates[1]);
    assert_eq!(
        events.next(),
        Event::Finished(1, outcome(1, Ending::Complete))
    );
    assert_eq!(started(&events).0, SIZE);

    for gate in [&gates[0], &gates[2], &last] {
        release(gate);
        finished(&events);
    }
    close(pool, events);
}

#[test]
fn a_panic_of_make_worker_crashes_the_task_it_was_made_for() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let first = AtomicBool::new(true);
    let make_worker = move || {
        if first.swap(false, Ordering::Relaxed) {
            resume_unwind(Box::new("no worker today"));
        }
        stage.actor()
    };
    let pool = Pool::new(options(1, NO_LIMIT), make_worker, bridge).expect("threads can start");
    submit(&pool, 0, Ending::Complete);
    submit(&pool, 1, Ending::Complete);

    assert_eq!(
        events.next(),
        Event::Finished(0, Outcome::Crashed("no worker today".to_owned()))
    );
    let (next, seat) = started(&events);
    assert_eq!((next, seat.nth), (1, 1));
    assert_eq!(finished(&events), (1, outcome(1, Ending::Complete)));
    close(pool, events);
}

#[test]
fn a_worker_is_made_for_the_first_task_of_its_thread_and_no_sooner() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let make_worker = move || {
        count.fetch_add(1, Ordering::Relaxed);
        stage.actor()
    };
    let pool = Pool::new(options(4, 0), make_worker, bridge).expect("threads can start");
    let gates = [0, 1].map(|number| {
        let gate = submit_gated(&pool, number).expect("a worker is idle");
        assert_eq!(started(&events).0, number);
        gate
    });
    for gate in &gates {
        release(gate);
        finished(&events);
    }
    close(pool, events);
    assert_eq!(made.load(Ordering::Relaxed), 2);
}

#[test]
#[should_panic(expected = "a pool needs at least one worker")]
fn a_pool_of_no_workers_is_a_mistake_of_the_caller() {
    let _ = pool(0, 0);
}

/// Tells when the thread it was left in ends.
struct Farewell(Sender<ThreadId>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Nobody listens any more when a test has failed.
        let _ = self.0.send(thread::current().id());
    }
}

thread_local! {
    static FAREWELL: RefCell<Option<Farewell>> = const { RefCell::new(None) };
}

/// A worker that panics if its input says so, and leaves a [`Farewell`] in its thread before.
struct Visitor(Sender<ThreadId>);

impl Worker for Visitor {
    type Input = bool;
    type Output = ThreadId;
    type Error = ();

    fn run(&mut self, panics: bool, _: &CancelToken) -> Result<ThreadId, ()> {
        FAREWELL.with_borrow_mut(|farewell| {
            farewell.get_or_insert_with(|| Farewell(self.0.clone()));
        });
        if panics {
            resume_unwind(Box::new("on purpose"));
        }
        Ok(thread::current().id())
    }
}

/// A bridge that passes on the threads of the tasks that completed.
struct Threads(Sender<Option<ThreadId>>);

impl Bridge<Visitor> for Threads {
    fn finished(&self, _: u32, outcome: Outcome<ThreadId, ()>) {
        let _ = self.0.send(match outcome {
            Outcome::Completed(thread) => Some(thread),
            Outcome::Failed(()) | Outcome::Crashed(_) => None,
        });
    }

    fn closed(&self) {}
}

#[test]
fn the_thread_of_a_crashed_worker_ends() {
    const CRASHES: u32 = 1_000;
    let (ends, ended): (_, Receiver<ThreadId>) = channel();
    let (outcomes, outcome) = channel();
    let pool = Pool::new(
        options(2, NO_LIMIT),
        move || Visitor(ends.clone()),
        Arc::new(Threads(outcomes)),
    )
    .expect("threads can start");
    for number in 0..CRASHES {
        pool.submit(number, true).expect("the queue has no limit");
    }

    // Awaited while the pool is open: the threads do not gather until it closes.
    let mut gone = HashSet::new();
    for _ in 0..CRASHES {
        let thread = ended.recv_timeout(LOST).expect("a thread never ends");
        assert!(gone.insert(thread));
        assert_eq!(outcome.recv_timeout(LOST), Ok(None));
    }

    pool.submit(CRASHES, false).expect("the queue has no limit");
    let alive = outcome
        .recv_timeout(LOST)
        .expect("an outcome is lost")
        .expect("the task completes");
    assert!(!gone.contains(&alive));
    pool.close();
    assert_eq!(ended.recv_timeout(LOST), Ok(alive));
}

/// An actor that panics when it is dropped.
struct Brittle(Actor);

impl Worker for Brittle {
    type Input = Job;
    type Output = Done;
    type Error = u32;

    fn run(&mut self, job: Job, token: &CancelToken) -> Result<Done, u32> {
        self.0.run(job, token)
    }
}

impl Drop for Brittle {
    fn drop(&mut self) {
        resume_unwind(Box::new("the worker breaks"));
    }
}

#[test]
fn a_worker_that_panics_when_dropped_harms_nothing() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let make_worker = move || Brittle(stage.actor());
    let pool = Pool::new(options(1, NO_LIMIT), make_worker, bridge).expect("threads can start");
    for (number, how) in [(0, Ending::Panic), (1, Ending::Complete)] {
        pool.submit(number, Job::at_once(number, how))
            .expect("the queue has no limit");
        assert_eq!(finished(&events), (number, outcome(number, how)));
    }
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    drop(pool);
    events.assert_end();
}

/// Sees a pool off that was abandoned while it ran job 0 and held 1, 2 and 3 in its queue.
fn see_off(gates: &[Gate], events: Events) {
    for queued in &gates[1..] {
        assert!(
            queued.send(Ending::Complete).is_err(),
            "a queued input is dropped at once"
        );
    }
    release(&gates[0]);
    let cancelled = Done {
        number: 0,
        cancelled: true,
    };
    assert_eq!(
        events.next(),
        Event::Finished(0, Outcome::Completed(cancelled))
    );
    assert_eq!(events.next(), Event::Closed);
    events.assert_end();
}

fn pool_with_one_running_and_three_queued() -> (Pool<Actor>, Events, Vec<Gate>) {
    let (pool, events) = pool(1, NO_LIMIT);
    let gates = (0..4)
        .map(|number| submit_gated(&pool, number).expect("the queue has no limit"))
        .collect();
    assert_eq!(started(&events).0, 0);
    (pool, events, gates)
}

#[test]
fn an_abandoned_pool_drops_its_queue_cancels_what_runs_and_ends_its_threads() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    pool.abandon();
    assert_eq!(pool.load(), Load { idle: 0, queued: 0 });
    assert_eq!(submit_gated(&pool, 4).err(), Some(Refused::Closed));
    drop(pool);
    see_off(&gates, events);
}

#[test]
fn a_dropped_pool_is_abandoned() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    drop(pool);
    see_off(&gates, events);
}

#[test]
fn the_threads_of_an_idle_pool_end_when_it_is_dropped() {
    let (pool, events) = pool(3, 0);
    // Dropped with its workers anywhere between their start and their sleep; loom tries every place.
    run_alone(&pool, &events, 0, Ending::Complete);
    drop(pool);
    assert_eq!(events.next(), Event::Closed);
    events.assert_end();
}

#[test]
fn a_pool_dropped_while_it_closes_is_abandoned_too() {
    let (pool, events, gates) = pool_with_one_running_and_three_queued();
    pool.close();
    drop(pool);
    see_off(&gates, events);
}

/// A bridge that gives the pool its next task from within `finished`.
struct Chain {
    pool: OnceLock<Weak<Pool<Actor>>>,
    links: u32,
    /// The load at each outcome, and what became of the next task's submission.
    seen: Sender<(Load, Result<(), Refused>)>,
}

impl Bridge<Actor> for Chain {
    fn finished(&self, task: u32, _: Outcome<Done, u32>) {
        let pool = self.pool.wait().upgrade().expect("the test holds the pool");
        let load = pool.load();
        let next = task + 1;
        let how = match next % 3 {
            0 => Ending::Complete,
            1 => Ending::Fail,
            _ => Ending::Panic,
        };
        let submitted = if next < self.links {
            pool.submit(next, Job::at_once(next, how))
        } else {
            Ok(())
        };
        let _ = self.seen.send((load, submitted));
    }

    fn closed(&self) {}
}

#[test]
fn a_worker_is_free_before_its_outcome_is_known() {
    const LINKS: u32 = 30;
    let (seen, links) = channel();
    let bridge = Arc::new(Chain {
        pool: OnceLock::new(),
        links: LINKS,
        seen,
    });
    let (stage, _events) = Stage::new();
    let pool = Pool::new(
        PoolOptions {
            size: 1,
            // Without a queue the next task is refused unless the worker is free.
            max_queue: 0,
            name: "chain".to_owned(),
        },
        move || stage.actor(),
        Arc::clone(&bridge) as Arc<dyn Bridge<Actor>>,
    )
    .map(Arc::new)
    .expect("threads can start");
    bridge
        .pool
        .set(Arc::downgrade(&pool))
        .expect("set for the first time");
    submit(&pool, 0, Ending::Complete);

    for _ in 0..LINKS {
        let idle = Load { idle: 1, queued: 0 };
        assert_eq!(links.recv_timeout(LOST), Ok((idle, Ok(()))));
    }
}
