//! What a pool promises, with real threads and through its public interface: one concept a file.
//!
//! Some things cannot be made to happen in a test, as the moment between two lines of the engine:
//! `tests/loom` tries those.
#![cfg(not(loom))]

mod admission;
mod cancel;
mod crash;
mod end;
mod free_run;
mod limits;
mod model;
mod script;
mod spawn;
mod stats;
