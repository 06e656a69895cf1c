//! The addon: what JavaScript sees of the engine, and nothing to decide.
//!
//! - `worker_pool`: the class behind the package's `WorkerPool`
//! - `external_schedule`: the same queue for workers that JavaScript has
//! - `functions`: what of both is called often
//! - `completion`: how outcomes are written for JavaScript to read
//! - `protocol`: the numbers that both sides know
//! - `stats`: counts and times
//! - `ring`: memory in which JavaScript posts tasks
//! - `bridge`: the way of outcomes from worker threads to the JavaScript thread
//! - `event_loop`: a clock, turns and timers that no program can replace
//! - `held`: a value that is held on to at times
//! - `turns`: turns of an event loop of libuv's, without calls of the system
//! - `libuv`: the functions of libuv that `turns` uses
//! - `doorbell`: the thread-safe function that wakes the event loop

mod bridge;
mod completion;
mod doorbell;
pub mod event_loop;
pub mod external_schedule;
mod functions;
mod held;
mod libuv;
mod protocol;
mod ring;
mod stats;
mod turns;
pub mod worker_pool;

#[cfg(feature = "test-workers")]
pub mod test_support;
