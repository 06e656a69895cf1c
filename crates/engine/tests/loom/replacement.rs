//! The replacement of a worker.

use crate::{Act, NO_LIMIT, Stage, completed, crashed, every_order, orders};

#[test]
fn a_task_submitted_while_a_worker_crashes_runs() {
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn who_has_the_outcome_of_a_crash_finds_a_worker_free() {
    every_order(3).check(|| {
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
fn a_pool_of_two_that_loses_one_while_a_task_comes_runs_it() {
    orders(4, 3).check(|| {
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
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_pool_closed_while_all_its_workers_crash_closes_once() {
    orders(5, 3).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Panic), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), crashed(1)]);
    });
}
