//! The C table: the structs and functions through which a pool runs a native task of an addon.
//!
//! `include/native_worker_pool.h` is this module in C. `docs/native-tasks.md` describes the
//! protocol. Different compilers, and different versions of this crate, may build the two sides:
//! within a major version, fields are only appended, and `size` is the size of the struct.
//!
//! [`export_task!`](crate::export_task) makes such a table of a task in Rust, so only an addon in
//! another language needs this module.
//!
//! ```
//! use native_worker_pool_sdk::abi;
//!
//! assert_eq!(abi::ABI, 1);
//! assert_eq!(size_of::<abi::Value>(), 32 + 2 * size_of::<usize>());
//! ```

use std::ffi::{c_char, c_void};
use std::ptr;

/// The major version of the table. A pool refuses a table of another major version.
///
/// ```
/// assert_eq!(native_worker_pool_sdk::abi::ABI, 1);
/// ```
pub const ABI: u32 = 1;

/// The lower half of the type tag of the External around a [`Table`]. The tag is the same in every
/// major version.
///
/// ```
/// use native_worker_pool_sdk::abi;
///
/// let napi_type_tag = [abi::TYPE_TAG_LOWER, abi::TYPE_TAG_UPPER];
/// assert_eq!(napi_type_tag, [0x8c2d_06f1_5a3e_4b97, 0xb5e1_9c40_72d8_4f63]);
/// ```
pub const TYPE_TAG_LOWER: u64 = 0x8c2d_06f1_5a3e_4b97;
/// The upper half of the type tag.
///
/// ```
/// assert_eq!(native_worker_pool_sdk::abi::TYPE_TAG_UPPER >> 32, 0xb5e1_9c40);
/// ```
pub const TYPE_TAG_UPPER: u64 = 0xb5e1_9c40_72d8_4f63;

/// `undefined`.
///
/// ```
/// use native_worker_pool_sdk::abi;
///
/// assert_eq!(abi::Value::default().kind, abi::UNDEFINED);
/// ```
pub const UNDEFINED: u32 = 0;
/// `null`.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let null = Value { kind: abi::NULL, ..Value::default() };
/// assert_eq!((null.kind, null.length), (1, 0));
/// ```
pub const NULL: u32 = 1;
/// A boolean: `number` is 0 or 1.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let yes = Value { kind: abi::BOOL, number: 1.0, ..Value::default() };
/// assert_eq!((yes.kind, yes.number), (2, 1.0));
/// ```
pub const BOOL: u32 = 2;
/// A number: `number`.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let half = Value { kind: abi::NUMBER, number: 0.5, ..Value::default() };
/// assert_eq!((half.kind, half.number), (3, 0.5));
/// ```
pub const NUMBER: u32 = 3;
/// A text: `data` points to `length` bytes of UTF-8, without a NUL at the end.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let words = "grüße";
/// let data = words.as_ptr().cast_mut().cast();
/// let text = Value { kind: abi::TEXT, data, length: words.len(), ..Value::default() };
/// assert_eq!((text.kind, text.length), (4, 7));
/// ```
pub const TEXT: u32 = 4;
/// Bytes: `data` points to `length` bytes. The receiver must not write to them.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// static PIXEL: [u8; 3] = [255, 0, 0];
/// let data = PIXEL.as_ptr().cast_mut().cast();
/// let bytes = Value { kind: abi::BYTES, data, length: 3, ..Value::default() };
/// assert_eq!((bytes.kind, bytes.length), (5, 3));
/// ```
pub const BYTES: u32 = 5;
/// An array: `data` points to `length` values ([`Value`]).
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let mut items = [Value::default(), Value::default()];
/// let data = items.as_mut_ptr().cast();
/// let list = Value { kind: abi::LIST, data, length: 2, ..Value::default() };
/// assert_eq!((list.kind, list.length), (6, 2));
/// ```
pub const LIST: u32 = 6;
/// A plain object: `data` points to `length` fields ([`Field`]).
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Field, Value};
///
/// let mut fields = [Field { name: c"x".as_ptr(), name_length: 1, value: Value::default() }];
/// let data = fields.as_mut_ptr().cast();
/// let record = Value { kind: abi::RECORD, data, length: 1, ..Value::default() };
/// assert_eq!((record.kind, record.length), (7, 1));
/// ```
pub const RECORD: u32 = 7;

