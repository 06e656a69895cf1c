//! scrypt (RFC 7914).

mod block;
mod mix;

use self::block::Block;
use self::mix::Mixer;
use super::costs::check_memory;
use super::kept_memory::KeptMemory;
use super::{Digest, Pbkdf2};
use crate::{Failure, Task};
use std::cell::RefCell;
use zeroize::Zeroizing;

/// scrypt and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrypt {
    /// The binary logarithm of N.
    pub ln: u32,
    /// The block size.
    pub r: u32,
    /// The parallelization.
    pub p: u32,
}

impl Scrypt {
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        max_memory: u64,
        key: &mut [u8],
        task: &Task<'_>,
    ) -> Result<(), Failure> {
        check_memory(self.memory(), max_memory)?;
        self.check(key)?;
        // `check` has refused costs whose memory does not fit into a `usize`.
        let (n, r, p) = (1 << self.ln, self.r as usize, self.p as usize);
        let length = 2 * r * size_of::<Block>();
        let mut bytes = Zeroizing::new(filled(0_u8, p * length)?);
        let pbkdf2 = Pbkdf2 {
            digest: Digest::Sha256,
            iterations: 1,
        };
        pbkdf2.derive(password, salt, &mut bytes, task)?;
        MEMORY.with_borrow_mut(|memory| {
            memory.lend(2 * r * n, |memory| {
                let mut mixer = Mixer::new(n, r, task)?;
                bytes
                    .chunks_exact_mut(length)
                    .try_for_each(|bytes| mixer.mix(bytes, memory))
            })
        })?;
        pbkdf2.derive(password, &bytes, key, task)
    }

    fn check(self, key: &[u8]) -> Result<(), Failure> {
        let Self { ln, r, p } = self;
        let is_product_too_large = u64::from(r) * u64::from(p) >= 1 << 30;
        if ln == 0 || r == 0 || p == 0 || is_product_too_large {
            return Err(Failure::out_of_range(format!(
                "The costs of scrypt are out of range: ln {ln}, r {r}, p {p}"
            )));
        }
        if key.is_empty() {
            return Err(Failure::out_of_range("length must be at least 1"));
        }
        if usize::try_from(self.memory()).is_err() {
            return Err(no_memory(self.memory()));
        }
        Ok(())
    }

    /// The memory that N, r and p require, in bytes. Saturates.
    fn memory(self) -> u64 {
        let block = u64::from(self.r).saturating_mul(128);
        let blocks = 1u64.checked_shl(self.ln).unwrap_or(u64::MAX);
        block.saturating_mul(blocks.saturating_add(u64::from(self.p)))
    }
}

/// Allocates `count` copies of an item.
///
/// # Errors
///
/// If the allocation fails.
fn filled<T: Clone>(item: T, count: usize) -> Result<Vec<T>, Failure> {
    let mut items = Vec::new();
    items
        .try_reserve_exact(count)
        .map_err(|_| no_memory(count.saturating_mul(size_of::<T>()) as u64))?;
    items.resize(count, item);
    Ok(items)
}

fn no_memory(bytes: u64) -> Failure {
    Failure::too_large(format!(
        "There is not enough memory for scrypt: it needs {bytes} bytes"
    ))
}

thread_local! {
    static MEMORY: RefCell<KeptMemory<Block>> = const { RefCell::new(KeptMemory::new()) };
}

/// Frees the memory that this thread keeps.
pub(super) fn rest() {
    MEMORY.with_borrow_mut(KeptMemory::free);
}
