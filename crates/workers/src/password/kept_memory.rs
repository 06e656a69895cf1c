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
