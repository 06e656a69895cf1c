//! The addon: conversions between JavaScript and the engine. It decides nothing.
//!
//! - `worker_pool`: the class behind the package's `WorkerPool`
//! - `native_pool`: a pool of Rust threads and its way back to JavaScript
//! - `task_input`: the input of a native task
//! - `user_task`: native tasks of other addons
//! - `value`: values of JavaScript and of native tasks
//! - `outputs`: the results that are not numbers
//! - `arena`: the buffer that short results are written to
//! - `external_schedule`: the same queue for workers that JavaScript owns
//! - `functions`: how frequently called functions are exported
//! - `completion`: how outcomes are written for JavaScript to read
//! - `protocol`: the numbers that both sides share
//! - `stats`: counts and times
//! - `ring`: memory in which JavaScript posts tasks
//! - `block`: memory that JavaScript and native tasks own by turns
//! - `bridge`: sends outcomes from worker threads to the JavaScript thread
//! - `event_loop`: a clock, turns and timers that no program can replace
//! - `held`: a reference that is strong at some times and weak at others
//! - `thread_priority`: the priority of threads
//! - `turns`: turns of libuv's event loop without system calls
//! - `libuv`: the functions of libuv that `turns` uses
//! - `error_codes`: the codes of errors
//! - `doorbell`: the thread-safe function that wakes the event loop

mod arena;
pub mod block;
mod bridge;
mod completion;
mod doorbell;
mod error_codes;
pub mod event_loop;
pub mod external_schedule;
mod functions;
mod held;
mod libuv;
mod native_pool;
mod outputs;
mod protocol;
mod ring;
mod stats;
mod task_input;
mod thread_priority;
mod turns;
pub mod user_task;
mod value;
pub mod worker_pool;

#[cfg(feature = "test-workers")]
pub mod test_support;
