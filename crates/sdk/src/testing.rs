//! Runs a task in a unit test, without Node.js.

use crate::{Failure, NativeTask, Task, boundary, de, ser};
use serde_core::Serialize;
use std::cell::{Cell, RefCell};

/// A substitute for a pool. It can cancel the task, and records its progress reports.
///
/// ```
/// use native_worker_pool_sdk::prelude::*;
/// use native_worker_pool_sdk::testing::TestPool;
///
/// #[derive(Default)]
/// struct Count;
///
/// impl NativeTask for Count {
///     type Input = f64;
///     type Output = f64;
///
///     fn run(&mut self, end: f64, task: &Task) -> Result<f64, Failure> {
///         let mut done = 0.0;
///         while done < end {
///             if task.is_cancelled() {
///                 return Err(Failure::cancelled());
///             }
///             done += 1.0;
///             task.report(done, end);
///         }
///         Ok(done)
///     }
/// }
///
/// let pool = TestPool::new();
/// assert_eq!(pool.run(&mut Count, 2.0).unwrap(), 2.0);
/// assert_eq!(pool.reports(), [(1.0, Some(2.0)), (2.0, Some(2.0))]);
///
/// let cancelling = TestPool::cancelling_at(3);
/// assert!(cancelling.run(&mut Count, f64::INFINITY).is_err());
/// assert_eq!(cancelling.reports().len(), 2);
/// ```
#[derive(Debug, Default)]
pub struct TestPool {
    cancels_at: Option<usize>,
    polls: Cell<usize>,
    reports: RefCell<Vec<(f64, Option<f64>)>>,
}

impl TestPool {
    /// Creates a pool that never cancels.
    ///
    /// ```
    /// let pool = native_worker_pool_sdk::testing::TestPool::new();
    /// assert!(pool.reports().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a pool that cancels the task at the given call of [`Task::is_cancelled`], counted
    /// from 1.
    ///
    /// ```
    /// let pool = native_worker_pool_sdk::testing::TestPool::cancelling_at(1);
    /// # let _ = pool;
    /// ```
    #[must_use]
    pub fn cancelling_at(poll: usize) -> Self {
        Self {
            cancels_at: Some(poll),
            ..Self::default()
        }
    }

    /// Runs a task with an input of its Rust type.
    ///
    /// # Errors
    ///
    /// The failure of the task.
    ///
    /// ```
    /// use native_worker_pool_sdk::prelude::*;
    /// use native_worker_pool_sdk::testing::TestPool;
    ///
    /// #[derive(Default)]
    /// struct Shout;
    ///
    /// impl NativeTask for Shout {
    ///     type Input = String;
    ///     type Output = String;
    ///
    ///     fn run(&mut self, text: String, _task: &Task) -> Result<String, Failure> {
    ///         Ok(text.to_uppercase())
    ///     }
    /// }
    ///
    /// assert_eq!(TestPool::new().run(&mut Shout, "hey".into()).unwrap(), "HEY");
    /// ```
    pub fn run<T: NativeTask>(&self, task: &mut T, input: T::Input) -> Result<T::Output, Failure> {
        let raw = boundary::test_task(self);
        task.run(input, Task::of(&raw))
    }

    /// Runs a task as a pool does, with an input that is converted from its JavaScript form.
    /// `input` may be any type that serializes to this form.
    ///
    /// # Errors
    ///
    /// The failure of the task, or of the conversion of its input.
    ///
    /// ```
    /// use native_worker_pool_sdk::prelude::*;
    /// use native_worker_pool_sdk::testing::TestPool;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Input {
    ///     radius: f64,
    /// }
    ///
    /// #[derive(Default)]
    /// struct Area;
    ///
    /// impl NativeTask for Area {
    ///     type Input = Input;
    ///     type Output = f64;
    ///
    ///     fn run(&mut self, input: Input, _task: &Task) -> Result<f64, Failure> {
    ///         Ok(3.0 * input.radius * input.radius)
    ///     }
    /// }
    ///
    /// let data = std::collections::BTreeMap::from([("radius", "2")]);
    /// let failure = TestPool::new().run_data(&mut Area, &data).unwrap_err();
    /// assert_eq!(failure.message(), "data.radius must be a number; got a string");
    /// ```
    pub fn run_data<T: NativeTask>(
        &self,
        task: &mut T,
        data: &impl Serialize,
    ) -> Result<T::Output, Failure> {
        let input = de::from_value(&mut ser::to_value(data)?)?;
        self.run(task, input)
    }

    /// The progress reports of the task, as pairs of `done` and `total`.
    ///
    /// ```
    /// assert_eq!(native_worker_pool_sdk::testing::TestPool::new().reports(), []);
    /// ```
    #[must_use]
    pub fn reports(&self) -> Vec<(f64, Option<f64>)> {
        self.reports.borrow().clone()
    }

    /// Whether the task is cancelled at this call.
    pub(crate) fn poll(&self) -> bool {
        let poll = self.polls.get() + 1;
        self.polls.set(poll);
        self.cancels_at.is_some_and(|at| poll >= at)
    }

    pub(crate) fn record(&self, done: f64, total: f64) {
        let total = (!total.is_nan()).then_some(total);
        self.reports.borrow_mut().push((done, total));
    }
}
