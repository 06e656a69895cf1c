//! Which tasks a pool admits, and in which order they start.

use crate::script::{
    Actor, Ending, Event, Job, LOST, NO_LIMIT, Outcome, Stage, close, end, options, outcome, pool,
    submit, submit_gated, submit_gated_with,
};
use native_worker_pool_engine::{
    Bridge, CancelToken, Load, Pool, PoolOptions, Refused, SpawnError, TaskOptions, Worker,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock, Weak};

#[test]
fn each_outcome_is_delivered_exactly_once() {
    const TASKS: u32 = 1_000;
    let (pool, events) = pool(4, NO_LIMIT);
    let how = |number| match number % 3 {
        0 => Ending::Fail,
        _ => Ending::Complete,
    };
    for number in 0..TASKS {
        submit(&pool, number, how(number));
    }

    let mut delivered: Vec<_> = (0..TASKS).map(|_| events.finished()).collect();
    delivered.sort_by_key(|(number, _)| *number);
    let due: Vec<_> = (0..TASKS)
        .map(|number| (number, outcome(number, how(number))))
        .collect();
    assert_eq!(delivered, due);
    close(pool, events);
}

#[test]
fn one_worker_starts_tasks_in_order_of_submission() {
    let (pool, events) = pool(1, NO_LIMIT);
    let first = submit_gated(&pool, 0).expect("the worker is idle");
    // Descending, so that the order of submission is not the order of numbers.
    let waiting: Vec<u32> = (1..=50).rev().collect();
    for &number in &waiting {
        submit(&pool, number, Ending::Complete);
    }
    end(&first, Ending::Complete);

    assert_eq!(events.finished().0, 0);
    let order: Vec<_> = waiting.iter().map(|_| events.finished().0).collect();
    assert_eq!(order, waiting);
    close(pool, events);
}

#[test]
fn a_full_pool_refuses_tasks_until_one_ends() {
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

        end(&gates[0], Ending::Complete);
        assert_eq!(events.finished().0, 0);
        gates.push(submit_gated(&pool, number).expect("one task has ended"));
        assert_eq!(submit_gated(&pool, number + 1).err(), Some(Refused::Full));

        for gate in &gates[1..] {
            end(gate, Ending::Complete);
        }
        // A refusal has no effect: as many tasks end as were admitted.
        for _ in &gates[1..] {
            events.finished();
        }
        close(pool, events);
    }
}

#[test]
fn a_closing_pool_refuses_tasks_even_if_it_has_room() {
    let (pool, events) = pool(2, NO_LIMIT);
    let gate = submit_gated(&pool, 0).expect("a worker is idle");
    pool.close();
    assert_eq!(submit_gated(&pool, 1).err(), Some(Refused::Closed));

    end(&gate, Ending::Complete);
    assert_eq!(events.finished().0, 0);
    assert_eq!(events.next(), Event::Closed);
    assert_eq!(submit_gated(&pool, 1).err(), Some(Refused::Closed));
}

#[test]
fn a_worker_is_created_for_the_first_task_of_its_thread() {
    let (stage, events) = Stage::new();
    let bridge = Arc::new(stage.clone());
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let make_worker = move || {
        count.fetch_add(1, Ordering::Relaxed);
        stage.actor()
    };
    let pool = Pool::builder(options(4, 0), make_worker, bridge)
        .start()
        .expect("a thread can start");
    let gates = [0, 1].map(|number| {
        let gate = submit_gated(&pool, number).expect("a worker is idle");
        assert_eq!(events.started().0, number);
        gate
    });
    for gate in &gates {
        end(gate, Ending::Complete);
        events.finished();
    }
    close(pool, events);
    assert_eq!(made.load(Ordering::Relaxed), 2);
}

#[test]
#[should_panic(expected = "a pool needs at least one worker")]
fn a_pool_without_workers_panics() {
    let _ = pool(0, 0);
}

