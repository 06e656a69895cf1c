//! The hand-over of a task to a worker. These models await all outcomes before they close the pool:
//! closing wakes all workers and would hide a lost wakeup.

use crate::{Act, Meeting, NO_LIMIT, Stage, all_interleavings, completed, interleavings};
use loom::thread;
use std::sync::Arc;

#[test]
fn a_worker_that_goes_to_sleep_is_woken_for_a_new_task() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}

#[test]
fn a_worker_is_free_when_its_outcome_is_delivered() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, 0);
        for task in [0, 1] {
            assert_eq!(stage.pool.submit(task, Act::Complete), Ok(()));
            stage.record.await_outcomes(task as usize + 1);
        }
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}

#[test]
fn one_worker_runs_what_two_producers_submit() {
    all_interleavings(3).check(|| two_producers(1));
}

#[test]
fn two_workers_run_what_two_producers_submit() {
    interleavings(4, 3).check(|| two_producers(2));
}

fn two_producers(size: usize) {
    let stage = Stage::new(size, NO_LIMIT);
    let stage = Arc::new(stage);
    let other = {
        let stage = Arc::clone(&stage);
        thread::spawn(move || stage.pool.submit(1, Act::Complete))
    };
    assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
    assert_eq!(other.join().expect("no panic"), Ok(()));
    stage.record.await_outcomes(2);
    stage.pool.close();
    let stage = Arc::into_inner(stage).expect("the other producer has ended");
    assert_eq!(stage.end(), [completed(0), completed(1)]);
}

#[test]
fn two_workers_run_two_tasks_at_once() {
    interleavings(3, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        let meeting = Arc::new(Meeting::new());
        for task in [0, 1] {
            let act = Act::Meet(Arc::clone(&meeting));
            assert_eq!(stage.pool.submit(task, act), Ok(()));
        }
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}
