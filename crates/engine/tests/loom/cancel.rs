//! Tasks that are cancelled while threads come for them.

use crate::{Act, NO_LIMIT, Stage, completed, every_order, orders};
use loom::thread;
use native_worker_pool_engine::{Cancelled, Outcome, Terms};
use std::sync::Arc;

#[test]
fn a_task_that_is_cancelled_while_it_is_taken_ends_once() {
    every_order(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed => vec![],
            Cancelled::Stopping => vec![(0, Outcome::Aborted)],
            Cancelled::Gone => panic!("it ends only when it is told"),
        };
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_task_that_is_cancelled_while_it_ends_ends_once() {
    every_order(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed => vec![],
            Cancelled::Stopping => vec![(0, Outcome::Aborted)],
            Cancelled::Gone => vec![completed(0)],
        };
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_cancellation_never_reaches_the_next_task() {
    every_order(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed => vec![completed(1)],
            Cancelled::Stopping => vec![(0, Outcome::Aborted), completed(1)],
            Cancelled::Gone => vec![completed(0), completed(1)],
        };
        stage.record.await_outcomes(due.len());
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_queued_task_is_either_removed_or_run() {
    orders(2, 4).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        for (task, act) in [(0, Act::Complete), (1, Act::Wait), (2, Act::Complete)] {
            let admitted = stage.pool.submit_with(task, act, Terms::default());
            assert_eq!(admitted, Ok(()));
        }
        let mut due = vec![completed(0), completed(2)];
        match stage.pool.cancel(1) {
            Cancelled::Removed => {}
            Cancelled::Stopping => due.insert(1, (1, Outcome::Aborted)),
            Cancelled::Gone => panic!("it ends only when it is told"),
        }
        stage.record.await_outcomes(due.len());
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_cancellation_and_a_forced_close_end_a_task_once() {
    orders(3, 3).check(|| {
        let stage = Arc::new(Stage::new(1, NO_LIMIT));
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.cancel(0))
        };
        stage.pool.close_now();
        let cancelled = other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        let outcomes = stage.end();
        match cancelled {
            Cancelled::Removed => assert_eq!(outcomes, []),
            Cancelled::Gone => assert_eq!(outcomes, [(0, Outcome::GivenUp)]),
            Cancelled::Stopping => {
                let possible = [Outcome::Aborted, Outcome::GivenUp];
                assert_eq!(outcomes.len(), 1);
                assert!(possible.contains(&outcomes[0].1), "{outcomes:?}");
            }
        }
    });
}
