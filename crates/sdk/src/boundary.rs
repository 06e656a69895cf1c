//! Everything unsafe: the values that cross the table, the functions of the table, and its export to
//! Node.js.
//!
//! **Values.** An [`Owned`] is a [`Value`] that this side owns, so it calls `free` once, when it is
//! dropped. A list is an array of values at `data`, and by `repr(transparent)` an array of
//! [`Owned`]. Taking an item out of it leaves `undefined` without a `free`, as the protocol
//! requires. Memory allocated here is freed here: the other side calls the functions `free_*`
//! through the pointer. The maker of a value guarantees its pointers; [`Owned::view`] checks the
//! rest.
//!
//! **The functions of a table.** The pool calls them with the arguments that [`abi`] promises. They
//! catch every panic: none may unwind into a caller that has another panic runtime, or none.
//!
//! **The export.** The functions of Node-API are looked up in the running process by name. So the
//! addon links nothing of Node.js, on Windows either, and the unit tests of a task link without it.
//! They are called on the thread of `env` only: by `napi_register_module_v1`, or by napi-rs.

use crate::abi::{self, Field, Value};
use crate::panics::catch;
use crate::testing::TestPool;
use crate::{NativeTask, Task, de, ser};
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};
use std::{mem, ptr, slice};

pub use crate::view::View;

// Values.

/// A value that this side owns.
#[derive(Debug)]
#[repr(transparent)]
pub struct Owned(Value);

// SAFETY: a value is plain memory, which belongs to it alone, or is shared and only read. The
// protocol allows `free` on any thread.
unsafe impl Send for Owned {}
// SAFETY: as above; nothing changes through a shared reference.
unsafe impl Sync for Owned {}

/// A field of a record that this side owns. It has the layout of [`Field`].
#[derive(Debug)]
#[repr(C)]
pub struct OwnedField {
    name: *const c_char,
    name_length: usize,
    value: Owned,
}

const _: () = assert!(size_of::<OwnedField>() == size_of::<Field>());

/// The name of a field: owned by its record or not.
pub trait Name {
    /// The pointer and the length. The name is freed by [`Name::free`].
    fn leak(self) -> (*const c_char, usize);

    /// # Safety
    ///
    /// `name` and `length` are what [`Name::leak`] returned, and it is freed once.
    unsafe fn free(name: *const c_char, length: usize);
}

impl Name for &'static str {
    fn leak(self) -> (*const c_char, usize) {
        (self.as_ptr().cast(), self.len())
    }

    unsafe fn free(_name: *const c_char, _length: usize) {}
}

impl Name for Box<str> {
    fn leak(self) -> (*const c_char, usize) {
        let length = self.len();
        (Box::into_raw(self).cast::<c_char>().cast_const(), length)
    }

    unsafe fn free(name: *const c_char, length: usize) {
        let bytes = ptr::slice_from_raw_parts_mut(name.cast_mut().cast::<u8>(), length);
        // SAFETY: the caller's: made of a boxed text of this length.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

impl Owned {
    /// A value without memory.
    pub(crate) const fn plain(kind: u32, number: f64) -> Self {
        Self(Value::plain(kind, number))
    }

    /// A text.
    #[must_use]
    pub fn text(text: Box<str>) -> Self {
        let mut value = Self::plain(abi::TEXT, 0.0);
        value.0.length = text.len();
        value.0.data = Box::into_raw(text).cast();
        value.0.free = Some(free_text);
        value
    }

    /// Bytes of a vector. Unlike [`Owned::bytes`], this allocates nothing.
    #[must_use]
    pub fn vector(bytes: Vec<u8>) -> Self {
        let mut bytes = mem::ManuallyDrop::new(bytes);
        let mut value = Self::plain(abi::BYTES, 0.0);
        value.0.length = bytes.len();
        value.0.data = bytes.as_mut_ptr().cast();
        value.0.owner = ptr::without_provenance_mut(bytes.capacity());
        value.0.free = Some(free_vector);
        value
    }

    /// Bytes of `owner`, which the value keeps alive.
    #[must_use]
    pub fn bytes<T: AsRef<[u8]> + Send + Sync + 'static>(owner: Arc<T>) -> Self {
        let bytes = (*owner).as_ref();
        let mut value = Self::plain(abi::BYTES, 0.0);
        value.0.length = bytes.len();
        value.0.data = bytes.as_ptr().cast_mut().cast();
        value.0.owner = Arc::into_raw(owner).cast_mut().cast();
        value.0.free = Some(free_owner::<T>);
        value
    }

    /// An array.
    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        let items = items.into_boxed_slice();
        let mut value = Self::plain(abi::LIST, 0.0);
        value.0.length = items.len();
        value.0.data = Box::into_raw(items).cast();
        value.0.free = Some(free_list);
        value
    }

