//! Memory of inputs, which is kept for the next ones.
//!
//! Every large input is copied to memory of its own. An allocator returns such memory to the system
//! when it is freed, and the page faults of the next allocation cost several times the copy. So a
//! few mebibytes are kept until a thread has been idle for a while, or ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Smaller buffers are not kept: allocators reuse them anyway.
const LEAST: usize = 16 << 10;

/// How much is kept in the process, in bytes.
const MOST: usize = 32 << 20;

static KEPT: Mutex<Kept> = Mutex::new(Kept::new());

/// Bytes whose memory is kept when they are dropped.
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// A copy of bytes.
    pub(crate) fn copy_of(bytes: &[u8]) -> Self {
        let mut buffer = if bytes.len() < LEAST {
            Vec::with_capacity(bytes.len())
        } else {
            let capacity = capacity_for(bytes.len());
            let kept = kept().take(capacity);
            kept.unwrap_or_else(|| Vec::with_capacity(capacity))
        };
        buffer.extend_from_slice(bytes);
        Self(buffer)
    }

    /// The bytes. Their memory is not kept.
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
        if buffer.capacity() >= LEAST {
            let freed = kept().put(buffer);
            drop(freed); // not while the list is locked
        }
    }
}

/// Frees what is kept.
pub(crate) fn free() {
    let freed = kept().take_all();
    drop(freed); // not while the list is locked
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rounds up to one of four capacities between two powers of two, so that a buffer suits inputs of
/// about its size.
fn capacity_for(length: usize) -> usize {
    let step = (length.next_power_of_two() / 8).max(1);
    length.checked_next_multiple_of(step).unwrap_or(length)
}

/// Empty buffers by their capacity.
struct Kept {
    buffers: BTreeMap<usize, Vec<Vec<u8>>>,
    /// The sum of the capacities.
    bytes: usize,
}

/// Buffers to free.
type Freed = BTreeMap<usize, Vec<Vec<u8>>>;

impl Kept {
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

    /// Keeps a buffer. If there is no room, it is freed, or the buffers of all other capacities if
    /// there is none of its own: inputs have another size now.
    fn put(&mut self, mut buffer: Vec<u8>) -> Freed {
        let capacity = buffer.capacity();
        let is_first = self.buffers.get(&capacity).is_none_or(Vec::is_empty);
        let is_full = self.bytes.saturating_add(capacity) > MOST;
        if capacity > MOST || (is_full && !is_first) {
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

    fn kept_bytes(buffers: &Freed) -> usize {
        buffers.values().flatten().map(Vec::capacity).sum()
    }

    #[test]
    fn a_buffer_is_used_again_for_an_input_of_about_its_size() {
        let mut kept = Kept::new();
        let buffer = Vec::with_capacity(capacity_for(100_000));
        let memory = buffer.as_ptr();
        assert!(kept.put(buffer).is_empty());
        assert_eq!(kept.take(capacity_for(50_000)), None);
        let taken = kept.take(capacity_for(99_000)).unwrap();
        assert_eq!(taken.as_ptr(), memory);
        assert_eq!((taken.len(), kept.bytes), (0, 0));
    }

    #[test]
    fn buffers_of_another_size_are_freed_when_there_is_no_room() {
        let mut kept = Kept::new();
        let large = || Vec::with_capacity(MOST / 4);
        for _ in 0..4 {
            assert!(kept.put(large()).is_empty());
        }
        assert_eq!(kept_bytes(&kept.put(large())), MOST / 4, "the new one");
        let small = Vec::with_capacity(LEAST);
        assert_eq!(kept_bytes(&kept.put(small)), MOST, "the others");
        assert_eq!(kept.bytes, LEAST);
    }

    #[test]
    fn a_copy_has_the_same_bytes_in_new_memory_and_in_kept_memory() {
        for length in [0, 1, LEAST - 1, LEAST, LEAST + 1, LEAST + 2] {
            for byte in [7, 8] {
                let bytes = vec![byte; length];
                assert_eq!(Buffer::copy_of(&bytes).as_slice(), bytes);
                assert_eq!(Buffer::copy_of(&bytes).into_vec(), bytes);
            }
        }
    }

    proptest! {
        #[test]
        fn a_capacity_exceeds_the_length_by_a_quarter_at_most(length in 1usize..1 << 40) {
            let capacity = capacity_for(length);
            prop_assert!(capacity >= length && capacity - length <= length / 4);
            prop_assert_eq!(capacity_for(capacity), capacity);
        }

        #[test]
        fn no_more_than_the_bound_is_kept(sizes in prop::collection::vec((0usize..9, any::<bool>()), 0..100)) {
            let mut kept = Kept::new();
            for (size, is_taken) in sizes {
                let capacity = (2 * MOST) >> size;
                if is_taken {
                    kept.take(capacity);
                } else {
                    kept.put(Vec::with_capacity(capacity));
                }
                prop_assert_eq!(kept.bytes, kept_bytes(&kept.buffers));
                prop_assert!(kept.bytes <= MOST);
            }
        }
    }
}
