//! The scheduler of native-worker-pool: it queues tasks, hands them to workers and counts.
//!
//! A [`Pool`] owns worker threads, each running one task at a time with a [`Worker`] of its own.
//! What becomes of a task is an [`Outcome`], delivered to the [`Bridge`] that the pool was made
//! with. Nothing here knows of Node.js; the addon crate is one possible bridge.
//!
//! One concept a file:
//!
//! - `schedule`: the rules, as plain data: who may be queued, who runs next, when a worker ends
//! - `queue`: the tasks that wait, in their order
//! - `stats`: what is counted of them
//! - `clock`: time
//! - `scheduler`: the same behind a lock, with a way to sleep until there is work
//! - `ring`: a way into the pool that takes neither a lock nor a call
//! - `roster`: which seats have no thread, and when one is started
//! - `threads`: the threads that take tasks, their start, their replacement after a panic and their end
//! - `pool`: all that as its owner has it
//! - `worker`: what the owner provides
//! - `external_schedule`: a schedule for workers that are no threads of this crate
//! - `mailbox`: how outcomes may come together for one thread that collects them
//! - `alarm`: timers that ring whatever an event loop does
//! - `doorbell`: how that thread may be rung for until it has gone
//! - `outcome`: what can become of a task
//! - `token`: how a running task learns that nobody wants its result any more
//! - `unwind`: where panics are caught
//! - `sync`: the locks and threads of std, or loom's when a model is checked

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
pub use outcome::{Cancelled, Outcome, Refused};
pub use pool::Pool;
pub use ring::{Layout, Posted, SubmissionRing};
pub use schedule::{Load, RunEnd, TaskOptions, Verdict};
pub use stats::{Stats, Times};
pub use threads::ThreadMain;
pub use token::{CancelSource, CancelToken};
pub use worker::{Bridge, SpawnError, Worker};