    /// A plain object.
    #[must_use]
    pub fn record<N: Name>(fields: impl IntoIterator<Item = (N, Self)>) -> Self {
        let fields: Box<[OwnedField]> = fields
            .into_iter()
            .map(|(name, value)| {
                let (name, name_length) = name.leak();
                OwnedField {
                    name,
                    name_length,
                    value,
                }
            })
            .collect();
        let mut value = Self::plain(abi::RECORD, 0.0);
        value.0.length = fields.len();
        value.0.data = Box::into_raw(fields).cast();
        value.0.free = Some(free_record::<N>);
        value
    }

    /// Returns the content; `None` if the value is malformed: an unknown kind, a null or misaligned
    /// pointer, or a text that is not UTF-8.
    pub fn view(&mut self) -> Option<View<'_>> {
        let Value {
            kind,
            number,
            data,
            length,
            ..
        } = self.0;
        Some(match kind {
            abi::UNDEFINED => View::Undefined,
            abi::NULL => View::Null,
            abi::BOOL => View::Bool(number != 0.0),
            abi::NUMBER => View::Number(number),
            abi::TEXT => View::Text(std::str::from_utf8(self.content()?).ok()?),
            abi::BYTES => {
                self.content()?;
                View::Bytes(self)
            }
            abi::LIST => {
                let items = array(data.cast::<Owned>(), length)?;
                // SAFETY: a list owns `length` values at `data`, see the head. The
                // reference to it is exclusive.
                View::List(unsafe { slice::from_raw_parts_mut(items, length) })
            }
            abi::RECORD => {
                let fields = array(data.cast::<OwnedField>(), length)?;
                // SAFETY: as above, of fields.
                View::Record(unsafe { slice::from_raw_parts_mut(fields, length) })
            }
            _ => return None,
        })
    }

    /// The bytes of a text or of bytes; `None` without memory, or if it is something else.
    #[must_use]
    pub fn content(&self) -> Option<&[u8]> {
        let Value {
            kind, data, length, ..
        } = self.0;
        if kind != abi::TEXT && kind != abi::BYTES {
            return None;
        }
        let bytes = array(data.cast::<u8>(), length)?;
        // SAFETY: `data` points to `length` bytes, which nobody writes to while the value lives.
        Some(unsafe { slice::from_raw_parts(bytes, length) })
    }

    /// The value, for the other side, which then owns it.
    #[must_use]
    pub fn into_raw(mut self) -> Value {
        mem::take(&mut self.0)
    }

    /// Owns a value.
    ///
    /// # Safety
    ///
    /// The value is as `abi` describes it, and nobody else owns it.
    #[must_use]
    pub const unsafe fn from_raw(value: Value) -> Self {
        Self(value)
    }

    /// A pointer for the other side, which may take values out of this one or, if it is
    /// `undefined`, set it.
    pub fn as_mut_ptr(&mut self) -> *mut Value {
        &raw mut self.0
    }
}

/// The pointer to an array, aligned also if it is empty; `None` if there is no such array.
fn array<T>(data: *mut T, length: usize) -> Option<*mut T> {
    if length == 0 {
        return Some(ptr::NonNull::dangling().as_ptr());
    }
    let bytes = length.checked_mul(size_of::<T>())?;
    (!data.is_null() && data.is_aligned() && isize::try_from(bytes).is_ok()).then_some(data)
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(free) = self.0.free.take() {
            // SAFETY: the value is owned, and `free` is called once.
            unsafe { free(&raw mut self.0) };
        }
    }
}

impl OwnedField {
    /// The name and the value; `None` if the name is malformed.
    pub fn parts(&mut self) -> Option<(&str, &mut Owned)> {
        let name = array(self.name.cast_mut().cast::<u8>(), self.name_length)?;
        // SAFETY: `name` points to `name_length` bytes, which live as long as the record and are
        // not part of the value.
        let bytes = unsafe { slice::from_raw_parts(name, self.name_length) };
        Some((std::str::from_utf8(bytes).ok()?, &mut self.value))
    }
}

