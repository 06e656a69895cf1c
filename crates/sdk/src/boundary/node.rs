//! The export of tables to Node.js.
//!
//! The functions of Node-API are looked up in the running process by name. So the addon links
//! nothing of Node.js, on Windows either, and the unit tests of a task link without it. They are
//! called on the thread of `env` only: by `napi_register_module_v1`, or by napi-rs.

use crate::abi;
use std::ffi::{CStr, c_char, c_void};
use std::sync::{Mutex, PoisonError};
use std::{mem, ptr};

type Status = i32;
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
    type Create = unsafe extern "C" fn(
        Env,
        *mut c_void,
        Option<unsafe extern "C" fn()>,
        *mut c_void,
        *mut JsValue,
    ) -> Status;
    type Tag = unsafe extern "C" fn(Env, JsValue, *const TypeTag) -> Status;

    let mut value = ptr::null_mut();
    let create = function(c"napi_create_external")?;
    // SAFETY: Node-API declares the function so.
    let create = unsafe { mem::transmute::<*mut c_void, Create>(create) };
    let data = ptr::from_ref(table).cast_mut().cast();
    // SAFETY: `env` is current. The table is not freed, so there is no finalizer.
    let status = unsafe { create(env, data, None, ptr::null_mut(), &raw mut value) };
    if status != 0 {
        return Err("napi_create_external");
    }
    let tag = function(c"napi_type_tag_object")?;
    // SAFETY: as above.
    let tag = unsafe { mem::transmute::<*mut c_void, Tag>(tag) };
    // SAFETY: `env` is current, and the value belongs to it.
    let status = unsafe { tag(env, value, &raw const TAG) };
    if status != 0 {
        return Err("napi_type_tag_object");
    }
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
        let exported = unsafe { external(env, table) }
            // SAFETY: the caller's, and the value was made in this environment.
            .and_then(|value| unsafe { set_property(env, exports, table.name, value) });
        if let Err(name) = exported {
            // SAFETY: the caller's.
            unsafe { throw(env, name) };
        }
    }
    exports
}

/// # Safety
///
/// `env` is current on this thread, and the values belong to it.
#[cfg(not(feature = "napi-rs"))]
unsafe fn set_property(
    env: Env,
    object: JsValue,
    name: *const c_char,
    value: JsValue,
) -> Result<(), &'static str> {
    type Set = unsafe extern "C" fn(Env, JsValue, *const c_char, JsValue) -> Status;

    let set = function(c"napi_set_named_property")?;
    // SAFETY: Node-API declares the function so.
    let set = unsafe { mem::transmute::<*mut c_void, Set>(set) };
    // SAFETY: the caller's; the name has a NUL at its end.
    let status = unsafe { set(env, object, name, value) };
    if status == 0 {
        Ok(())
    } else {
        Err("napi_set_named_property")
    }
}

/// Throws an error that says which function of Node-API failed.
///
/// # Safety
///
/// `env` is current on this thread.
#[cfg(not(feature = "napi-rs"))]
unsafe fn throw(env: Env, name: &str) {
    type Throw = unsafe extern "C" fn(Env, *const c_char, *const c_char) -> Status;

    let Ok(throw) = function(c"napi_throw_error") else {
        return;
    };
    // SAFETY: Node-API declares the function so.
    let throw = unsafe { mem::transmute::<*mut c_void, Throw>(throw) };
    let message = format!("A native task cannot be exported: {name} failed\0");
    // SAFETY: the caller's; the message has a NUL at its end.
    unsafe { throw(env, ptr::null(), message.as_ptr().cast()) };
}

/// The address of a function of the process that loaded the addon: Node.js, Electron, or another
/// runtime.
fn function(name: &'static CStr) -> Result<*mut c_void, &'static str> {
    // SAFETY: looks a symbol up, by a name with a NUL at its end.
    let address = unsafe { symbol(name.as_ptr()) };
    if address.is_null() {
        return Err(name.to_str().unwrap_or_default());
    }
    Ok(address)
}

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
