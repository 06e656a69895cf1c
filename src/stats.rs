//! A pool's counts as JavaScript sees them, with times in milliseconds.

use napi_derive::napi;
use native_worker_pool_engine as engine;
use std::time::Duration;

/// See the package's `index.d.ts`.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Stats {
    pub size: f64,
    pub idle: f64,
    pub running: f64,
    pub stopping: f64,
    pub queued: f64,
    pub submitted: f64,
    pub completed: f64,
    pub failed: f64,
    pub aborted: f64,
    pub timed_out: f64,
    pub refused: f64,
    pub crashes: f64,
    pub wait_time: Times,
    pub run_time: Times,
    pub utilization: f64,
}

/// What is known about many durations, in milliseconds.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Times {
    pub mean: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

impl From<engine::Stats> for Stats {
    fn from(stats: engine::Stats) -> Self {
        Self {
            size: number(stats.size as u64),
            idle: number(stats.idle as u64),
            running: number(stats.running as u64),
            stopping: number(stats.stopping as u64),
            queued: number(stats.queued as u64),
            submitted: number(stats.submitted),
            completed: number(stats.completed),
            failed: number(stats.failed),
            aborted: number(stats.aborted),
            timed_out: number(stats.timed_out),
            refused: number(stats.refused),
            crashes: number(stats.crashes),
            wait_time: stats.wait_time.into(),
            run_time: stats.run_time.into(),
            utilization: stats.utilization,
        }
    }
}

impl From<engine::Times> for Times {
    fn from(times: engine::Times) -> Self {
        Self {
            mean: milliseconds(times.mean),
            p50: milliseconds(times.p50),
            p90: milliseconds(times.p90),
            p99: milliseconds(times.p99),
            max: milliseconds(times.max),
        }
    }
}

pub(crate) fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