/// The array of a value.
///
/// # Safety
///
/// The value was made of a boxed slice of `T` with its length, and is freed once.
unsafe fn boxed<T>(value: *mut Value) -> Box<[T]> {
    // SAFETY: the caller's: a value of this file.
    let Value { data, length, .. } = unsafe { ptr::read(value) };
    let slice = ptr::slice_from_raw_parts_mut(data.cast::<T>(), length);
    // SAFETY: the caller's.
    unsafe { Box::from_raw(slice) }
}

unsafe extern "C" fn free_text(value: *mut Value) {
    // SAFETY: set by `Owned::text`.
    drop(unsafe { boxed::<u8>(value) });
}

unsafe extern "C" fn free_list(value: *mut Value) {
    // SAFETY: set by `Owned::list`.
    drop(unsafe { boxed::<Owned>(value) });
}

unsafe extern "C" fn free_record<N: Name>(value: *mut Value) {
    // SAFETY: set by `Owned::record` of the same `N`.
    for field in unsafe { boxed::<OwnedField>(value) } {
        // SAFETY: leaked by `Owned::record`.
        unsafe { N::free(field.name, field.name_length) };
    }
}

unsafe extern "C" fn free_vector(value: *mut Value) {
    // SAFETY: a value of this file.
    let value = unsafe { ptr::read(value) };
    let (data, length) = (value.data.cast::<u8>(), value.length);
    // SAFETY: the parts of a vector, set by `Owned::vector`.
    drop(unsafe { Vec::from_raw_parts(data, length, value.owner.addr()) });
}

unsafe extern "C" fn free_owner<T>(value: *mut Value) {
    // SAFETY: a value of this file.
    let owner = unsafe { ptr::read(value) }.owner;
    // SAFETY: set by `Owned::bytes` of the same `T`.
    drop(unsafe { Arc::from_raw(owner.cast::<T>().cast_const()) });
}

// The functions of a table.

// SAFETY: a table is not written to, and its pointers stay valid.
unsafe impl Sync for abi::Table {}

pub(crate) fn as_task(task: &abi::Task) -> &Task {
    // SAFETY: `Task` has the layout of what it wraps.
    unsafe { &*ptr::from_ref(task).cast::<Task>() }
}

pub(crate) fn is_cancelled(task: &abi::Task) -> bool {
    // SAFETY: the pool's function, with the task that it belongs to.
    unsafe { (task.is_cancelled)(task) }
}

pub(crate) fn report(task: &abi::Task, done: f64, total: f64) {
    // SAFETY: as above.
    unsafe { (task.report)(task, done, total) };
}

/// The handle of a task that a test runs. It is valid while `pool` is borrowed.
pub(crate) fn test_task(pool: &TestPool) -> abi::Task {
    unsafe extern "C" fn is_cancelled(task: *const abi::Task) -> bool {
        // SAFETY: the task that `test_task` has made, which is in use.
        let pool = unsafe { (*task).context };
        // SAFETY: set below, and borrowed meanwhile.
        unsafe { &*pool.cast::<TestPool>() }.poll()
    }

    unsafe extern "C" fn report(task: *const abi::Task, done: f64, total: f64) {
        // SAFETY: as above.
        let pool = unsafe { (*task).context };
        // SAFETY: as above.
        unsafe { &*pool.cast::<TestPool>() }.record(done, total);
    }

    abi::Task {
        size: abi::size_u32::<abi::Task>(),
        reserved: 0,
        context: ptr::from_ref(pool).cast(),
        is_cancelled,
        report,
    }
}

/// The table of a task.
#[must_use]
pub const fn table<T: NativeTask + Default>(name: &'static CStr) -> abi::Table {
    abi::Table {
        name: name.as_ptr(),
        create: Some(create::<T>),
        run: Some(run::<T>),
        destroy: Some(destroy::<T>),
        ..abi::Table::empty()
    }
}

