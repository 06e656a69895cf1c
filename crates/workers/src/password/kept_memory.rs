//! Memory for memory-hard hashes, reused from one hash to the next.

use super::huge_pages;
use crate::Failure;
use zeroize::Zeroize;

/// The kept memory is freed when a hash needs less than 1/`MAX_EXCESS` of it.
const MAX_EXCESS: usize = 4;

/// Memory that a thread keeps for its next hash, because page faults would take a fifth of the
/// time. It is wiped after each hash.
pub(super) struct KeptMemory<T>(Vec<T>);

impl<T: Zeroize> KeptMemory<T> {
    /// No memory.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Calls `hash` with a vector that has capacity for `count` items. The items that are already
    /// in it are wiped items of earlier hashes. `hash` appends further items when it first needs
    /// them, so that only the first hash has to initialize memory.
    ///
    /// # Errors
    ///
    /// If the allocation or `hash` fails.
    pub(super) fn lend<R>(
        &mut self,
        count: usize,
        hash: impl FnOnce(&mut Vec<T>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let kept = self.0.capacity();
        if count < kept / MAX_EXCESS || count > kept {
            self.0 = Vec::new(); // before the new allocation, so that both never coexist
            self.0.try_reserve_exact(count).map_err(|_| {
                let bytes = count.saturating_mul(size_of::<T>());
                Failure::too_large(format!(
                    "There is not enough memory for the hash: it needs {bytes} bytes"
                ))
            })?;
            huge_pages::request(&mut self.0);
        }
        let result = hash(&mut self.0);
        self.0.iter_mut().take(count).for_each(Zeroize::zeroize);
        result
    }

    /// Frees the memory.
    pub(super) fn free(&mut self) {
        self.0 = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills the memory. Returns its previous contents.
    fn fill(memory: &mut KeptMemory<u8>, count: usize) -> Vec<u8> {
        let filled = memory.lend(count, |items| {
            let found = items.clone();
            items.clear();
            items.resize(count, 7);
            Ok(found)
        });
        filled.unwrap()
    }

    #[test]
    fn memory_is_wiped_and_kept_for_a_hash_of_similar_size() {
        let mut memory = KeptMemory::new();
        assert_eq!(fill(&mut memory, 100), []);
        assert_eq!(fill(&mut memory, 100), [0; 100]);
        assert_eq!(fill(&mut memory, 25), [0; 100]);
        assert_eq!(fill(&mut memory, 24), [], "the kept memory is too large");
        assert_eq!(fill(&mut memory, 25), [], "the kept memory is too small");
        memory.free();
        assert_eq!(memory.0.capacity(), 0);
    }

    #[test]
    fn memory_is_wiped_after_a_hash_that_fails_midway() {
        let mut memory = KeptMemory::new();
        let failed: Result<(), Failure> = memory.lend(100, |items| {
            items.resize(30, 7);
            Err(Failure::cancelled())
        });
        assert_eq!(failed, Err(Failure::cancelled()));
        assert_eq!(memory.0, [0; 30]);
    }

    #[test]
    fn an_impossible_allocation_fails() {
        let mut memory = KeptMemory::<u64>::new();
        let refused = memory.lend(usize::MAX / 8, |_| Ok(()));
        assert_eq!(
            refused.unwrap_err().error_code(),
            Some("ERR_BUFFER_TOO_LARGE")
        );
    }
}
