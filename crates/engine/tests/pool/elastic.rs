//! Threads that end while their pool goes on.

use crate::script::{
    Actor, Ending, Event, Events, Gate, LOST, NO_LIMIT, Stage, end, options, outcome, start,
    submit, submit_gated,
};
use native_worker_pool_engine::{Load, Pool, PoolOptions, ThreadMain};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A pool whose threads above `min_size` end after `idle_timeout`.
fn elastic(size: usize, min_size: usize, idle_timeout: Duration) -> (Pool<Actor>, Events) {
    let (stage, events) = Stage::new();
    let options = PoolOptions {
        min_size,
        idle_timeout: Some(idle_timeout),
        ..options(size, NO_LIMIT)
    };
    let bridge = Arc::new(stage.clone());
    let pool = Pool::builder(options, move || stage.actor(), bridge)
        .start()
        .expect("a thread can be started");
    (pool, events)
}

/// Waits until a condition holds.
fn until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < LOST, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the pool has this many threads.
fn await_threads(pool: &Pool<Actor>, count: usize) {
    until("the number of threads", || pool.threads() == count);
}

/// Occupies `count` workers at once.
fn occupy(pool: &Pool<Actor>, events: &Events, count: u32) -> Vec<Gate> {
    (0..count).map(|task| start(pool, events, task)).collect()
}

fn release(gates: &[Gate], events: &Events) {
    for gate in gates {
        end(gate, Ending::Complete);
        events.finished();
    }
}

#[test]
fn idle_threads_end_down_to_the_minimum() {
    let (pool, events) = elastic(4, 2, Duration::from_millis(1));
    release(&occupy(&pool, &events, 4), &events);
    await_threads(&pool, 2);
    assert_eq!(pool.load(), Load { idle: 4, queued: 0 });
    thread::sleep(Duration::from_millis(10));
    assert_eq!(pool.threads(), 2);
    release(&occupy(&pool, &events, 4), &events);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn without_a_minimum_all_threads_end_and_the_next_task_starts_one() {
    for idle_timeout in [Duration::ZERO, Duration::from_millis(1)] {
        let (pool, events) = elastic(3, 0, idle_timeout);
        for round in 0..5 {
            await_threads(&pool, 0);
            submit(&pool, round, Ending::Complete);
            events.started();
            assert_eq!(events.finished(), (round, outcome(round, Ending::Complete)));
        }
        await_threads(&pool, 0);
        pool.close();
        assert_eq!(events.next(), Event::Closed);
        pool.join();
        drop(pool);
        events.assert_end();
    }
}

#[test]
fn a_pool_without_threads_is_closed_by_the_close_itself() {
    let (pool, events) = elastic(1, 0, Duration::ZERO);
    await_threads(&pool, 0);
    pool.close_now();
    assert_eq!(events.next(), Event::Closed);
    pool.close();
    drop(pool);
    events.assert_end();
}

#[test]
fn a_seat_whose_thread_has_ended_is_not_idle_while_no_thread_can_be_started() {
    let (stage, events) = Stage::new();
    let options = PoolOptions {
        min_size: 0,
        idle_timeout: Some(Duration::from_millis(1)),
        ..options(2, NO_LIMIT)
    };
    let fails = Arc::new(AtomicBool::new(false));
    let spawner = {
        let fails = Arc::clone(&fails);
        move |name: &str, main: ThreadMain| {
            if fails.load(Ordering::Relaxed) {
                return Err(io::Error::other("there are no more"));
            }
            thread::Builder::new().name(name.to_owned()).spawn(main)
        }
    };
    let bridge = Arc::new(stage.clone());
    let pool = Pool::builder(options, move || stage.actor(), bridge).spawner(spawner);
    let pool = pool.start().expect("the first thread starts");
    let gate = start(&pool, &events, 0);
    fails.store(true, Ordering::Relaxed);
    submit(&pool, 1, Ending::Complete);
    assert!(matches!(events.next(), Event::ThreadMissing(_)));
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    end(&gate, Ending::Complete);
    events.finished();
    assert_eq!(events.started().0, 1);
    events.finished();
    await_threads(&pool, 0);
    assert_eq!(pool.load(), Load { idle: 0, queued: 0 });
    fails.store(false, Ordering::Relaxed);
    submit(&pool, 2, Ending::Complete);
    assert_eq!(events.started().0, 2);
    events.finished();
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn no_thread_ends_while_it_has_a_task() {
    let (pool, events) = elastic(2, 0, Duration::ZERO);
    let gates = occupy(&pool, &events, 2);
    thread::sleep(Duration::from_millis(5));
    assert_eq!(pool.threads(), 2);
    release(&gates, &events);
    await_threads(&pool, 0);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn the_worker_that_fell_asleep_last_is_woken_first_so_that_the_others_end() {
    let (pool, events) = elastic(3, 1, Duration::from_millis(200));
    release(&occupy(&pool, &events, 3), &events);
    // Tasks that arrive more often than the timeout keep one thread awake, and only one.
    let since = Instant::now();
    let mut task = 3;
    while pool.threads() > 1 {
        assert!(since.elapsed() < LOST, "all are kept");
        submit(&pool, task, Ending::Complete);
        events.started();
        events.finished();
        task += 1;
        thread::sleep(Duration::from_millis(5));
    }
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn a_larger_size_starts_queued_tasks_at_once() {
    let (pool, events) = crate::script::pool(1, NO_LIMIT);
    let first = start(&pool, &events, 0);
    let queued = submit_gated(&pool, 1).expect("no limit");
    assert_eq!(pool.load(), Load { idle: 0, queued: 1 });
    pool.resize(3);
    assert_eq!(events.started().0, 1);
    assert_eq!(pool.load(), Load { idle: 1, queued: 0 });
    assert_eq!(pool.stats().size, 3);
    release(&[first, queued], &events);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn after_a_reduction_busy_workers_finish_their_tasks_and_end() {
    let (pool, events) = crate::script::pool(3, NO_LIMIT);
    let gates = occupy(&pool, &events, 3);
    let queued = submit_gated(&pool, 3).expect("no limit");
    pool.resize(1);
    let stats = pool.stats();
    assert_eq!(
        (stats.size, stats.running, stats.idle, stats.queued),
        (1, 3, 0, 1)
    );
    end(&gates[0], Ending::Complete);
    events.finished();
    end(&gates[1], Ending::Panic);
    events.finished();
    await_threads(&pool, 1);
    assert_eq!(
        pool.load(),
        Load { idle: 0, queued: 1 },
        "the queued task waits for the last worker"
    );
    end(&gates[2], Ending::Complete);
    events.finished();
    assert_eq!(events.started().0, 3);
    release(&[queued], &events);
    assert_eq!(pool.load(), Load { idle: 1, queued: 0 });
    assert_eq!(pool.threads(), 1);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}

#[test]
fn after_a_reduction_idle_threads_end_at_once() {
    let (pool, events) = crate::script::pool(4, NO_LIMIT);
    release(&occupy(&pool, &events, 4), &events);
    pool.resize(2);
    await_threads(&pool, 2);
    pool.resize(4);
    release(&occupy(&pool, &events, 4), &events);
    assert_eq!(pool.threads(), 4);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
}
