//! The pool's side of the C table: native tasks exported by users' addons.
//!
//! [`UserTask::of`] checks a table. [`UserTask::definition`] is a native task like those of the
//! pool, so it has the same queue, limits, cancellation and progress. Nothing here knows Node.js.
//!
//! The addon is trusted as far as its pointers go: it runs in this process. What it returns is
//! checked: the kinds of values, texts that must be UTF-8, how deep lists nest, statuses.

#![deny(unsafe_code)]

#[expect(unsafe_code, reason = "see its head")]
mod instance;
#[expect(unsafe_code, reason = "see its head")]
mod module;
#[expect(unsafe_code, reason = "see its head")]
mod user_task;
mod values;

pub use native_worker_pool_sdk::abi::{TYPE_TAG_LOWER, TYPE_TAG_UPPER};
pub use user_task::{Refused, UserTask};
