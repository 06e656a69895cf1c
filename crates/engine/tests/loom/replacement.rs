//! The replacement of a worker.

use crate::{Act, NO_LIMIT, Stage, all_interleavings, completed, crashed, interleavings};

#[test]
fn a_task_submitted_while_a_worker_crashes_runs() {
    all_interleavings(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_worker_is_free_when_the_outcome_of_a_crash_is_delivered() {
    all_interleavings(3).check(|| {
        let stage = Stage::new(1, 0);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        stage.record.await_outcomes(1);
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_task_submitted_while_one_of_two_workers_crashes_runs() {
    interleavings(4, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_closed_while_its_worker_crashes_closes_once() {
    all_interleavings(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_closed_while_all_its_workers_crash_closes_once() {
    interleavings(5, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Panic), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), crashed(1)]);
    });
}
