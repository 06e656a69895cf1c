//! A pool's counts as numbers in the order of `lib/api/stats.js`, with times in milliseconds.
//!
//! They are not properties of an object: setting those would call setters that a program has put on
//! `Object.prototype`.

use napi::bindgen_prelude::Float64ArraySlice;
use native_worker_pool_engine::{Stats, Times};
use std::time::Duration;

/// Writes the numbers of `stats`, as many as fit.
pub(crate) fn write(
    stats: &Stats,
    queued_bytes: usize,
    threads: usize,
    mut numbers: Float64ArraySlice<'_>,
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
        .chain(times(&stats.run_time));
    // SAFETY: the array belongs to JavaScript, which does not run until the current call returns.
    // No other thread has access to it.
    let numbers = unsafe { numbers.as_mut() };
    for (place, number) in numbers.iter_mut().zip(written) {
        *place = number;
    }
}

fn times(times: &Times) -> [f64; 8] {
    let Times {
        min,
        mean,
        stddev,
        p50,
        p90,
        p99,
        p999,
        max,
    } = *times;
    [min, mean, stddev, p50, p90, p99, p999, max].map(milliseconds)
}

pub(crate) fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
