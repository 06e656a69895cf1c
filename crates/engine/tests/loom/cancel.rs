//! Tasks that are cancelled while threads dequeue, run or settle them.

use crate::{Act, NO_LIMIT, Stage, all_interleavings, completed, crashed, interleavings};
use loom::thread;
use native_worker_pool_engine::{Cancelled, Outcome, TaskOptions};
use std::sync::Arc;
use std::time::Duration;

#[test]
fn a_task_cancelled_while_it_is_dequeued_settles_once() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed | Cancelled::Stopping => vec![],
            Cancelled::Gone => panic!("it runs until it is cancelled"),
        };
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_task_cancelled_while_it_ends_settles_once() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed | Cancelled::Stopping => vec![],
            Cancelled::Gone => vec![completed(0)],
        };
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_cancellation_never_reaches_the_next_task() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed | Cancelled::Stopping => vec![completed(1)],
            Cancelled::Gone => vec![completed(0), completed(1)],
        };
        stage.record.await_outcomes(due.len());
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_queued_task_is_either_removed_or_run() {
    interleavings(2, 4).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        for (task, act) in [(0, Act::Complete), (1, Act::Wait), (2, Act::Complete)] {
            let admitted = stage.pool.submit_with(task, act, TaskOptions::default());
            assert_eq!(admitted, Ok(()));
        }
        let due = vec![completed(0), completed(2)];
        assert_ne!(stage.pool.cancel(1), Cancelled::Gone);
        stage.record.await_outcomes(due.len());
        stage.pool.close();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_cancellation_and_a_forced_close_settle_a_task_once() {
    interleavings(3, 3).check(|| {
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
            Cancelled::Removed | Cancelled::Stopping => assert_eq!(outcomes, []),
            Cancelled::Gone => assert_eq!(outcomes, [(0, Outcome::GivenUp)]),
        }
    });
}

#[test]
fn the_number_of_a_cancelled_task_may_be_reused_while_its_worker_stops() {
    all_interleavings(2).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_ne!(stage.pool.cancel(0), Cancelled::Gone);
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        stage.record.await_outcomes(1);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0)]);
    });
}

#[test]
fn a_crash_is_reported_once_whether_its_task_was_cancelled_or_not() {
    interleavings(3, 4).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed => (0, vec![]),
            Cancelled::Stopping => (1, vec![]),
            Cancelled::Gone => (0, vec![crashed(0)]),
        };
        stage.pool.close();
        stage.pool.join();
        assert_eq!((stage.record.crashes(), stage.end()), due);
    });
}

#[test]
fn a_deadline_a_cancellation_and_the_end_of_a_task_settle_it_once() {
    interleavings(3, 3).check(|| {
        let stage = Arc::new(Stage::new(1, NO_LIMIT));
        let options = TaskOptions {
            timeout: Some(Duration::ZERO),
            ..TaskOptions::default()
        };
        let admitted = stage.pool.submit_with(0, Act::Complete, options);
        assert_eq!(admitted, Ok(()));
        let other = {
            let stage = Arc::clone(&stage);
            // Like the timer thread.
            thread::spawn(move || stage.pool.poll())
        };
        let due = match stage.pool.cancel(0) {
            Cancelled::Removed | Cancelled::Stopping => vec![],
            Cancelled::Gone => vec![(0, Outcome::TimedOut)],
        };
        stage.pool.close();
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_closing_pool_waits_for_the_worker_of_a_cancelled_task() {
    interleavings(3, 3).check(|| {
        let stage = Arc::new(Stage::new(1, NO_LIMIT));
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        assert_ne!(stage.pool.cancel(0), Cancelled::Gone);
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(), [completed(1)]);
    });
}
