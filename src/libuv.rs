//! The functions of libuv that `turns` uses.
//!
//! libuv is no part of Node-API, but Node.js exports it to addons, and these functions are the same
//! in all versions of libuv 1. They are looked up by name, so that a runtime without them can load
//! the addon.

use napi::sys;
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};

#[cfg(unix)]
use libloading::os::unix::Library;
#[cfg(windows)]
use libloading::os::windows::Library;

/// `uv_handle_t`. Its first field, `data`, belongs to the user of the handle.
pub(crate) type Handle = *mut c_void;
pub(crate) type OnHandle = unsafe extern "C" fn(*mut Handle);

/// Values of `uv_handle_type`.
pub(crate) const CHECK: c_int = 2;
pub(crate) const IDLE: c_int = 6;

/// Declares functions of libuv and how they are found.
macro_rules! libuv {
    ($($name:ident: $type:ty,)+) => {
        /// Functions of libuv.
        pub(crate) struct Libuv {
            $(pub(crate) $name: $type,)+
        }

        impl Libuv {
            /// Looks the functions up in the program; `None` in a runtime without them.
            pub(crate) fn find() -> Option<Self> {
                let program = program()?;
                Some(Self {$(
                    // SAFETY: the type is the one that libuv 1 declares for this name. The program
                    // is never unloaded.
                    $name: *unsafe { program.get::<$type>(stringify!($name)) }.ok()?,
                )+})
            }
        }
    };
}

libuv! {
    uv_handle_size: unsafe extern "C" fn(c_int) -> usize,
    uv_unref: unsafe extern "C" fn(*mut Handle),
    uv_close: unsafe extern "C" fn(*mut Handle, Option<OnHandle>),
    uv_check_init: unsafe extern "C" fn(*mut sys::uv_loop_s, *mut Handle) -> c_int,
    uv_check_start: unsafe extern "C" fn(*mut Handle, OnHandle) -> c_int,
    uv_check_stop: unsafe extern "C" fn(*mut Handle) -> c_int,
    uv_idle_init: unsafe extern "C" fn(*mut sys::uv_loop_s, *mut Handle) -> c_int,
    uv_idle_start: unsafe extern "C" fn(*mut Handle, OnHandle) -> c_int,
    uv_idle_stop: unsafe extern "C" fn(*mut Handle) -> c_int,
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "as on Windows")]
fn program() -> Option<Library> {
    Some(Library::this())
}

#[cfg(windows)]
fn program() -> Option<Library> {
    Library::this().ok()
}

/// The memory of a handle, whose size only libuv knows.
pub(crate) struct HandleMemory(Box<[UnsafeCell<u128>]>);

impl HandleMemory {
    /// Memory of at least `size` bytes, aligned to 16.
    pub(crate) fn new(size: usize) -> Self {
        let blocks = size.div_ceil(size_of::<u128>());
        Self((0..blocks).map(|_| UnsafeCell::new(0)).collect())
    }

    pub(crate) fn handle(&self) -> *mut Handle {
        self.0.as_ptr().cast_mut().cast()
    }
}
