//! Measures allocated memory, including that of C libraries, by hooks of `AddressSanitizer`.

use std::ffi::{c_int, c_void};
use std::sync::Once;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

unsafe extern "C" {
    fn __sanitizer_install_malloc_and_free_hooks(
        malloc: unsafe extern "C" fn(*const c_void, usize),
        free: unsafe extern "C" fn(*const c_void),
    ) -> c_int;
    fn __sanitizer_get_allocated_size(data: *const c_void) -> usize;
}

/// Bytes allocated minus bytes freed since the measurement began. Negative if older memory was
/// freed.
static USED: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);
static HOOKS: Once = Once::new();

unsafe extern "C" fn allocated(_data: *const c_void, size: usize) {
    let used = USED.fetch_add(size.cast_signed(), Relaxed) + size.cast_signed();
    PEAK.fetch_max(used, Relaxed);
}

unsafe extern "C" fn freed(data: *const c_void) {
    if data.is_null() {
        return;
    }
    // SAFETY: `AddressSanitizer` calls the hook before it frees `data`, so `data` is still
    // allocated.
    let size = unsafe { __sanitizer_get_allocated_size(data) };
    USED.fetch_sub(size.cast_signed(), Relaxed);
}

/// Calls `run`. Returns its result and its peak memory, in bytes. A target has one thread, so `run`
/// makes all allocations.
///
/// # Panics
///
/// If the hooks cannot be installed.
pub fn peak_of<T>(run: impl FnOnce() -> T) -> (T, usize) {
    HOOKS.call_once(|| {
        // SAFETY: both hooks have the required signatures, and neither allocates memory.
        let installed = unsafe { __sanitizer_install_malloc_and_free_hooks(allocated, freed) };
        assert!(installed > 0, "the hooks cannot be installed");
    });
    USED.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    let result = run();
    (result, PEAK.load(Relaxed).unsigned_abs())
}
