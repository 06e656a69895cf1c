//! Huge pages for the memory of hashes. Hashes access memory in random order, so with pages of 4
//! KiB nearly every block causes a TLB miss.

#[cfg(target_os = "linux")]
use rustix::mm::{Advice, madvise};
#[cfg(target_os = "linux")]
use rustix::param::page_size;

/// Minimum size, in bytes, of memory that is advised. Allocators map an allocation of this size
/// separately and unmap it when it is freed, so the advice affects no later allocation.
#[cfg(target_os = "linux")]
const MIN_ADVISED: usize = 32 << 20;

/// Requests huge pages for the spare capacity of a vector if it is large. The system may refuse.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "madvise takes an address")]
pub(super) fn request<T>(memory: &mut Vec<T>) {
    let room = memory.spare_capacity_mut();
    let (bytes, start) = (size_of_val(room), room.as_mut_ptr().cast::<u8>());
    let skipped = start.align_offset(page_size());
    if bytes < MIN_ADVISED || skipped >= bytes {
        return;
    }
    let whole_pages = (bytes - skipped) / page_size() * page_size();
    let first_page = start.wrapping_add(skipped).cast();
    // SAFETY: the pages lie within the vector's spare capacity. This advice changes neither their
    // contents nor their access rights.
    let _ = unsafe { madvise(first_page, whole_pages, Advice::LinuxHugepage) };
}

/// Does nothing: only Linux supports this advice.
#[cfg(not(target_os = "linux"))]
pub(super) fn request<T>(_memory: &mut Vec<T>) {}