/// Status: the function has succeeded.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
/// use std::ffi::c_void;
///
/// /// Returns `undefined`: `output` remains as it is.
/// unsafe extern "C" fn run(
///     _instance: *mut c_void,
///     _input: *mut Value,
///     _output: *mut Value,
///     _task: *const abi::Task,
/// ) -> i32 {
///     abi::OK
/// }
///
/// let table = abi::Table { run: Some(run), ..abi::Table::default() };
/// # assert!(table.run.is_some());
/// ```
pub const OK: i32 = 0;
/// Status: the task has failed. The value is the message, a text, or it is a record with `message`
/// and optionally `class` (such as `"RangeError"`), `code`, and `details`, a record of further
/// properties of the error.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
/// use std::ffi::c_void;
///
/// static MESSAGE: &str = "no such frame";
///
/// unsafe extern "C" fn run(
///     _instance: *mut c_void,
///     _input: *mut Value,
///     output: *mut Value,
///     _task: *const abi::Task,
/// ) -> i32 {
///     let data = MESSAGE.as_ptr().cast_mut().cast();
///     let text = Value { kind: abi::TEXT, data, length: MESSAGE.len(), ..Value::default() };
///     unsafe { *output = text };
///     abi::FAILED
/// }
/// # assert!(abi::Table { run: Some(run), ..abi::Table::default() }.run.is_some());
/// ```
pub const FAILED: i32 = 1;
/// Status: the instance can no longer be used. The value is the message, a text. The pool destroys
/// the instance, and rejects the task with `ERR_POOL_CRASH`.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
/// use std::ffi::c_void;
/// use std::panic::catch_unwind;
///
/// unsafe extern "C" fn run(
///     _instance: *mut c_void,
///     _input: *mut Value,
///     _output: *mut Value,
///     _task: *const abi::Task,
/// ) -> i32 {
///     match catch_unwind(|| println!("works")) {
///         Ok(()) => abi::OK,
///         Err(_) => abi::PANICKED,
///     }
/// }
/// # assert!(abi::Table { run: Some(run), ..abi::Table::default() }.run.is_some());
/// ```
pub const PANICKED: i32 = 2;

