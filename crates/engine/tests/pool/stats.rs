//! The counts of a pool. `model` compares them after every step of random schedules.

use crate::script::{Ending, Event, NO_LIMIT, close, end, pool, run_alone, start, submit};
use native_worker_pool_engine::{Stats, Times, WorkerState};
use std::time::Duration;

#[test]
fn a_new_pool_has_counted_nothing() {
    let (pool, events) = pool(3, NO_LIMIT);
    let due = Stats {
        size: 3,
        idle: 3,
        running: 0,
        stopping: 0,
        queued: 0,
        submitted: 0,
        completed: 0,
        failed: 0,
        aborted: 0,
        timed_out: 0,
        refused: 0,
        crashes: 0,
        wait_time: Times::default(),
        run_time: Times::default(),
        utilization: 0.0,
    };
    assert_eq!(pool.stats(), due);
    close(pool, events);
}

#[test]
fn wait_times_count_started_tasks_and_run_times_ended_ones() {
    let (pool, events) = pool(1, NO_LIMIT);
    let gate = start(&pool, &events, 0);
    submit(&pool, 1, Ending::Complete);
    let stats = pool.stats();
    assert!(stats.wait_time.max > Duration::ZERO);
    assert_eq!(stats.run_time, Times::default(), "no run has ended");
    assert!(stats.utilization > 0.0, "a running task counts");
    end(&gate, Ending::Complete);
    for number in 0..2 {
        assert_eq!(events.finished().0, number);
    }

    let stats = pool.stats();
    for times in [stats.wait_time, stats.run_time] {
        assert!(times.max > Duration::ZERO);
        assert!(times.p50 <= times.p90);
        assert!(times.p90 <= times.p99 && times.p99 <= times.max);
        assert!(times.mean <= times.max);
    }
    assert!(stats.utilization <= 1.0);
    close(pool, events);
}

#[test]
fn each_worker_counts_what_it_does() {
    let (pool, events) = pool(2, NO_LIMIT);
    run_alone(&pool, &events, 0, Ending::Complete);
    let gate = start(&pool, &events, 1);
    let workers = pool.workers();
    let in_state = |state| {
        workers
            .iter()
            .filter(|worker| worker.state == state)
            .count()
    };
    assert_eq!(in_state(WorkerState::Running), 1);
    assert_eq!(in_state(WorkerState::Stopping), 0);
    assert!(workers.iter().map(|worker| worker.busy).sum::<Duration>() > Duration::ZERO);
    end(&gate, Ending::Fail);
    assert_eq!(events.finished().0, 1);
    let ended: u64 = pool.workers().iter().map(|worker| worker.ended).sum();
    assert_eq!(ended, 2, "failed tasks count");
    close(pool, events);
}

#[test]
fn stats_do_not_change_after_the_end() {
    let (pool, events) = pool(2, NO_LIMIT);
    run_alone(&pool, &events, 0, Ending::Complete);
    pool.close();
    assert_eq!(events.next(), Event::Closed);
    let stats = pool.stats();
    assert!(stats.utilization > 0.0);
    // The clock goes on, but the utilization does not drop.
    assert_eq!(pool.stats(), stats);
    pool.join();
    assert_eq!(pool.stats(), stats);
}
