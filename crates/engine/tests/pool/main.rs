//! The guarantees of a pool, with real threads and through its public interface: one concept a
//! file.
//!
//! `tests/loom` explores the interleavings that a test cannot force.
#![cfg(not(loom))]

mod admission;
mod cancel;
mod crash;
mod elastic;
mod end;
mod free_run;
mod limits;
mod model;
mod rest;
mod script;
mod spawn;
mod stats;
