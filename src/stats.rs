//! A pool's counts as numbers in the order of `lib/api/stats.js`, with times in milliseconds.
//!
//! They are not properties of an object: setting those would call setters that a program has put on
//! `Object.prototype`.

use napi::bindgen_prelude::Float64ArraySlice;
use native_worker_pool_engine::{Buckets, Stats, Times, WorkerState, WorkerStats};
use std::time::Duration;

/// Reads bounds in milliseconds.
pub(crate) fn bounds(milliseconds: &[f64]) -> Vec<Duration> {
    let bound = |&bound: &f64| Duration::try_from_secs_f64(bound / 1e3).unwrap_or(Duration::MAX);
    milliseconds.iter().map(bound).collect()
}

/// Writes the numbers of `stats`, as many as fit.
pub(crate) fn write(
    (stats, buckets): &(Stats, Buckets),
    queued_bytes: usize,
    threads: usize,
    numbers: Float64ArraySlice<'_>,
) {
    let counts = [
        number(stats.size as u64),
        number(stats.idle as u64),
        number(stats.running as u64),
        number(stats.stopping as u64),
        number(stats.queued as u64),
        number(queued_bytes as u64),
        number(stats.submitted),
        number(stats.completed),
        number(stats.failed),
        number(stats.aborted),
        number(stats.timed_out),
        number(stats.refused),
        number(stats.crashes),
        number(threads as u64),
        stats.utilization,
    ];
    let written = counts
        .into_iter()
        .chain(times(&stats.wait_time))
        .chain(times(&stats.run_time))
        .chain(buckets.wait.iter().copied().map(number))
        .chain(buckets.run.iter().copied().map(number));
    fill(numbers, written);
}

/// Writes the numbers of workers, as many as fit: for each what it does, how many runs have ended, and
/// their time.
pub(crate) fn write_workers(workers: &[WorkerStats], numbers: Float64ArraySlice<'_>) {
    let written = workers.iter().flat_map(|worker| {
        let state = match worker.state {
            WorkerState::Vacant => 0,
            WorkerState::Idle => 1,
            WorkerState::Running => 2,
            WorkerState::Stopping => 3,
        };
        [
            number(state),
            number(worker.ended),
            milliseconds(worker.busy),
        ]
    });
    fill(numbers, written);
}

fn fill(mut numbers: Float64ArraySlice<'_>, written: impl Iterator<Item = f64>) {
    // SAFETY: the array belongs to JavaScript, which does not run until the current call returns.
    // No other thread has access to it.
    let numbers = unsafe { numbers.as_mut() };
    for (place, number) in numbers.iter_mut().zip(written) {
        *place = number;
    }
}

fn times(times: &Times) -> impl Iterator<Item = f64> {
    let Times {
        count,
        min,
        mean,
        stddev,
        p50,
        p90,
        p99,
        p999,
        max,
    } = *times;
    let spans = [min, mean, stddev, p50, p90, p99, p999, max].map(milliseconds);
    std::iter::once(number(count)).chain(spans)
}

pub(crate) fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
