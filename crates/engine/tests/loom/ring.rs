//! Tasks that are posted in the ring of a pool. As in `hand_over`, outcomes are awaited before the
//! pool is closed, since closing would hide a missed task.

use crate::{Act, Meeting, Stage, completed, crashed, interleavings};
use loom::thread;
use native_worker_pool_engine::{Pool, Posted, SubmissionRing, Worker};
use std::sync::Arc;

/// What a producer does for each task.
fn post<W: Worker>(pool: &Pool<W>, ring: &SubmissionRing, task: u32, input: u64) {
    loop {
        match ring.post(task, input, 0) {
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

#[test]
fn a_worker_that_goes_to_sleep_runs_a_posted_task() {
    interleavings(2, 3).check(|| {
        let (stage, ring) = Stage::with_ring(1, |_| Act::Complete);
        post(&stage.pool, &ring, 0, 0);
        stage.record.await_outcomes(1);
        post(&stage.pool, &ring, 1, 0);
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}

#[test]
fn more_tasks_than_the_ring_holds_all_run() {
    interleavings(2, 3).check(|| {
        let (stage, ring) = Stage::with_ring(1, |_| Act::Complete);
        for task in 0..3 {
            post(&stage.pool, &ring, task, 0);
        }
        stage.record.await_outcomes(3);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1), completed(2)]);
    });
}

#[test]
fn two_workers_run_two_posted_tasks_at_once() {
    interleavings(3, 2).check(|| {
        let meeting = Arc::new(Meeting::new());
        let (stage, ring) = Stage::with_ring(2, move |_| Act::Meet(Arc::clone(&meeting)));
        for task in [0, 1] {
            post(&stage.pool, &ring, task, 0);
        }
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}

#[test]
fn a_posted_task_runs_beside_one_submitted_meanwhile() {
    interleavings(4, 2).check(|| {
        let meeting = Arc::new(Meeting::new());
        let posted = Arc::clone(&meeting);
        let (stage, ring) = Stage::with_ring(2, move |_| Act::Meet(Arc::clone(&posted)));
        let stage = Arc::new(stage);
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.submit(0, Act::Meet(meeting)))
        };
        post(&stage.pool, &ring, 1, 0);
        assert_eq!(other.join().expect("no panic"), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        let stage = Arc::into_inner(stage).expect("the other producer has ended");
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}

#[test]
fn a_task_posted_while_a_worker_crashes_runs() {
    interleavings(3, 2).check(|| {
        let act = |input| {
            if input == 0 {
                Act::Complete
            } else {
                Act::Panic
            }
        };
        let (stage, ring) = Stage::with_ring(1, act);
        post(&stage.pool, &ring, 0, 1);
        post(&stage.pool, &ring, 1, 0);
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn tasks_posted_before_a_close_are_delivered() {
    interleavings(2, 3).check(|| {
        let (stage, ring) = Stage::with_ring(1, |_| Act::Complete);
        for task in [0, 1] {
            post(&stage.pool, &ring, task, 0);
        }
        stage.pool.close();
        assert_eq!(stage.end(), [completed(0), completed(1)]);
    });
}
