//! Threads that start late or cannot be started.

use crate::{Act, NO_LIMIT, Stage, completed, crashed, interleavings};
use loom::thread;
use std::sync::Arc;

#[test]
fn a_thread_that_starts_while_the_pool_closes_ends_with_it() {
    interleavings(4, 3).check(|| {
        let stage = Arc::new(Stage::new(2, NO_LIMIT));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        let admitted = [0, 1].map(|task| stage.pool.submit(task, Act::Complete).is_ok());
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        let due: Vec<_> = [completed(0), completed(1)]
            .into_iter()
            .zip(admitted)
            .filter_map(|(end, admitted)| admitted.then_some(end))
            .collect();
        assert_eq!(stage.end(), due);
    });
}

/// A task may arrive while a thread is being started, so the sleeping worker is not woken for it.
/// Then the start fails.
#[test]
fn a_failed_spawn_leaves_no_task_behind() {
    interleavings(3, 3).check(|| {
        let stage = Arc::new(Stage::with_spawns(2, |attempt| attempt == 0));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.submit(2, Act::Complete))
        };
        assert_eq!(stage.pool.submit(0, Act::Complete), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        assert_eq!(other.join().expect("no panic"), Ok(()));
        stage.record.await_outcomes(3);
        stage.pool.close();
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(), [completed(0), completed(1), completed(2)]);
    });
}

#[test]
fn a_failed_spawn_while_the_pool_closes_closes_it_once_and_last() {
    interleavings(3, 4).check(|| {
        let stage = Arc::new(Stage::with_spawns(2, |attempt| attempt != 1));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        let admitted = [0, 1].map(|task| stage.pool.submit(task, Act::Complete).is_ok());
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        let due: Vec<_> = [completed(0), completed(1)]
            .into_iter()
            .zip(admitted)
            .filter_map(|(end, admitted)| admitted.then_some(end))
            .collect();
        assert_eq!(stage.end(), due);
    });
}

#[test]
fn a_worker_that_cannot_be_replaced_continues() {
    interleavings(2, 4).check(|| {
        let stage = Stage::with_spawns(1, |attempt| attempt == 0);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.record.await_outcomes(2);
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0), completed(1)]);
    });
}

#[test]
fn a_worker_that_cannot_be_replaced_while_the_pool_closes_closes_it_once() {
    interleavings(2, 4).check(|| {
        let stage = Stage::with_spawns(1, |attempt| attempt == 0);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        stage.pool.close();
        assert_eq!(stage.end(), [crashed(0)]);
    });
}
