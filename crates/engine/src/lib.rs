//! The scheduler of native-worker-pool: it queues tasks, hands them to workers and counts.
//!
//! A [`Pool`] owns worker threads, each running one task at a time with a [`Worker`] of its own.
//! What becomes of a task is an [`Outcome`], delivered to the [`Bridge`] that the pool was made
//! with. Nothing here knows of Node.js; the addon crate is one possible bridge.
//!
//! One concept a file:
//!
//! - `schedule`: the rules, as plain data: who may be queued, who runs next, when a worker ends
//! - `scheduler`: the same behind a lock, with a way to sleep until there is work
//! - `inbox`: a way into the pool that takes neither a lock nor a call
//! - `pool`: the threads that take tasks, their replacement after a panic and their end
//! - `outcome`: what can become of a task
//! - `token`: how a running task learns that nobody wants its result any more
//! - `unwind`: where panics are caught
//! - `sync`: the locks and threads of std, or loom's when a model is checked

mod inbox;
mod outcome;
mod pool;
mod schedule;
mod scheduler;
mod sync;
mod token;
mod unwind;

pub use inbox::{Inbox, Layout, Posted};
pub use outcome::{Outcome, Refused};
pub use pool::{Bridge, Pool, PoolOptions, SpawnError, Worker};
pub use schedule::Load;
pub use token::CancelToken;
