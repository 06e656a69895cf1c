//! Keeps an addon loaded.
//!
//! Node.js unloads an addon when the only thread that has loaded it ends: a thread of
//! `worker_threads`. A thread of a pool may still run a task then. So the addon is loaded once
//! more by its own path, and stays loaded.

#[cfg(not(any(unix, windows)))]
compile_error!("this system loads addons in a way that is not known here");

use std::ffi::c_void;

/// Prevents that the image with the code at this address is unloaded.
///
/// # Errors
///
/// The reason, if the system refuses.
#[cfg(unix)]
pub(crate) fn keep_loaded(code: *const c_void) -> Result<(), String> {
    use std::ffi::CStr;
    use std::mem::MaybeUninit;

    let mut info = MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: any address is allowed, and `info` is a place for the answer.
    if unsafe { libc::dladdr(code, info.as_mut_ptr()) } == 0 {
        return Ok(()); // in no image: nothing can be unloaded
    }
    // SAFETY: `dladdr` has succeeded.
    let path = unsafe { info.assume_init() }.dli_fname;
    let flags = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: the path of a loaded image, with a NUL at its end. Nothing is loaded, so no code
    // runs.
    let handle = unsafe { libc::dlopen(path, flags) };
    if !handle.is_null() {
        return Ok(()); // the handle is never closed
    }
    // SAFETY: `dladdr` has returned a text with a NUL at its end.
    let path = unsafe { CStr::from_ptr(path) };
    let path = path.to_string_lossy();
    if cfg!(target_env = "musl") || is_program(&path) {
        return Ok(()); // never unloaded
    }
    Err(format!("{path} is not loaded"))
}

/// Whether this is the program that runs, which the system knows by another name.
#[cfg(unix)]
fn is_program(path: &str) -> bool {
    use std::env::current_exe;
    use std::fs::canonicalize;

    let program = current_exe().and_then(canonicalize);
    program.is_ok_and(|program| canonicalize(path).is_ok_and(|path| path == program))
}

/// Prevents that the image with the code at this address is unloaded.
///
/// # Errors
///
/// The reason, if the system refuses.
#[cfg(windows)]
pub(crate) fn keep_loaded(code: *const c_void) -> Result<(), String> {
    use std::io;
    use std::ptr;

    const PIN: u32 = 1;
    const FROM_ADDRESS: u32 = 4;

    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut *mut c_void) -> i32;
    }
    let mut module = ptr::null_mut();
    // SAFETY: any address is allowed, and `module` is a place for the answer.
    let found = unsafe { GetModuleHandleExW(PIN | FROM_ADDRESS, code, &raw mut module) };
    if found == 0 {
        return Err(io::Error::last_os_error().to_string());
    }
    Ok(())
}
