//! The functions of a table, called as a pool calls them. `ci/miri` runs this, too.

use native_worker_pool_sdk::abi::{self, FAILED, OK, PANICKED, Value};
use native_worker_pool_sdk::boundary::{Owned, View, table};
use native_worker_pool_sdk::prelude::*;
use std::ffi::c_void;
use std::panic::resume_unwind;
use std::ptr;

/// Joins the texts that it has received.
#[derive(Default)]
struct Join {
    texts: Vec<Bytes>,
}

impl NativeTask for Join {
    type Input = (String, Bytes);
    type Output = Bytes;

    fn run(&mut self, (what, bytes): (String, Bytes), task: &Task) -> Result<Bytes, Failure> {
        match &*what {
            "fail" => {
                return Err(Failure::new("failed")
                    .code("E_JOIN")
                    .detail("length", bytes.len()));
            }
            "panic" => resume_unwind(Box::new("panicked")),
            "cancelled" if task.is_cancelled() => return Err(Failure::cancelled()),
            "same" => return Ok(bytes),
            _ => self.texts.push(bytes),
        }
        task.report(1.0, None);
        let joined: Vec<u8> = self.texts.iter().flat_map(|bytes| bytes.to_vec()).collect();
        Ok(joined.into())
    }
}

static TABLE: abi::Table = table::<Join>(c"join");

unsafe extern "C" fn is_cancelled(_task: *const abi::Task) -> bool {
    true
}

unsafe extern "C" fn report(_task: *const abi::Task, _done: f64, _total: f64) {}

/// An instance of the task. In a pool, a thread owns it.
struct Instance(*mut c_void);

impl Instance {
    fn create() -> Self {
        let (mut instance, mut error) = (ptr::null_mut(), Owned::undefined());
        let create = TABLE.create.unwrap();
        // SAFETY: as `abi` describes it.
        let status = unsafe { create(TABLE.data, &raw mut instance, error.as_mut_ptr()) };
        assert_eq!(status, OK);
        Self(instance)
    }

    fn run(&self, what: &str, bytes: &[u8]) -> (i32, Owned) {
        let items = vec![Owned::text(what.into()), Owned::vector(bytes.to_vec())];
        let (mut input, mut output) = (Owned::list(items), Owned::undefined());
        let task = abi::Task {
            size: u32::try_from(size_of::<abi::Task>()).unwrap(),
            reserved: 0,
            context: ptr::null(),
            is_cancelled,
            report,
        };
        let run = TABLE.run.unwrap();
        let (input, result) = (input.as_mut_ptr(), output.as_mut_ptr());
        // SAFETY: as `abi` describes it.
        let status = unsafe { run(self.0, input, result, &raw const task) };
        (status, output)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let destroy = TABLE.destroy.unwrap();
        // SAFETY: as `abi` describes it.
        unsafe { destroy(self.0) };
    }
}

#[test]
fn an_instance_keeps_bytes_of_its_tasks() {
    let instance = Instance::create();
    for (bytes, joined) in [("ab", "ab"), ("", "ab"), ("c", "abc")] {
        let (status, output) = instance.run("", bytes.as_bytes());
        assert_eq!((status, output.content().unwrap()), (OK, joined.as_bytes()));
    }
}

#[test]
fn bytes_outlive_the_instance_and_their_input() {
    let instance = Instance::create();
    let (status, output) = instance.run("same", &[7; 1000]);
    drop(instance);
    assert_eq!((status, output.content().unwrap()), (OK, &[7; 1000][..]));
}

#[test]
fn failures_and_panics_have_a_status() {
    let instance = Instance::create();
    let (status, mut failure) = instance.run("fail", b"abc");
    let Some(View::Record(fields)) = failure.view() else {
        panic!("a failure is a record");
    };
    let names = fields.iter_mut().map(|field| field.parts().unwrap().0);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["message", "class", "code", "details"]
    );
    assert_eq!(status, FAILED);

    let (status, panic) = instance.run("panic", b"abc");
    assert_eq!(
        (status, panic.content().unwrap()),
        (PANICKED, &b"panicked"[..])
    );

    assert_eq!(instance.run("cancelled", b"abc").0, FAILED);
}

#[test]
fn a_value_of_the_other_side_is_freed_by_its_own_function() {
    unsafe extern "C" fn free(value: *mut Value) {
        // SAFETY: the value that is freed.
        let owner = unsafe { (*value).owner };
        // SAFETY: made below of a box.
        drop(unsafe { Box::from_raw(owner.cast::<u32>()) });
    }

    let owner = Box::into_raw(Box::new(5_u32)).cast();
    let value = Value {
        owner,
        free: Some(free),
        ..Value::default()
    };
    // SAFETY: nobody else owns it.
    drop(unsafe { Owned::from_raw(value) });
}
