//! The end of a pool.

use crate::{Act, NO_LIMIT, Stage, all_interleavings, completed, crashed, interleavings};
use loom::thread;
use native_worker_pool_engine::{Outcome, Refused};
use std::sync::Arc;

#[test]
fn tasks_admitted_before_a_close_are_delivered() {
    all_interleavings(3).check(|| submit_against_close(1));
}

#[test]
fn two_workers_deliver_all_outcomes_of_tasks_admitted_before_a_close() {
    interleavings(4, 3).check(|| submit_against_close(2));
}

fn submit_against_close(size: usize) {
    let stage = Arc::new(Stage::new(size, NO_LIMIT));
    let producer = {
        let stage = Arc::clone(&stage);
        thread::spawn(move || [0, 1].map(|task| stage.pool.submit(task, Act::Complete)))
    };
    stage.pool.close();
    let submitted = producer.join().expect("no panic");
    let stage = Arc::into_inner(stage).expect("the producer has ended");
    let due = match submitted {
        [Ok(()), Ok(())] => vec![completed(0), completed(1)],
        [Ok(()), Err(Refused::Closed)] => vec![completed(0)],
        [Err(Refused::Closed), Err(Refused::Closed)] => vec![],
        other => panic!("never full, and never open again: {other:?}"),
    };
    assert_eq!(stage.end(), due);
}

#[test]
fn two_concurrent_closes_close_a_pool_once() {
    interleavings(4, 4).check(|| {
        let stage = Arc::new(Stage::new(2, NO_LIMIT));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        stage.pool.close();
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(), []);
    });
}

#[test]
fn a_forced_close_settles_each_task_once_whether_dequeued_or_not() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.close_now();
        let [zero, one] = [0, 1].map(|task| (task, Outcome::GivenUp));
        assert_eq!(stage.end(), [zero, one]);
    });
}

#[test]
fn a_forced_close_settles_each_task_of_two_workers_once() {
    interleavings(3, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.close_now();
        for (task, outcome) in stage.end() {
            let possible = [Outcome::Completed(()), Outcome::GivenUp];
            assert!(possible.contains(&outcome), "{task}: {outcome:?}");
        }
    });
}

#[test]
fn a_forced_close_and_the_end_of_a_task_settle_it_once() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        stage.pool.close_now();
        let outcomes = stage.end();
        let possible = [vec![completed(0)], vec![(0, Outcome::GivenUp)]];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}

#[test]
fn two_concurrent_forced_closes_give_up_each_task_once() {
    interleavings(3, 4).check(|| {
        let stage = Arc::new(Stage::new(1, NO_LIMIT));
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Wait), Ok(()));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close_now())
        };
        stage.pool.close_now();
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        let [zero, one] = [0, 1].map(|task| (task, Outcome::GivenUp));
        assert_eq!(stage.end(), [zero, one]);
    });
}

#[test]
fn a_pool_closed_by_force_while_its_worker_crashes_closes_once() {
    all_interleavings(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        stage.pool.close_now();
        let outcomes = stage.end();
        let possible = [vec![crashed(0)], vec![(0, Outcome::GivenUp)]];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}
