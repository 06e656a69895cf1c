//! The scheduler of native-worker-pool: it queues tasks, runs them on workers and counts them.
//!
//! A [`Pool`] owns worker threads. Each runs one task at a time with a [`Worker`] of its own. The
//! [`Outcome`] of a task is delivered to the [`Bridge`] with which the pool was created. Nothing
//! here knows of Node.js: the addon crate implements one bridge.
//!
//! One concept a file:
//!
//! - `schedule`: the rules as plain data: which task is admitted, which runs next, when a worker
//!   ends
//! - `queue`: the waiting tasks in their order
//! - `stats`: counts and durations
//! - `clock`: timestamps
//! - `scheduler`: the schedule behind a lock, and the sleep of workers
//! - `ring`: submission without a lock or a call
//! - `roster`: which seats have no thread, and when one is started
//! - `threads`: the threads that run tasks: start, replacement after a panic, end
//! - `pool`: the handle of a pool's owner
//! - `builder`: how a pool is created
//! - `worker`: what the owner provides: workers and a bridge
//! - `external_schedule`: a schedule for workers that are no threads of this crate
//! - `mailbox`: items from any thread to one collector, with one wakeup for many
//! - `alarm`: timers that ring even while an event loop is blocked
//! - `doorbell`: the wakeup of that collector, until it is gone
//! - `outcome`: how a task settles
//! - `token`: how a running task learns that its result is not needed any more
//! - `unwind`: where panics are caught
//! - `sync`: locks and threads of std, or of loom when a model is checked

#![forbid(unsafe_code)]

mod alarm;
mod builder;
mod clock;
mod doorbell;
mod external_schedule;
mod mailbox;
mod outcome;
mod pool;
mod queue;
mod ring;
mod roster;
mod schedule;
mod scheduler;
mod stats;
mod sync;
mod threads;
mod token;
mod unwind;
mod worker;

pub use alarm::{Alarm, TimerGuard};
pub use builder::{PoolBuilder, PoolOptions};
pub use doorbell::{Bell, Doorbell};
pub use external_schedule::ExternalSchedule;
pub use mailbox::Mailbox;
pub use outcome::{Cancelled, Outcome};
pub use pool::Pool;
pub use ring::{Layout, Posted, SubmissionRing};
pub use schedule::{Load, QueuedBytes, Refused, RunEnd, TaskOptions, Verdict};
pub use stats::{Buckets, Stats, Times, WorkerState, WorkerStats};
pub use threads::ThreadMain;
pub use token::{CancelSource, CancelToken};
pub use worker::{Bridge, SpawnError, Worker};