#[test]
fn higher_priorities_start_first_and_each_in_order_of_submission() {
    let (pool, events) = pool(1, NO_LIMIT);
    let mut gates = vec![submit_gated(&pool, 0).expect("the queue has no limit")];
    for (number, priority) in [(1, -1), (2, 0), (3, 5), (4, -1), (5, 5), (6, i64::MIN)] {
        let options = TaskOptions {
            priority,
            ..TaskOptions::default()
        };
        gates.push(submit_gated_with(&pool, number, options));
    }
    gates.push(submit_gated(&pool, 7).expect("the queue has no limit"));
    for gate in &gates {
        end(gate, Ending::Complete);
    }
    let order: Vec<_> = gates.iter().map(|_| events.finished().0).collect();
    assert_eq!(order, [0, 3, 5, 2, 7, 1, 4, 6]);
    close(pool, events);
}

/// An input that calls the pool when it is dropped.
struct CallsPoolOnDrop(Weak<Pool<Unused>>, Sender<Load>);

impl Drop for CallsPoolOnDrop {
    fn drop(&mut self) {
        let pool = self.0.upgrade().expect("the test holds the pool");
        let _ = self.1.send(pool.load());
    }
}

/// A worker that runs no task.
struct Unused;

impl Worker for Unused {
    type Input = CallsPoolOnDrop;
    type Output = u32;
    type Error = u32;

    fn run(&mut self, _: CallsPoolOnDrop, _: &CancelToken) -> Result<u32, u32> {
        unreachable!("its pool is closed")
    }
}

#[test]
fn a_refused_input_may_call_the_pool_while_it_is_dropped() {
    let (stage, _events) = Stage::new();
    let pool = Pool::builder(options(1, NO_LIMIT), || Unused, Arc::new(stage))
        .start()
        .map(Arc::new)
        .expect("a thread can start");
    pool.close();
    let (sender, loads) = channel();
    let input = || CallsPoolOnDrop(Arc::downgrade(&pool), sender.clone());
    assert_eq!(pool.submit(0, input()), Err(Refused::Closed));
    let refused = pool.submit_with(1, input(), TaskOptions::default());
    assert_eq!(refused, Err(Refused::Closed));
    assert_eq!(loads.try_iter().count(), 2);
}

/// A bridge that submits the next task in `finished`.
struct Chain {
    pool: OnceLock<Weak<Pool<Actor>>>,
    links: u32,
    /// The load at each outcome, and the result of the next submission.
    seen: Sender<(Load, Result<(), Refused>)>,
}

impl Bridge<Actor> for Chain {
    fn finished(&self, task: u32, _: Outcome) {
        let pool = self.pool.wait().upgrade().expect("the test holds the pool");
        let load = pool.load();
        let next = task + 1;
        let how = match next % 3 {
            0 => Ending::Complete,
            1 => Ending::Fail,
            _ => Ending::Panic,
        };
        let submitted = if next < self.links {
            pool.submit(next, Job::ungated(next, how))
        } else {
            Ok(())
        };
        let _ = self.seen.send((load, submitted));
    }

    fn worker_crashed(&self, message: String) {
        panic!("{message}");
    }

    fn thread_missing(&self, error: SpawnError) {
        panic!("{error}");
    }

    fn closed(&self) {}
}

#[test]
fn a_worker_is_free_before_its_outcome_is_delivered() {
    const LINKS: u32 = 30;
    let (seen, links) = channel();
    let bridge = Arc::new(Chain {
        pool: OnceLock::new(),
        links: LINKS,
        seen,
    });
    let (stage, _events) = Stage::new();
    let pool = Pool::builder(
        PoolOptions {
            size: 1,
            min_size: 1,
            idle_timeout: None,
            // Without a queue, the next task is refused if the worker is not free.
            max_queue: 0,
            thread_name: "chain".to_owned(),
        },
        move || stage.actor(),
        Arc::clone(&bridge) as Arc<dyn Bridge<Actor>>,
    )
    .start()
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
