//! The C table: what crosses between a pool and the addon that a native task is from.
//!
//! `include/native_worker_pool.h` is this module in C, and `docs/native-tasks.md` describes the
//! protocol. Both sides may be built by different compilers, and with different versions of this
//! crate: within a major version, fields are only appended, and `size` says how many there are.
//!
//! ```
//! use native_worker_pool_sdk::abi;
//!
//! assert_eq!(abi::ABI, 1);
//! assert_eq!(size_of::<abi::Value>(), 32 + 2 * size_of::<usize>());
//! ```

use std::ffi::{c_char, c_void};
use std::ptr;

/// The major version of the table. A pool refuses a table of another one.
pub const ABI: u32 = 1;

/// The type tag of the External around a [`Table`]: its lower half. The tag is the same for every
/// major version.
pub const TYPE_TAG_LOWER: u64 = 0x8c2d_06f1_5a3e_4b97;
/// The upper half.
pub const TYPE_TAG_UPPER: u64 = 0xb5e1_9c40_72d8_4f63;

/// `undefined`.
pub const UNDEFINED: u32 = 0;
/// `null`.
pub const NULL: u32 = 1;
/// A boolean: `number` is 0 or 1.
pub const BOOL: u32 = 2;
/// A number: `number`.
pub const NUMBER: u32 = 3;
/// A text: `length` bytes of UTF-8 at `data`, without a NUL at their end.
pub const TEXT: u32 = 4;
/// Bytes: `length` of them at `data`. Whoever receives them does not write to them.
pub const BYTES: u32 = 5;
/// An array: `length` values ([`Value`]) at `data`.
pub const LIST: u32 = 6;
/// A plain object: `length` fields ([`Field`]) at `data`.
pub const RECORD: u32 = 7;

/// Status: the function has succeeded.
pub const OK: i32 = 0;
/// Status: the task has failed. The value is the message, a text; or a record with `message` and,
/// as far as they are known, `class` (`"RangeError"`, say), `code`, and `details`, a record of
/// further properties of the error.
pub const FAILED: i32 = 1;
/// Status: the instance can no longer be used. The value is the message, a text. The pool destroys
/// the instance, and rejects the task with `ERR_POOL_CRASH`.
pub const PANICKED: i32 = 2;

/// A value of JavaScript, in plain memory.
///
/// A value with a `free` owns memory, and whoever owns the value calls `free` once, on any thread.
/// That frees the values within it as well. To take a value out of another, copy it, and make the
/// original [`UNDEFINED`] without a `free`.
#[derive(Debug)]
#[repr(C)]
pub struct Value {
    /// What it is: [`UNDEFINED`] and so on.
    pub kind: u32,
    /// 0. Bits that a reader does not know have no meaning for it.
    pub reserved: u32,
    /// A number, or a boolean.
    pub number: f64,
    /// Where the content is. May be null if `length` is 0.
    pub data: *mut c_void,
    /// How many bytes, values or fields there are.
    pub length: usize,
    /// For `free`: nobody else reads it.
    pub owner: *mut c_void,
    /// Frees the memory of the value; null if there is nothing to free.
    pub free: Option<unsafe extern "C" fn(value: *mut Value)>,
}

impl Value {
    /// A value that owns nothing.
    pub(crate) const fn plain(kind: u32, number: f64) -> Self {
        Self {
            kind,
            reserved: 0,
            number,
            data: ptr::null_mut(),
            length: 0,
            owner: ptr::null_mut(),
            free: None,
        }
    }
}

/// `undefined`.
impl Default for Value {
    fn default() -> Self {
        Self::plain(UNDEFINED, 0.0)
    }
}

/// A field of a record. The name belongs to the record.
#[derive(Debug)]
#[repr(C)]
pub struct Field {
    /// The name, in UTF-8, without a NUL at its end.
    pub name: *const c_char,
    /// How many bytes it has.
    pub name_length: usize,
    /// The value.
    pub value: Value,
}

/// A running task, as the pool shows it to [`Table::run`]. Valid until that returns, on its thread
/// only.
#[derive(Debug)]
#[repr(C)]
pub struct Task {
    /// The size of this struct, in bytes.
    pub size: u32,
    /// 0. Bits that a reader does not know have no meaning for it.
    pub reserved: u32,
    /// The pool's own.
    pub context: *const c_void,
    /// Whether the task should stop. Costs a few nanoseconds.
    pub is_cancelled: unsafe extern "C" fn(task: *const Task) -> bool,
    /// Reports progress; `total` is NaN if it is not known.
    pub report: unsafe extern "C" fn(task: *const Task, done: f64, total: f64),
}

/// A native task. The table and its name stay valid until the process ends, in the addon that
/// exports them.
///
/// A pool calls `create` on each of its threads before the first task, then `run` for each task,
/// and `destroy` at the end, all on this thread. No call may unwind or `longjmp` across the table.
#[derive(Debug)]
#[repr(C)]
pub struct Table {
    /// The major version: [`ABI`].
    pub abi: u32,
    /// The size of this struct, in bytes.
    pub size: u32,
    /// The name of the task, in UTF-8, with a NUL at its end.
    pub name: *const c_char,
    /// 0. Bits that the pool does not know have no meaning for it.
    pub flags: u64,
    /// Makes an instance. Returns a status; if that is not [`OK`], `error` is set and there is no
    /// instance. `error` is [`UNDEFINED`] before. If this function is null, the instance is null.
    pub create: Option<
        unsafe extern "C" fn(
            data: *mut c_void,
            instance: *mut *mut c_void,
            error: *mut Value,
        ) -> i32,
    >,
    /// Runs a task. Returns a status, and sets `output` to the result or the error, which the pool
    /// then owns. `output` is [`UNDEFINED`] before. The pool owns `input`; values may be taken out
    /// of it.
    pub run: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            input: *mut Value,
            output: *mut Value,
            task: *const Task,
        ) -> i32,
    >,
    /// Destroys an instance; null if there is nothing to do.
    pub destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// The first argument of `create`.
    pub data: *mut c_void,
}
