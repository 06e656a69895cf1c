//! What a pool counts of its tasks.

use hdrhistogram::Histogram;
use std::time::Duration;

/// What has become of a pool's tasks, and how busy its workers have been.
///
/// At every moment `submitted = completed + failed + aborted + timed_out + queued + running`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Workers: those that are idle, run a task or stop, and those whose threads cannot be started.
    pub size: usize,
    /// Workers without a task.
    pub idle: usize,
    /// Tasks that run, or that a worker is on its way to.
    pub running: usize,
    /// Workers that have not ended a task that is settled.
    pub stopping: usize,
    /// Tasks that wait for a worker.
    pub queued: usize,
    /// Tasks that were admitted.
    pub submitted: u64,
    /// Tasks with a result.
    pub completed: u64,
    /// Tasks that failed or crashed.
    pub failed: u64,
    /// Tasks that were cancelled or given up.
    pub aborted: u64,
    /// Tasks that ran or waited for longer than they may.
    pub timed_out: u64,
    /// Tasks that were not admitted.
    pub refused: u64,
    /// Workers that died.
    pub crashes: u64,
    /// From submission to start, of every task that was started.
    pub wait_time: Times,
    /// From start to end, of every task that was started and has ended.
    pub run_time: Times,
    /// How much of their time the workers have spent on tasks, those that run included: from 0 to 1.
    pub utilization: f64,
}

/// What is known about many durations. All are zero when there have been none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// The mean; exact to a nanosecond.
    pub mean: Duration,
    /// The median, as the other quantiles to 1 percent.
    pub p50: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The longest; exact.
    pub max: Duration,
}

/// Counts of tasks that have been admitted, and what became of them.
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
}

/// What a schedule has counted at one moment: copied while it is locked, and evaluated afterwards.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) size: usize,
    pub(crate) idle: usize,
    pub(crate) stopping: usize,
    pub(crate) absent: usize,
    pub(crate) queued: usize,
    pub(crate) counters: Counters,
    /// Nanoseconds since the schedule was made.
    pub(crate) age: u64,
    /// Nanoseconds that the tasks that run have run so far, in total.
    pub(crate) running_for: u128,
}

impl Snapshot {
    pub(crate) fn stats(self) -> Stats {
        let busy = self.counters.run.sum() + self.running_for;
        let available = u128::from(self.age) * self.size as u128;
        #[expect(clippy::cast_precision_loss, reason = "a share needs less")]
        let utilization = (busy as f64 / available.max(1) as f64).min(1.0);
        Stats {
            size: self.size,
            idle: self.idle,
            running: self.size - self.idle - self.stopping - self.absent,
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

/// Durations by their length: some kilobytes, however many there are.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// In nanoseconds, as are the others. Grows with the longest of them.
    histogram: Histogram<u64>,
    sum: u128,
    max: u64,
}

/// Of the histogram: what keeps the quantiles within 1 percent.
const SIGNIFICANT_DIGITS: u8 = 2;

impl Timing {
    pub(crate) fn record(&mut self, nanoseconds: u64) {
        // Can fail only for want of memory for a duration of centuries.
        let _ = self.histogram.record(nanoseconds);
        self.sum += u128::from(nanoseconds);
        self.max = self.max.max(nanoseconds);
    }

    /// In nanoseconds.
    fn sum(&self) -> u128 {
        self.sum
    }

    pub(crate) fn times(&self) -> Times {
        let count = self.histogram.len();
        if count == 0 {
            return Times::default();
        }
        // At most the longest of them, which has 64 bits.
        let mean = u64::try_from(self.sum / u128::from(count)).unwrap_or(u64::MAX);
        let quantile = |quantile| {
            // The histogram gives the upper end of a range.
            Duration::from_nanos(self.histogram.value_at_quantile(quantile).min(self.max))
        };
        Times {
            mean: Duration::from_nanos(mean),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: Duration::from_nanos(self.max),
        }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            histogram: Histogram::new(SIGNIFICANT_DIGITS).expect("from 0 to 5 digits are allowed"),
            sum: 0,
            max: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_durations_are_all_zero() {
        assert_eq!(Timing::default().times(), Times::default());
    }

    #[test]
    fn any_duration_can_be_recorded() {
        let mut timing = Timing::default();
        timing.record(0);
        for _ in 0..4 {
            timing.record(u64::MAX);
        }
        let times = timing.times();
        assert_eq!(times.max, Duration::from_nanos(u64::MAX));
        assert_eq!(times.mean, times.max * 4 / 5);
    }

    proptest! {
        #[test]
        fn quantiles_are_right_to_a_percent(mut durations in prop::collection::vec(0..1_u64 << 40, 1..500)) {
            let mut timing = Timing::default();
            for &duration in &durations {
                timing.record(duration);
            }
            durations.sort_unstable();
            let times = timing.times();
            for (numerator, measured) in [(50, times.p50), (90, times.p90), (99, times.p99)] {
                // The smallest value that so many percent do not exceed.
                let nth = (durations.len() * numerator).div_ceil(100);
                let exact = Duration::from_nanos(durations[nth - 1]);
                prop_assert!(measured >= exact, "{numerator}: {measured:?}, exactly {exact:?}");
                prop_assert!(measured <= exact.mul_f64(1.01), "{numerator}: {measured:?}, exactly {exact:?}");
            }
            let max = durations[durations.len() - 1];
            prop_assert_eq!(times.max, Duration::from_nanos(max));
            prop_assert!(times.mean <= times.max);
        }
    }
}
