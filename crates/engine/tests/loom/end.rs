//! The end of a pool.

use crate::{Act, NO_LIMIT, Stage, completed, crashed, every_order, orders};
use loom::thread;
use native_worker_pool_engine::Refused;
use std::sync::Arc;

#[test]
fn what_was_admitted_before_a_close_is_delivered() {
    every_order(3).check(|| submit_against_close(1));
}

#[test]
fn what_was_admitted_before_a_close_is_delivered_by_two_workers() {
    orders(4, 3).check(|| submit_against_close(2));
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
        other => panic!("neither full nor open again: {other:?}"),
    };
    assert_eq!(stage.end(0), due);
}

#[test]
fn two_who_close_a_pool_close_it_once() {
    orders(4, 4).check(|| {
        let stage = Arc::new(Stage::new(2, NO_LIMIT));
        let other = {
            let stage = Arc::clone(&stage);
            thread::spawn(move || stage.pool.close())
        };
        stage.pool.close();
        other.join().expect("no panic");
        let stage = Arc::into_inner(stage).expect("the other has ended");
        assert_eq!(stage.end(0), []);
    });
}

#[test]
fn an_abandoned_pool_ends_its_threads_and_delivers_nothing_twice() {
    orders(3, 4).check(|| {
        let stage = Stage::new(2, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Wait), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.abandon();
        let outcomes = stage.end(0);
        // What a thread had taken is delivered, what it had not is dropped.
        let possible = [
            vec![],
            vec![completed(0)],
            vec![completed(1)],
            vec![completed(0), completed(1)],
        ];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}

#[test]
fn a_pool_abandoned_while_its_worker_crashes_closes_once() {
    every_order(3).check(|| {
        let stage = Stage::new(1, NO_LIMIT);
        assert_eq!(stage.pool.submit(0, Act::Panic), Ok(()));
        assert_eq!(stage.pool.submit(1, Act::Complete), Ok(()));
        stage.pool.abandon();
        let outcomes = stage.end(1);
        let possible = [vec![], vec![crashed(0)], vec![crashed(0), completed(1)]];
        assert!(possible.contains(&outcomes), "{outcomes:?}");
    });
}
