//! Memory that JavaScript and native tasks own by turns.
//!
//! A block is made here, and JavaScript sees it as an `ArrayBuffer`. With `transfer` it moves to a
//! task without a copy: the buffer is detached, so that JavaScript cannot write to what a thread
//! reads. Whoever holds the block keeps the memory, the buffer or the task.

use crate::functions::limit;
use crate::value::{array_buffer_memory, create_value};
use napi::bindgen_prelude::{FromNapiValue, JsValue};
use napi::{Env, Error, Result, Status, Unknown, check_status, sys};
use napi_derive::napi;
use std::collections::HashMap;
use std::ffi::c_void;
use std::ptr;
use std::slice;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

/// Memory of a fixed size.
#[derive(Debug)]
pub(crate) struct Block {
    data: *mut u8,
    length: usize,
}

// SAFETY: the memory belongs to the block alone. JavaScript writes to it only through a buffer that
// is attached, and a thread reads it only when that has been detached.
unsafe impl Send for Block {}
// SAFETY: as above; while the block is shared, nobody writes.
unsafe impl Sync for Block {}

/// What JavaScript sees a block as.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    ArrayBuffer,
    /// The `Buffer` of Node.js, over an `ArrayBuffer` of its own.
    Buffer,
}

/// The blocks that JavaScript sees, by their addresses.
static BLOCKS: LazyLock<Mutex<HashMap<usize, Weak<Block>>>> = LazyLock::new(Mutex::default);

fn blocks() -> MutexGuard<'static, HashMap<usize, Weak<Block>>> {
    BLOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Block {
    /// A block of zeros.
    ///
    /// # Errors
    ///
    /// If there is not so much memory.
    pub(crate) fn zeroed(length: usize) -> Result<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| {
            Error::new(
                Status::GenericFailure,
                format!("there are no {length} bytes of memory"),
            )
        })?;
        bytes.resize(length, 0);
        Ok(Self::from(bytes))
    }

    /// Exposes the block to JavaScript. Returns `None` in a runtime that forbids external buffers,
    /// and for an empty block, which has no address by which [`Block::at`] could find it.
    ///
    /// # Errors
    ///
    /// If Node-API cannot create the buffer.
    pub(crate) fn buffer(
        self: &Arc<Self>,
        env: sys::napi_env,
        shown: Shown,
    ) -> Result<Option<sys::napi_value>> {
        if self.length == 0 {
            return Ok(None);
        }
        let owner = Arc::into_raw(Arc::clone(self)).cast_mut().cast::<c_void>();
        let (data, length) = (self.data.cast(), self.length);
        let mut result = ptr::null_mut();
        let status = match shown {
            Shown::ArrayBuffer => {
                // SAFETY: `env` is current on this thread. The memory stays until `release` drops
                // the reference of the buffer.
                unsafe {
                    sys::napi_create_external_arraybuffer(
                        env,
                        data,
                        length,
                        Some(release),
                        owner,
                        &raw mut result,
                    )
                }
            }
            Shown::Buffer => {
                // SAFETY: as above.
                unsafe {
                    sys::napi_create_external_buffer(
                        env,
                        length,
                        data,
                        Some(release),
                        owner,
                        &raw mut result,
                    )
                }
            }
        };
        if status == sys::Status::napi_ok {
            blocks().insert(self.data as usize, Arc::downgrade(self));
            return Ok(Some(result));
        }
        // SAFETY: made by `Arc::into_raw` above. A buffer that was not made has no finalizer.
        drop(unsafe { Arc::from_raw(owner.cast::<Self>().cast_const()) });
        if status == sys::Status::napi_no_external_buffers_allowed {
            return Ok(None);
        }
        create_value(|_| status).map(Some)
    }

    /// The block that an `ArrayBuffer` at this address shows, if it is one.
    pub(crate) fn at(data: *const c_void) -> Option<Arc<Self>> {
        blocks().get(&(data as usize))?.upgrade()
    }
}

/// Takes the memory of a vector over.
impl From<Vec<u8>> for Block {
    fn from(bytes: Vec<u8>) -> Self {
        let bytes = bytes.into_boxed_slice();
        let length = bytes.len();
        let data = Box::into_raw(bytes).cast();
        Self { data, length }
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: made of a boxed slice of this length, and dropped as one. Nobody writes to it:
        // see the head of this file.
        unsafe { slice::from_raw_parts(self.data, self.length) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let mut blocks = blocks();
        let address = self.data as usize;
        if blocks
            .get(&address)
            .is_some_and(|block| block.strong_count() == 0)
        {
            blocks.remove(&address);
        }
        drop(blocks);
        let bytes = ptr::slice_from_raw_parts_mut(self.data, self.length);
        // SAFETY: made by `Box::into_raw` in `From`, and dropped once.
        drop(unsafe { Box::from_raw(bytes) });
    }
}

/// The finalizer of a buffer.
unsafe extern "C" fn release(_env: sys::napi_env, _data: *mut c_void, owner: *mut c_void) {
    // SAFETY: made by `Arc::into_raw` in `array_buffer`; a finalizer runs once.
    drop(unsafe { Arc::from_raw(owner.cast::<Block>().cast_const()) });
}

/// An `ArrayBuffer` of zeros that moves to native tasks without a copy.
///
/// # Errors
///
/// If there is not so much memory.
#[napi(catch_unwind)]
pub fn allocate(env: &Env, bytes: f64) -> Result<Unknown<'_>> {
    let block = Arc::new(Block::zeroed(limit(bytes))?);
    let buffer = match block.buffer(env.raw(), Shown::ArrayBuffer)? {
        Some(buffer) => buffer,
        None => create_value(|result| {
            // SAFETY: `env` is current on this thread.
            unsafe {
                sys::napi_create_arraybuffer(env.raw(), block.length, ptr::null_mut(), result)
            }
        })?,
    };
    // SAFETY: a value that Node-API has just made in this environment.
    unsafe { Unknown::from_napi_value(env.raw(), buffer) }
}

/// Whether a value is an `ArrayBuffer` backed by a block. Node.js cannot transfer such a buffer.
///
/// # Errors
///
/// If Node-API cannot read the value.
#[napi(catch_unwind)]
pub fn is_block(value: Unknown<'_>) -> Result<bool> {
    let memory = array_buffer_memory(value.value().env, value.raw())?;
    Ok(memory.is_some_and(|(data, _)| Block::at(data).is_some()))
}

/// Detaches an `ArrayBuffer` that is backed by a block.
///
/// # Errors
///
/// If Node-API cannot detach it.
#[napi(catch_unwind)]
pub fn detach_block(value: Unknown<'_>) -> Result<()> {
    // SAFETY: the environment is current on this thread, and the value belongs to it.
    check_status!(unsafe { sys::napi_detach_arraybuffer(value.value().env, value.raw()) })
}
