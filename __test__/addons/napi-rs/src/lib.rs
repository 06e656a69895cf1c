//! An addon that uses napi-rs, and exports native tasks beside its functions.

#![deny(warnings)]

use napi_derive::napi;
use native_worker_pool_sdk::prelude::*;

/// A function of napi-rs.
#[napi]
pub fn twice(number: f64) -> f64 {
    2.0 * number
}

#[derive(Default)]
struct Half;

impl NativeTask for Half {
    type Input = f64;
    type Output = f64;

    fn run(&mut self, number: f64, _task: &Task) -> Result<f64, Failure> {
        Ok(number / 2.0)
    }
}

export_task!(half, Half);

#[derive(Default)]
struct Reverse;

impl NativeTask for Reverse {
    type Input = String;
    type Output = String;

    fn run(&mut self, text: String, _task: &Task) -> Result<String, Failure> {
        Ok(text.chars().rev().collect())
    }
}

export_task!(reverseText, Reverse);