unsafe extern "C" fn create<T: NativeTask + Default>(
    _data: *mut c_void,
    instance: *mut *mut c_void,
    error: *mut Value,
) -> i32 {
    match catch(|| Box::new(T::default())) {
        Ok(made) => {
            // SAFETY: the pool's pointer to where the instance is to be.
            unsafe { *instance = Box::into_raw(made).cast() };
            abi::OK
        }
        Err(message) => {
            // SAFETY: the pool's pointer to an undefined value.
            unsafe { *error = Owned::text(message.into()).into_raw() };
            abi::PANICKED
        }
    }
}

unsafe extern "C" fn run<T: NativeTask>(
    instance: *mut c_void,
    input: *mut Value,
    output: *mut Value,
    task: *const abi::Task,
) -> i32 {
    // SAFETY: made by `create` of the same `T`, and used by one call at a time.
    let instance = unsafe { &mut *instance.cast::<T>() };
    // SAFETY: the pool's value, which outlives the call. `Owned` has its layout, and is not dropped
    // here.
    let input = unsafe { &mut *input.cast::<Owned>() };
    // SAFETY: the pool's task, which outlives the call. `Task` has its layout.
    let task = unsafe { &*task.cast::<Task>() };
    let outcome = catch(|| {
        let result = de::from_value(input).and_then(|input| instance.run(input, task));
        match result.and_then(ser::into_value) {
            Ok(value) => (abi::OK, value),
            Err(failure) => (abi::FAILED, failure.into_owned()),
        }
    });
    let (status, value) = outcome.unwrap_or_else(|message| {
        let message = Owned::text(message.into());
        (abi::PANICKED, message)
    });
    // SAFETY: the pool's pointer to an undefined value.
    unsafe { *output = value.into_raw() };
    status
}

unsafe extern "C" fn destroy<T: NativeTask>(instance: *mut c_void) {
    // SAFETY: made by `create` of the same `T`, and destroyed once.
    let instance = unsafe { Box::from_raw(instance.cast::<T>()) };
    // A panic of a destructor has no task that it could end.
    let _ = catch(|| drop(instance));
}

// The export.

type Env = *mut c_void;
type JsValue = *mut c_void;

#[repr(C)]
struct TypeTag {
    lower: u64,
    upper: u64,
}

static TAG: TypeTag = TypeTag {
    lower: abi::TYPE_TAG_LOWER,
    upper: abi::TYPE_TAG_UPPER,
};

/// Functions of Node-API. The error is the name of the function that failed, or is not there.
macro_rules! node_api {
    ($($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?);)*) => {$(
        /// # Safety
        ///
        /// The environment is current on this thread, and the values belong to it. The other
        /// pointers are as Node-API describes them.
        $(#[$attribute])*
        unsafe fn $name($($argument: $type),*) -> Result<(), &'static str> {
            let name = concat!(stringify!($name), "\0");
            // SAFETY: looks a symbol up, by a name with a NUL at its end.
            let address = unsafe { symbol(name.as_ptr().cast()) };
            if address.is_null() {
                return Err(stringify!($name));
            }
            // SAFETY: Node-API declares the function so.
            let function = unsafe {
                mem::transmute::<*mut c_void, unsafe extern "C" fn($($type),*) -> i32>(address)
            };
            // SAFETY: the caller's.
            let status = unsafe { function($($argument),*) };
            if status == 0 { Ok(()) } else { Err(stringify!($name)) }
        }
    )*};
}

node_api! {
    fn napi_create_external(
        env: Env,
        data: *mut c_void,
        finalizer: *const c_void,
        hint: *mut c_void,
        result: *mut JsValue,
    );
    fn napi_type_tag_object(env: Env, value: JsValue, tag: *const TypeTag);
    #[cfg(not(feature = "napi-rs"))]
    fn napi_set_named_property(env: Env, object: JsValue, name: *const c_char, value: JsValue);
    #[cfg(not(feature = "napi-rs"))]
    fn napi_throw_error(env: Env, code: *const c_char, message: *const c_char);
}

