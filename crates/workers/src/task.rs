//! What a running task sees of its pool: whether it should stop, and where it reports its progress.

use native_worker_pool_engine::CancelToken;
use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

/// How often progress is delivered at most: every 10 ms, 100 times a second.
const INTERVAL: Duration = Duration::from_millis(10);

/// How much of a task is done, in units of the worker's choice: bytes or rows, say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// What is done.
    pub done: f64,
    /// What there is to do, if that is known.
    pub total: Option<f64>,
}

/// The handle of a running task.
#[derive(Debug)]
pub struct Task<'a> {
    token: &'a CancelToken,
    reporter: Option<&'a Reporter<'a>>,
}

impl<'a> Task<'a> {
    /// A task that `token` cancels and whose progress nobody listens to. Tests of workers use it; a
    /// pool makes its own.
    #[must_use]
    pub fn new(token: &'a CancelToken) -> Self {
        Self {
            token,
            reporter: None,
        }
    }

    /// The same, with progress that goes to `reporter`.
    #[must_use]
    pub fn reporting(token: &'a CancelToken, reporter: &'a Reporter<'a>) -> Self {
        Self {
            token,
            reporter: Some(reporter),
        }
    }

    /// The token that cancels the task.
    #[must_use]
    pub fn token(&self) -> &CancelToken {
        self.token
    }

    /// Whether the task should stop; see [`CancelToken::is_cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Reports progress, if anybody listens. A worker may call this as often as
    /// [`Task::is_cancelled`]: of many reports the latest is delivered every 10 ms, and the
    /// last one before the task's outcome.
    pub fn report(&self, done: f64, total: Option<f64>) {
        if let Some(reporter) = self.reporter {
            reporter.report(Progress { done, total });
        }
    }
}

/// Delivers a task's progress, not too often.
pub struct Reporter<'a> {
    deliver: &'a dyn Fn(Progress),
    delivered: Cell<Option<Instant>>,
    /// Reported and not delivered.
    latest: Cell<Option<Progress>>,
}

impl<'a> Reporter<'a> {
    /// A reporter that calls `deliver`, on the task's thread.
    #[must_use]
    pub fn new(deliver: &'a dyn Fn(Progress)) -> Self {
        Self {
            deliver,
            delivered: Cell::new(None),
            latest: Cell::new(None),
        }
    }

    fn report(&self, progress: Progress) {
        let now = Instant::now();
        let is_due = self
            .delivered
            .get()
            .is_none_or(|at| now.duration_since(at) >= INTERVAL);
        if is_due {
            self.delivered.set(Some(now));
            self.latest.set(None);
            (self.deliver)(progress);
        } else {
            self.latest.set(Some(progress));
        }
    }

    /// Delivers the latest report, if that has not been delivered. To be called when the task has
    /// ended.
    pub fn flush(&self) {
        if let Some(progress) = self.latest.take() {
            (self.deliver)(progress);
        }
    }
}

impl fmt::Debug for Reporter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter")
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use native_worker_pool_engine::CancelSource;
    use std::cell::RefCell;

    #[test]
    fn the_first_report_and_the_last_are_delivered() {
        let source = CancelSource::new();
        let token = source.token();
        let delivered = RefCell::new(Vec::new());
        let deliver = |progress: Progress| delivered.borrow_mut().push(progress.done);
        let reporter = Reporter::new(&deliver);
        let task = Task::reporting(&token, &reporter);
        let start = Instant::now();
        for done in 0..1000 {
            task.report(f64::from(done), Some(1000.0));
        }
        let most = 2.0 + start.elapsed().as_secs_f64() * 100.0;
        reporter.flush();
        reporter.flush();
        let delivered = delivered.take();
        assert_eq!(delivered.first(), Some(&0.0));
        assert_eq!(delivered.last(), Some(&999.0));
        assert!(f64::from(u32::try_from(delivered.len()).unwrap()) <= most);
    }

    #[test]
    fn a_task_that_nobody_listens_to_reports_to_nobody() {
        let source = CancelSource::new();
        let token = source.token();
        let task = Task::new(&token);
        task.report(1.0, None);
        source.cancel();
        assert!(task.is_cancelled());
    }
}
