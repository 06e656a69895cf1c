//! Blocks of the addon that move to a task.

use super::{Items, array_buffer_memory};
use crate::block::Block;
use napi::{Result, sys};
use native_worker_pool_workers::Bytes;
use std::ffi::c_void;
use std::sync::Arc;

/// The blocks that move to a task without a copy, with the `ArrayBuffer`s that show them.
#[derive(Default)]
pub(crate) struct Moves(Vec<(sys::napi_value, Arc<Block>)>);

impl Moves {
    /// Collects the blocks among the buffers of a transfer list. Other buffers are copied later.
    ///
    /// # Errors
    ///
    /// If `list` is not an array.
    pub(crate) fn of(env: sys::napi_env, list: sys::napi_value) -> Result<Self> {
        let blocks = Items::of(env, list)?.map_from(0, |item| {
            let data = array_buffer_memory(env, item)?.map(|(data, _)| data);
            Ok(data.and_then(|data| Some((item, Block::at(data)?))))
        })?;
        Ok(Self(blocks.into_iter().flatten().collect()))
    }

    /// The `length` bytes at address `data`, if they lie within one of the blocks.
    pub(super) fn find(&self, data: *const c_void, length: usize) -> Option<Bytes> {
        self.0.iter().find_map(|(_, block)| {
            let memory = (**block).as_ref();
            let start = (data as usize).checked_sub(memory.as_ptr() as usize)?;
            let end = start.checked_add(length)?;
            let is_within = end <= memory.len();
            is_within.then(|| Bytes::moved(Arc::clone(block) as _, start..end))
        })
    }

    /// Detaches the buffers. Called once their task has been admitted.
    pub(crate) fn detach(self, env: sys::napi_env) {
        for (buffer, _) in self.0 {
            // SAFETY: `env` is current on this thread, and the buffer belongs to it. The buffer is
            // external, so it can be detached.
            let _ = unsafe { sys::napi_detach_arraybuffer(env, buffer) };
        }
    }
}
