//! Write your own native tasks for native-worker-pool, a worker pool for Node.js.
//!
//! A task is a type that implements [`NativeTask`]. [`export_task!`] exports it from an addon, and
//! a pool runs it on Rust threads. The task has all features of the built-in tasks: queueing,
//! limits, priorities, abort signals, time limits, progress, and a promise that settles even if the
//! task panics.
//!
//! ```
//! use native_worker_pool_sdk::prelude::*;
//!
//! #[derive(Default)]
//! struct Checksum;
//!
//! impl NativeTask for Checksum {
//!     type Input = Bytes;
//!     type Output = f64;
//!
//!     fn run(&mut self, data: Bytes, task: &Task) -> Result<f64, Failure> {
//!         let mut sum = 0.0;
//!         for piece in data.chunks(1 << 18) {
//!             if task.is_cancelled() {
//!                 return Err(Failure::cancelled());
//!             }
//!             sum += piece.iter().map(|&byte| f64::from(byte)).sum::<f64>();
//!         }
//!         Ok(sum)
//!     }
//! }
//!
//! export_task!(checksum, Checksum);
//! # fn main() {}
//! ```
//!
//! ```js
//! const { WorkerPool } = require('native-worker-pool');
//! const { checksum } = require('./my-addon.node');
//!
//! const pool = new WorkerPool(4, checksum);
//! console.log(await pool.run(new Uint8Array([1, 2, 3]))); // 6
//! ```
//!
//! `npx native-worker-pool new my-task` writes a complete package. The guide is
//! `docs/native-tasks.md` of native-worker-pool.
//!
//! # Features
//!
//! `napi-rs`: enable this in an addon that also uses napi-rs. Without it, this crate defines the
//! entry point of the addon.

#![deny(missing_docs, unsafe_code)]

pub mod abi;
#[doc(hidden)]
#[expect(
    unsafe_code,
    reason = "the only file with unsafe code; its head has the argument"
)]
pub mod boundary;
mod bytes;
mod data_error;
mod de;
mod export;
mod failure;
mod native_task;
mod panics;
mod ser;
mod task;
pub mod testing;
mod view;

pub use bytes::Bytes;
pub use failure::Failure;
pub use native_task::NativeTask;
pub use task::Task;

/// Tests the examples of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/native-tasks.md")]
mod guide {}

/// Tests the example of the readme.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The imports that a task needs.
///
/// ```
/// use native_worker_pool_sdk::prelude::*;
///
/// # fn main() { assert_eq!(Failure::new("no").message(), "no"); }
/// ```
pub mod prelude {
    pub use crate::export_task;
    pub use crate::{Bytes, Failure, NativeTask, Task};
}
