//! The counts and durations of a pool's tasks.

use hdrhistogram::Histogram;
use std::time::Duration;

/// How a pool's tasks have settled so far, and how busy its workers have been.
///
/// At any time `submitted = completed + failed + aborted + timed_out + queued + running`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// How many workers there may be: idle, running, stopping, and those whose threads cannot be
    /// started. After a reduction, more may run or stop until their tasks have ended.
    pub size: usize,
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that run, or that a free worker is about to dequeue.
    pub running: usize,
    /// Workers that still run a task that is settled.
    pub stopping: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
    /// Tasks that were admitted.
    pub submitted: u64,
    /// Tasks that completed with a result.
    pub completed: u64,
    /// Tasks that failed or crashed.
    pub failed: u64,
    /// Tasks that were cancelled or given up.
    pub aborted: u64,
    /// Tasks that exceeded their timeout or queue timeout.
    pub timed_out: u64,
    /// Submissions that were refused.
    pub refused: u64,
    /// Workers that crashed.
    pub crashes: u64,
    /// Time from submission to start, over all tasks that were started since the times were reset.
    pub wait_time: Times,
    /// Time from start to end, over all runs that have ended since the times were reset.
    pub run_time: Times,
    /// The share of their time that the workers have spent on tasks, running ones included: from 0
    /// to 1.
    pub utilization: f64,
}

/// A summary of durations. All values are zero if there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How many durations there are.
    pub count: u64,
    /// The minimum, exact.
    pub min: Duration,
    /// The mean, exact to a nanosecond.
    pub mean: Duration,
    /// The standard deviation, exact to 1 percent.
    pub stddev: Duration,
    /// The median. All quantiles are exact to 1 percent.
    pub p50: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The 99.9th percentile.
    pub p999: Duration,
    /// The maximum, exact.
    pub max: Duration,
}

/// How many durations were at most as long as each of some bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buckets {
    /// Of the times of [`Stats::wait_time`].
    pub wait: Vec<u64>,
    /// Of the times of [`Stats::run_time`].
    pub run: Vec<u64>,
}

/// What one worker has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerStats {
    /// What it does now.
    pub state: WorkerState,
    /// Runs that have ended, including those of tasks that were settled before.
    pub ended: u64,
    /// The time of these runs and of the one that has not ended, summed up.
    pub busy: Duration,
}

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerState {
    /// It has no thread.
    Vacant,
    /// It has no task.
    Idle,
    /// It runs a task.
    Running,
    /// It still runs a task that is settled.
    Stopping,
}

/// The counts that a schedule updates under its lock.
#[derive(Debug, Default, Clone)]
pub(crate) struct Counters {
    pub(crate) submitted: u64,
    pub(crate) completed: u64,
    pub(crate) failed: u64,
    pub(crate) aborted: u64,
    pub(crate) timed_out: u64,
    pub(crate) refused: u64,
    pub(crate) crashes: u64,
    pub(crate) wait: Timing,
    pub(crate) run: Timing,
    /// Nanoseconds of the runs that had ended before the times were reset, summed up.
    pub(crate) busy_before: u128,
    /// Nanoseconds that the workers had for tasks before their number changed last, summed up.
    pub(crate) available: u128,
}

impl Counters {
    /// Nanoseconds of all runs that have ended, summed up.
    fn busy(&self) -> u128 {
        self.busy_before + self.run.sum()
    }

    /// Starts the times anew. The counts go on.
    pub(crate) fn reset_times(&mut self) {
        self.busy_before = self.busy();
        self.wait = Timing::default();
        self.run = Timing::default();
    }
}

/// A copy of a schedule's counts, made under its lock and evaluated without it.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) size: usize,
    pub(crate) idle: usize,
    pub(crate) running: usize,
    pub(crate) stopping: usize,
    pub(crate) queued: usize,
    pub(crate) counters: Counters,
    /// Nanoseconds that the workers have had for tasks so far, summed up.
    pub(crate) available: u128,
    /// Nanoseconds that the running tasks have run so far, summed up.
    pub(crate) running_for: u128,
}

impl Snapshot {
    /// The distribution of the times. The bounds are compared with an error of 1 percent.
    pub(crate) fn buckets(&self, bounds: &[Duration]) -> Buckets {
        Buckets {
            wait: self.counters.wait.counts_up_to(bounds),
            run: self.counters.run.counts_up_to(bounds),
        }
    }

    pub(crate) fn stats(self) -> Stats {
        let busy = self.counters.busy() + self.running_for;
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs less")]
        let utilization = (busy as f64 / self.available.max(1) as f64).min(1.0);
        Stats {
            size: self.size,
            idle: self.idle,
            running: self.running,
            stopping: self.stopping,
            queued: self.queued,
            submitted: self.counters.submitted,
            completed: self.counters.completed,
            failed: self.counters.failed,
            aborted: self.counters.aborted,
            timed_out: self.counters.timed_out,
            refused: self.counters.refused,
            crashes: self.counters.crashes,
            wait_time: self.counters.wait.times(),
            run_time: self.counters.run.times(),
            utilization,
        }
    }
}

