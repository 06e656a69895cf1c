//! What a native task implements.

use crate::{Failure, Task};
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

/// A task that runs on the Rust threads of a pool. [`export_task!`](crate::export_task) makes it a
/// value of JavaScript.
///
/// Each thread makes an instance by `Default`, before its first task of this kind, and drops it in
/// the end, or after a panic. So `&mut self` is state of one thread: buffers, a model that takes
/// long to load. A panic rejects the task with `ERR_POOL_CRASH`, and the pool goes on with a new
/// instance.
///
/// What ends the process instead: a stack overflow (the stack has 2 MiB), `std::process::abort`, a
/// panic in an addon that is built with `panic = "abort"`.
///
/// ```
/// use native_worker_pool_sdk::prelude::*;
/// use native_worker_pool_sdk::testing::TestPool;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Input {
///     data: Bytes,
///     factor: f64,
/// }
///
/// #[derive(Serialize)]
/// struct Output {
///     sum: f64,
///     tasks: u32,
/// }
///
/// #[derive(Default)]
/// struct Sum {
///     tasks: u32,
/// }
///
/// impl NativeTask for Sum {
///     type Input = Input;
///     type Output = Output;
///
///     fn run(&mut self, input: Input, _task: &Task) -> Result<Output, Failure> {
///         self.tasks += 1;
///         let sum = input.data.iter().map(|&byte| f64::from(byte)).sum::<f64>();
///         Ok(Output { sum: sum * input.factor, tasks: self.tasks })
///     }
/// }
///
/// let input = Input { data: vec![1, 2].into(), factor: 0.5 };
/// let output = TestPool::new().run(&mut Sum::default(), input).unwrap();
/// assert_eq!((output.sum, output.tasks), (1.5, 1));
/// ```
pub trait NativeTask: 'static {
    /// What the task takes: `f64`, `bool`, `String`, [`Bytes`](crate::Bytes), `()`, or any type
    /// that implements `Deserialize`. Data of another form reject with `ERR_INVALID_ARG_VALUE`, and
    /// a message that says where.
    type Input: DeserializeOwned;
    /// What it results in: one of the same, or any type that implements `Serialize`. A result that
    /// JavaScript does not have, such as an integer above 2^53, rejects with
    /// `ERR_INVALID_RETURN_VALUE`. `None` is `null`.
    type Output: Serialize;

    /// Runs one task, on a thread of the pool.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects this task only. The instance runs the next one.
    fn run(&mut self, input: Self::Input, task: &Task) -> Result<Self::Output, Failure>;
}