/// Makes the External around a table.
///
/// # Safety
///
/// `env` is a `napi_env` that is current on this thread.
///
/// # Errors
///
/// The name of the function of Node-API that failed.
pub unsafe fn external(env: Env, table: &'static abi::Table) -> Result<JsValue, &'static str> {
    let data = ptr::from_ref(table).cast_mut().cast();
    let mut value = ptr::null_mut();
    // SAFETY: the caller's. The table is not freed, so there is no finalizer.
    unsafe { napi_create_external(env, data, ptr::null(), ptr::null_mut(), &raw mut value) }?;
    // SAFETY: the caller's, and the value was made in this environment.
    unsafe { napi_type_tag_object(env, value, &raw const TAG) }?;
    Ok(value)
}

/// The tables that the entry point exports. They are registered as the addon is loaded.
static TABLES: Mutex<Vec<&'static abi::Table>> = Mutex::new(Vec::new());

/// Registers a table for the entry point.
pub fn register(table: &'static abi::Table) {
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    tables.push(table);
}

/// The entry point of an addon: exports the registered tables.
///
/// # Safety
///
/// Called by Node.js, with an environment that is current on this thread and an object that belongs
/// to it.
#[cfg(not(feature = "napi-rs"))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(env: Env, exports: JsValue) -> JsValue {
    let tables = TABLES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    for table in tables {
        // SAFETY: the caller's.
        let exported = unsafe { external(env, table) }.and_then(|value| {
            // SAFETY: the caller's; the name has a NUL at its end.
            unsafe { napi_set_named_property(env, exports, table.name, value) }
        });
        if let Err(name) = exported {
            let message = format!("A native task cannot be exported: {name} failed\0");
            // SAFETY: the caller's; the message has a NUL at its end.
            let _ = unsafe { napi_throw_error(env, ptr::null(), message.as_ptr().cast()) };
        }
    }
    exports
}

/// The address of a function of the process that loaded the addon: Node.js, Electron, or another
/// runtime. Null if it has no such function.
#[cfg(unix)]
unsafe fn symbol(name: *const c_char) -> *mut c_void {
    unsafe extern "C" {
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    // RTLD_DEFAULT
    let everywhere = if cfg!(any(target_os = "linux", target_os = "android")) {
        ptr::null_mut()
    } else {
        ptr::without_provenance_mut(usize::MAX - 1) // -2
    };
    // SAFETY: the caller's.
    unsafe { dlsym(everywhere, name) }
}

#[cfg(windows)]
unsafe fn symbol(name: *const c_char) -> *mut c_void {
    unsafe extern "system" {
        fn GetModuleHandleA(name: *const c_char) -> *mut c_void;
        fn GetProcAddress(module: *mut c_void, name: *const c_char) -> *mut c_void;
    }
    // The executable, or Node.js as a library.
    for module in [ptr::null(), c"libnode.dll".as_ptr()] {
        // SAFETY: a name with a NUL at its end, or null.
        let module = unsafe { GetModuleHandleA(module) };
        if module.is_null() {
            continue;
        }
        // SAFETY: the caller's.
        let address = unsafe { GetProcAddress(module, name) };
        if !address.is_null() {
            return address;
        }
    }
    ptr::null_mut()
}

/// Exports a table: the loader of the system registers it as it loads the addon, for the entry
/// point.
#[cfg(not(feature = "napi-rs"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_table {
    ($name:ident, $table:ident) => {
        extern "C" fn register() {
            $crate::boundary::register(&$table);
        }

        // The sections with the functions that the loader calls.
        #[used]
        #[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,__mod_init_func,mod_init_funcs")
        )]
        #[cfg_attr(
            not(any(windows, target_vendor = "apple")),
            unsafe(link_section = ".init_array")
        )]
        static REGISTER: extern "C" fn() = register;
    };
}

/// Exports a table as a constant of napi-rs, which has the entry point.
#[cfg(feature = "napi-rs")]
#[doc(hidden)]
#[macro_export]
macro_rules! __export_table {
    ($name:ident, $table:ident) => {
        struct Exported;

        impl ::napi::bindgen_prelude::ToNapiValue for Exported {
            unsafe fn to_napi_value(
                env: ::napi::sys::napi_env,
                _: Self,
            ) -> ::napi::Result<::napi::sys::napi_value> {
                // SAFETY: napi-rs calls this with the environment that is current on this thread.
                let value = unsafe { $crate::boundary::external(env.cast(), &$table) };
                value.map(|value| value.cast()).map_err(|function| {
                    ::napi::Error::from_reason(::std::format!(
                        "A native task cannot be exported: {function} failed"
                    ))
                })
            }
        }

        #[allow(dead_code, non_upper_case_globals, reason = "a name of JavaScript")]
        #[::napi_derive::napi(skip_typescript)]
        pub const $name: Exported = Exported;
    };
}