/// A histogram of durations. It takes some kilobytes, however many there are.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// In nanoseconds. Grows with the maximum.
    histogram: Histogram<u64>,
    /// In nanoseconds. Nanoseconds of 1,024 workers exceed 64 bits after 208 days.
    sum: u128,
    /// In nanoseconds.
    min: u64,
    max: u64,
}

/// Keeps the error of quantiles within 1 percent.
const SIGNIFICANT_DIGITS: u8 = 2;

impl Timing {
    pub(crate) fn record(&mut self, nanoseconds: u64) {
        // Fails only if memory for a duration of centuries cannot be allocated.
        let _ = self.histogram.record(nanoseconds);
        self.sum += u128::from(nanoseconds);
        self.min = self.min.min(nanoseconds);
        self.max = self.max.max(nanoseconds);
    }

    /// In nanoseconds.
    fn sum(&self) -> u128 {
        self.sum
    }

    /// How many durations are at most as long as each bound.
    fn counts_up_to(&self, bounds: &[Duration]) -> Vec<u64> {
        let count = |bound: &Duration| {
            let bound = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
            if bound >= self.max {
                self.histogram.len()
            } else {
                self.histogram.count_between(0, bound)
            }
        };
        bounds.iter().map(count).collect()
    }

    pub(crate) fn times(&self) -> Times {
        let count = self.histogram.len();
        if count == 0 {
            return Times::default();
        }
        // The mean is at most the maximum, which has 64 bits.
        let mean = u64::try_from(self.sum / u128::from(count)).unwrap_or(u64::MAX);
        let quantile = |quantile| {
            // The histogram returns the upper end of a bucket.
            Duration::from_nanos(self.histogram.value_at_quantile(quantile).min(self.max))
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; the cast saturates"
        )]
        let stddev = self.histogram.stdev() as u64;
        Times {
            count,
            min: Duration::from_nanos(self.min),
            mean: Duration::from_nanos(mean),
            stddev: Duration::from_nanos(stddev),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: Duration::from_nanos(self.max),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            histogram: Histogram::new(SIGNIFICANT_DIGITS).expect("0 to 5 digits are allowed"),
            sum: 0,
            min: u64::MAX,
            max: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_times_are_zero_without_durations() {
        assert_eq!(Timing::default().times(), Times::default());
    }

    #[test]
    fn durations_are_counted_up_to_bounds() {
        let mut timing = Timing::default();
        for milliseconds in [1, 2, 2, 50] {
            timing.record(milliseconds * 1_000_000);
        }
        let bounds = [0, 1, 10, 49, 50, u64::MAX].map(Duration::from_millis);
        assert_eq!(timing.counts_up_to(&bounds), [0, 1, 3, 3, 4, 4]);
        assert_eq!(Timing::default().counts_up_to(&bounds), [0; 6]);
    }

    #[test]
    fn the_longest_durations_are_recorded() {
        let mut timing = Timing::default();
        timing.record(0);
        for _ in 0..4 {
            timing.record(u64::MAX);
        }
        let times = timing.times();
        assert_eq!(times.max, Duration::from_nanos(u64::MAX));
        assert_eq!(times.mean, times.max * 4 / 5);
    }

    fn seconds(nanoseconds: u64) -> f64 {
        Duration::from_nanos(nanoseconds).as_secs_f64()
    }

    proptest! {
        #[test]
        fn quantiles_are_accurate_to_a_percent(mut durations in prop::collection::vec(0..1_u64 << 40, 1..500)) {
            let mut timing = Timing::default();
            for &duration in &durations {
                timing.record(duration);
            }
            durations.sort_unstable();
            let times = timing.times();
            for (numerator, measured) in [(50, times.p50), (90, times.p90), (99, times.p99)] {
                // The smallest duration that this percentage of all durations does not exceed.
                let nth = (durations.len() * numerator).div_ceil(100);
                let exact = Duration::from_nanos(durations[nth - 1]);
                prop_assert!(measured >= exact, "{numerator}: {measured:?}, exactly {exact:?}");
                prop_assert!(measured <= exact.mul_f64(1.01), "{numerator}: {measured:?}, exactly {exact:?}");
            }
            let max = durations[durations.len() - 1];
            prop_assert_eq!(times.max, Duration::from_nanos(max));
            prop_assert_eq!(times.min, Duration::from_nanos(durations[0]));
            prop_assert!(times.p99 <= times.p999 && times.p999 <= times.max);
            let mean = times.mean.as_secs_f64();
            let squares = durations.iter().map(|&each| (seconds(each) - mean).powi(2));
            let count = f64::from(u32::try_from(durations.len()).unwrap());
            let stddev = (squares.sum::<f64>() / count).sqrt();
            // The histogram places each duration in the middle of its bucket.
            prop_assert!((times.stddev.as_secs_f64() - stddev).abs() <= 0.01 * seconds(max));
            prop_assert!(times.mean <= times.max);
        }
    }
}
