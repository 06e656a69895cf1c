//! Huge pages for the memory of hashes, which read it in random order: with pages of 4 KiB, the
//! processor translates an address for nearly every block.

#[cfg(target_os = "linux")]
use rustix::mm::{Advice, madvise};
#[cfg(target_os = "linux")]
use rustix::param::page_size;

/// Allocators map a vector of this size for itself, and unmap it when it is freed. So the advice
/// holds for nothing else later.
#[cfg(target_os = "linux")]
const LEAST: usize = 32 << 20;

/// Asks the system for huge pages for the room of a new vector, if that is large. It may refuse.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the system gives advice by address")]
pub(super) fn request<T>(memory: &mut Vec<T>) {
    let room = memory.spare_capacity_mut();
    let (bytes, start) = (size_of_val(room), room.as_mut_ptr().cast::<u8>());
    let skipped = start.align_offset(page_size());
    if bytes < LEAST || skipped >= bytes {
        return;
    }
    let whole_pages = (bytes - skipped) / page_size() * page_size();
    let first_page = start.wrapping_add(skipped).cast();
    // SAFETY: the pages belong to the vector. The advice changes neither what they contain nor who
    // may access them.
    let _ = unsafe { madvise(first_page, whole_pages, Advice::LinuxHugepage) };
}

/// Does nothing: only Linux has such advice.
#[cfg(not(target_os = "linux"))]
pub(super) fn request<T>(_memory: &mut Vec<T>) {}
