//! The trait of native tasks.

use crate::{Failure, Task};
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;

/// A task that runs on the Rust threads of a pool. [`export_task!`](crate::export_task) exports it
/// to JavaScript.
///
/// Each thread creates an instance by `Default` before its first task of this type, and drops it
/// when the thread ends or the task panics. So `&mut self` is the state of one thread, for example
/// buffers or a model that is slow to load. A panic rejects the task with `ERR_POOL_CRASH`, and the
/// next task gets a new instance.
///
/// These end the process instead: a stack overflow (the stack has 2 MiB), `std::process::abort`,
/// and a panic in an addon built with `panic = "abort"`.
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
    /// The input: `f64`, `bool`, `String`, [`Bytes`](crate::Bytes), `()`, or any type
    /// that implements `Deserialize`. Other input rejects with `ERR_INVALID_ARG_VALUE`; the message
    /// names the field.
    type Input: DeserializeOwned;
    /// The result: one of these types, or any type that implements `Serialize`. A result without an
    /// equivalent in JavaScript, such as an integer above 2^53, rejects with
    /// `ERR_INVALID_RETURN_VALUE`. `None` becomes `null`.
    type Output: Serialize;

    /// Runs one task, on a thread of the pool.
    ///
    /// # Errors
    ///
    /// A [`Failure`] rejects only this task. The instance is kept for the next one.
    fn run(&mut self, input: Self::Input, task: &Task) -> Result<Self::Output, Failure>;
}
