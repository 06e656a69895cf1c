//! The memory of hashes that need much of it.

use crate::Failure;
use zeroize::Zeroize;

/// Memory is freed when a hash needs less than this share of it.
const USEFUL_SHARE: usize = 4;

/// Memory that a thread keeps for its next hash, since page faults would cost a fifth of the time.
/// What a hash has written is wiped.
pub(super) struct KeptMemory<T>(Vec<T>);

impl<T: Zeroize> KeptMemory<T> {
    /// No memory.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Calls `hash` with a vector that has room for `count` items. Those that it has already are
    /// wiped ones of earlier hashes. So `hash` initializes an item when it needs it first, and only
    /// on the first hash.
    ///
    /// # Errors
    ///
    /// When there is no such memory, or `hash` fails.
    pub(super) fn lend<R>(
        &mut self,
        count: usize,
        hash: impl FnOnce(&mut Vec<T>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let kept = self.0.capacity();
        if count < kept / USEFUL_SHARE || count > kept {
            self.0 = Vec::new(); // before the new one is there
            self.0.try_reserve_exact(count).map_err(|_| {
                let bytes = count.saturating_mul(size_of::<T>());
                Failure::too_large(format!("There are no {bytes} bytes of memory for the hash"))
            })?;
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

    /// Fills the memory, and returns what was there before.
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
    fn memory_is_wiped_and_kept_for_a_hash_that_needs_about_as_much() {
        let mut memory = KeptMemory::new();
        assert_eq!(fill(&mut memory, 100), []);
        assert_eq!(fill(&mut memory, 100), [0; 100]);
        assert_eq!(fill(&mut memory, 25), [0; 100]);
        assert_eq!(fill(&mut memory, 24), [], "too much for it");
        assert_eq!(fill(&mut memory, 25), [], "too little");
        memory.free();
        assert_eq!(memory.0.capacity(), 0);
    }

    #[test]
    fn memory_is_wiped_after_a_hash_that_failed_half_way() {
        let mut memory = KeptMemory::new();
        let failed: Result<(), Failure> = memory.lend(100, |items| {
            items.resize(30, 7);
            Err(Failure::cancelled())
        });
        assert_eq!(failed, Err(Failure::cancelled()));
        assert_eq!(memory.0, [0; 30]);
    }

    #[test]
    fn memory_that_the_system_does_not_have_is_refused() {
        let mut memory = KeptMemory::<u64>::new();
        let refused = memory.lend(usize::MAX / 8, |_| Ok(()));
        assert_eq!(
            refused.unwrap_err().error_code(),
            Some("ERR_BUFFER_TOO_LARGE")
        );
    }
}