/// A value of JavaScript, in plain memory.
///
/// A value whose `free` is set owns memory. Its owner calls `free` exactly once, on any thread;
/// this also frees the values that it contains. To move a value out of its list or record, copy the
/// struct, and replace the original by an [`UNDEFINED`] value without `free`.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Value};
///
/// let mut items = [Value { kind: abi::NUMBER, number: 1.5, ..Value::default() }];
/// let moved = std::mem::take(&mut items[0]);
/// assert_eq!((moved.number, items[0].kind), (1.5, abi::UNDEFINED));
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Value {
    /// The kind: [`UNDEFINED`] to [`RECORD`].
    pub kind: u32,
    /// 0. A reader ignores bits that it does not know.
    pub reserved: u32,
    /// The number or boolean.
    pub number: f64,
    /// Points to the content. It may be null if `length` is 0.
    pub data: *mut c_void,
    /// The number of bytes, values or fields at `data`.
    pub length: usize,
    /// Reserved for `free`. Nothing else reads it.
    pub owner: *mut c_void,
    /// Frees the memory of the value. It is null if the value owns no memory.
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

/// A field of a record. The record owns the name.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Field, Value};
///
/// let value = Value { kind: abi::NUMBER, number: 4.0, ..Value::default() };
/// let radius = Field { name: c"radius".as_ptr(), name_length: 6, value };
/// assert_eq!(radius.value.number, 4.0);
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Field {
    /// The name, in UTF-8, without a NUL at the end.
    pub name: *const c_char,
    /// The length of the name in bytes.
    pub name_length: usize,
    /// The value.
    pub value: Value,
}

/// The handle of a running task, which the pool passes to [`Table::run`]. It is valid until that
/// function returns, and only on its thread.
///
/// ```
/// use native_worker_pool_sdk::abi;
///
/// /// The body of a task: adds numbers until it should stop.
/// unsafe fn sum(numbers: &[f64], task: *const abi::Task) -> Option<f64> {
///     let mut sum = 0.0;
///     for (done, number) in numbers.iter().enumerate() {
///         if unsafe { ((*task).is_cancelled)(task) } {
///             return None;
///         }
///         unsafe { ((*task).report)(task, done as f64, numbers.len() as f64) };
///         sum += number;
///     }
///     Some(sum)
/// }
/// #
/// # unsafe extern "C" fn is_cancelled(_: *const abi::Task) -> bool { false }
/// # unsafe extern "C" fn report(_: *const abi::Task, _: f64, _: f64) {}
/// # let (size, context) = (size_of::<abi::Task>() as u32, std::ptr::null());
/// # let task = abi::Task { size, reserved: 0, context, is_cancelled, report };
/// # assert_eq!(unsafe { sum(&[1.0, 2.0], &task) }, Some(3.0));
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Task {
    /// The size of this struct in bytes.
    pub size: u32,
    /// 0. A reader ignores bits that it does not know.
    pub reserved: u32,
    /// Reserved for the pool.
    pub context: *const c_void,
    /// Returns whether the task should stop. A call costs a few nanoseconds.
    pub is_cancelled: unsafe extern "C" fn(task: *const Task) -> bool,
    /// Reports progress. `total` is NaN if it is unknown.
    pub report: unsafe extern "C" fn(task: *const Task, done: f64, total: f64),
}

/// A native task. The addon that exports the table keeps it, and its name, valid until the process
/// ends.
///
/// Each thread of a pool calls `create` before its first task, `run` for each task, and `destroy`
/// at the end. No function may unwind or `longjmp` to its caller.
///
/// ```
/// use native_worker_pool_sdk::abi::{self, Table, Value};
/// use std::ffi::c_void;
///
/// /// Moves its input to the output.
/// unsafe extern "C" fn run(
///     _instance: *mut c_void,
///     input: *mut Value,
///     output: *mut Value,
///     _task: *const abi::Task,
/// ) -> i32 {
///     unsafe { *output = std::mem::take(&mut *input) };
///     abi::OK
/// }
///
/// let table = Table { name: c"echo".as_ptr(), run: Some(run), ..Table::default() };
/// assert_eq!((table.abi, table.size as usize), (abi::ABI, size_of::<Table>()));
/// ```
#[derive(Debug)]
#[repr(C)]
pub struct Table {
    /// The major version: [`ABI`].
    pub abi: u32,
    /// The size of this struct in bytes.
    pub size: u32,
    /// The name of the task, in UTF-8, with a NUL at the end.
    pub name: *const c_char,
    /// 0. The pool ignores bits that it does not know.
    pub flags: u64,
    /// Creates an instance. Returns a status. If that is not [`OK`], the function has set `error`
    /// and created no instance. `error` is [`UNDEFINED`] before the call. If `create` is null, the
    /// instance is null.
    pub create: Option<
        unsafe extern "C" fn(
            data: *mut c_void,
            instance: *mut *mut c_void,
            error: *mut Value,
        ) -> i32,
    >,
    /// Runs a task. Returns a status, and sets `output` to the result or the error, which the pool
    /// then owns. `output` is [`UNDEFINED`] before the call. The pool owns `input`; the function
    /// may move values out of it.
    pub run: Option<
        unsafe extern "C" fn(
            instance: *mut c_void,
            input: *mut Value,
            output: *mut Value,
            task: *const Task,
        ) -> i32,
    >,
    /// Destroys an instance. It may be null if `create` is null.
    pub destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// The first argument of `create`.
    pub data: *mut c_void,
}

impl Table {
    /// A table of this version without a name and functions.
    pub(crate) const fn empty() -> Self {
        Self {
            abi: ABI,
            size: size_u32::<Self>(),
            name: ptr::null(),
            flags: 0,
            create: None,
            run: None,
            destroy: None,
            data: ptr::null_mut(),
        }
    }
}

/// A table of this version without a name and functions, which a pool refuses.
impl Default for Table {
    fn default() -> Self {
        Self::empty()
    }
}

/// The size of a struct of a few dozen bytes.
pub(crate) const fn size_u32<T>() -> u32 {
    assert!(size_of::<T>() < 1024);
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    let size = size_of::<T>() as u32;
    size
}
