//! A free list of buffers for task inputs.
//!
//! Every large input is copied to its own buffer. Allocators return such buffers to the system when
//! they are freed, and the page faults of the next allocation take several times as long as the
//! copy. So a few mebibytes are kept until a thread has been idle for a while, or ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Minimum capacity of a kept buffer, in bytes. Allocators reuse smaller ones anyway.
const MIN_KEPT: usize = 16 << 10;

/// Maximum total capacity of the kept buffers of the process, in bytes.
const MAX_KEPT: usize = 32 << 20;

static FREE_LIST: Mutex<FreeList> = Mutex::new(FreeList::new());

/// A byte buffer that returns to the free list when it is dropped.
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// Copies `bytes` to a buffer of the free list, or to a new one.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut buffer = if bytes.len() < MIN_KEPT {
            Vec::with_capacity(bytes.len())
        } else {
            let capacity = capacity_for(bytes.len());
            let kept = free_list().take(capacity);
            kept.unwrap_or_else(|| Vec::with_capacity(capacity))
        };
        buffer.extend_from_slice(bytes);
        Self(buffer)
    }

    /// Takes the bytes out. Their memory does not return to the free list.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_mut_vec(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        if buffer.capacity() >= MIN_KEPT {
            let freed = free_list().put(buffer);
            drop(freed); // after the list is unlocked
        }
    }
}

/// Frees all kept buffers.
pub(crate) fn free() {
    let freed = free_list().take_all();
    drop(freed); // after the list is unlocked
}

fn free_list() -> MutexGuard<'static, FreeList> {
    FREE_LIST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rounds `length` up to one of four capacities per power of two, so that inputs of similar sizes
/// can reuse each other's buffers.
fn capacity_for(length: usize) -> usize {
    let step = (length.next_power_of_two() / 8).max(1);
    length.checked_next_multiple_of(step).unwrap_or(length)
}

/// Empty buffers, by capacity.
struct FreeList {
    buffers: BTreeMap<usize, Vec<Vec<u8>>>,
    /// The sum of the capacities.
    bytes: usize,
}

/// Buffers to be freed after the list is unlocked.
type Freed = BTreeMap<usize, Vec<Vec<u8>>>;

impl FreeList {
    const fn new() -> Self {
        Self {
            buffers: BTreeMap::new(),
            bytes: 0,
        }
    }

    fn take(&mut self, capacity: usize) -> Option<Vec<u8>> {
        let buffer = self.buffers.get_mut(&capacity)?.pop()?;
        self.bytes -= capacity;
        Some(buffer)
    }

    /// Keeps a buffer. If the list is full, returns that buffer to be freed; or, if the list has no
    /// buffer of its capacity, all the others, because the size of inputs has changed.
    fn put(&mut self, mut buffer: Vec<u8>) -> Freed {
        let capacity = buffer.capacity();
        let is_first = self.buffers.get(&capacity).is_none_or(Vec::is_empty);
        let is_full = self.bytes.saturating_add(capacity) > MAX_KEPT;
        if capacity > MAX_KEPT || (is_full && !is_first) {
            return Freed::from([(capacity, vec![buffer])]);
        }
        let freed = if is_full {
            self.take_all()
        } else {
            Freed::new()
        };
        buffer.clear();
        self.buffers.entry(capacity).or_default().push(buffer);
        self.bytes += capacity;
        freed
    }

    fn take_all(&mut self) -> Freed {
        self.bytes = 0;
        std::mem::take(&mut self.buffers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capacity_of(buffers: &Freed) -> usize {
        buffers.values().flatten().map(Vec::capacity).sum()
    }

    #[test]
    fn a_buffer_is_reused_for_an_input_of_similar_size() {
        let mut list = FreeList::new();
        let buffer = Vec::with_capacity(capacity_for(100_000));
        let memory = buffer.as_ptr();
        assert!(list.put(buffer).is_empty());
        assert_eq!(list.take(capacity_for(50_000)), None);
        let taken = list.take(capacity_for(99_000)).unwrap();
        assert_eq!(taken.as_ptr(), memory);
        assert_eq!((taken.len(), list.bytes), (0, 0));
    }

    #[test]
    fn buffers_of_other_sizes_are_freed_when_the_list_is_full() {
        let mut list = FreeList::new();
        let large = || Vec::with_capacity(MAX_KEPT / 4);
        for _ in 0..4 {
            assert!(list.put(large()).is_empty());
        }
        assert_eq!(capacity_of(&list.put(large())), MAX_KEPT / 4, "the new one");
        let small = Vec::with_capacity(MIN_KEPT);
        assert_eq!(capacity_of(&list.put(small)), MAX_KEPT, "the others");
        assert_eq!(list.bytes, MIN_KEPT);
    }

    #[test]
    fn a_copy_is_exact_in_new_and_in_reused_buffers() {
        for length in [0, 1, MIN_KEPT - 1, MIN_KEPT, MIN_KEPT + 1, MIN_KEPT + 2] {
            for byte in [7, 8] {
                let bytes = vec![byte; length];
                assert_eq!(Buffer::copy_of(&bytes).as_slice(), bytes);
                assert_eq!(Buffer::copy_of(&bytes).into_vec(), bytes);
            }
        }
    }

    proptest! {
        #[test]
        fn a_capacity_exceeds_the_length_by_at_most_a_quarter(length in 1usize..1 << 40) {
            let capacity = capacity_for(length);
            prop_assert!(capacity >= length && capacity - length <= length / 4);
            prop_assert_eq!(capacity_for(capacity), capacity);
        }

        #[test]
        fn the_list_never_exceeds_its_limit(
            sizes in prop::collection::vec((0usize..9, any::<bool>()), 0..100),
        ) {
            let mut list = FreeList::new();
            for (size, is_taken) in sizes {
                let capacity = (2 * MAX_KEPT) >> size;
                if is_taken {
                    list.take(capacity);
                } else {
                    list.put(Vec::with_capacity(capacity));
                }
                prop_assert_eq!(list.bytes, capacity_of(&list.buffers));
                prop_assert!(list.bytes <= MAX_KEPT);
            }
        }
    }
}
