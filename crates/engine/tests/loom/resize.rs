//! A change of the size.

use crate::{Act, NO_LIMIT, Stage, completed, interleavings};
use loom::thread;
use std::sync::Arc;

#[test]
fn a_reduction_beside_submissions_loses_no_task() {
    interleavings(4, 2).check(|| resize_beside_submissions(2, 1));
}

#[test]
fn a_larger_size_beside_submissions_loses_no_task() {
    interleavings(4, 2).check(|| resize_beside_submissions(1, 2));
}

fn resize_beside_submissions(from: usize, to: usize) {
    let stage = Arc::new(Stage::new(from, NO_LIMIT));
    let other = {
        let stage = Arc::clone(&stage);
        thread::spawn(move || stage.pool.resize(to))
    };
    for task in [0, 1] {
        assert_eq!(stage.pool.submit(task, Act::Complete), Ok(()));
    }
    other.join().expect("no panic");
    stage.pool.close();
    let stage = Arc::into_inner(stage).expect("the other has ended");
    assert_eq!(
        Stage { size: to, ..stage }.end(),
        [completed(0), completed(1)]
    );
}
