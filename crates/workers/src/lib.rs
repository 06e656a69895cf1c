//! The built-in native workers and tasks, one file or folder each, and the traits they implement.
//!
//! Two kinds: a *numeric* worker takes a number and results in one, by the fastest way there is
//! ([`NumericWorker`]); a *native task* takes any data ([`NativeTask`]).
//!
//! To add a task: write its file, add it to [`built_in::tasks`], and add a codec of the same name
//! to `lib/native/tasks/`, which checks what a caller passes to `run`.

#![deny(unsafe_code)]

mod buffer;
pub mod built_in;
#[cfg(feature = "compress")]
pub mod compression;
pub mod encoding;
mod failure;
pub mod fib;
mod fields;
#[cfg(feature = "hash")]
pub mod hash;
#[cfg(feature = "image")]
pub mod image;
mod native_task;
mod numeric;
pub mod output;
#[cfg(feature = "password")]
pub mod password;
mod payload;
pub mod source;
mod system_error;
mod task;
#[cfg(feature = "test-workers")]
pub mod test_workers;
mod value;

pub use failure::Failure;
pub use fields::Fields;
pub use native_task::{
    FromValue, InvalidData, NativeTask, OnProgress, TaskDefinition, TaskInput, TaskSet,
};
pub use numeric::{Input, NumericWorker, Output};
pub use payload::Payload;
pub use task::{Progress, Reporter, Task};
pub use value::{Bytes, Value};
