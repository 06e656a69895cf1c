//! Argon2 (RFC 9106). The lanes of a hash are computed one after the other: the pool's threads are
//! used for other tasks.
//!
//! A hash cannot be interrupted. Its thread keeps the memory, tens of megabytes, for the next hash,
//! since page faults would cost a fifth of the time.

use super::costs::check_memory;
use crate::Failure;
use argon2::{Algorithm, Block, Error, Params, Version};
use std::cell::RefCell;
use zeroize::Zeroize;

/// Memory is freed when a hash needs less than this share of it.
const USEFUL_SHARE: usize = 4;

/// The variants of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Addresses depend on the password.
    D,
    /// Addresses do not depend on it.
    I,
    /// Both, as RFC 9106 recommends.
    Id,
}

impl Variant {
    /// All variants.
    pub const ALL: &[Self] = &[Self::D, Self::I, Self::Id];

    /// The name, as in a PHC string.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::D => "argon2d",
            Self::I => "argon2i",
            Self::Id => "argon2id",
        }
    }
}

/// Argon2 and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2 {
    /// The variant.
    pub variant: Variant,
    /// The version: 0x10 or 0x13. New hashes have 0x13.
    pub version: u32,
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Argon2 {
    /// The current version.
    pub const VERSION: u32 = 0x13;

    pub(super) fn derive(
        &self,
        password: &[u8],
        salt: &[u8],
        max_memory: u64,
        key: &mut [u8],
    ) -> Result<(), Failure> {
        check_memory(u64::from(self.memory) << 10, max_memory)?;
        let length = Some(key.len());
        let params = Params::new(self.memory, self.iterations, self.parallelism, length)
            .map_err(|error| self.failure(error))?;
        let count = params.block_count();
        let context = argon2::Argon2::new(self.algorithm(), self.version()?, params);
        MEMORY.with_borrow_mut(|memory| {
            let blocks = memory.blocks(count)?;
            let result = context.hash_password_into_with_memory(password, salt, key, &mut *blocks);
            blocks.iter_mut().for_each(Zeroize::zeroize);
            result.map_err(|error| self.failure(error))
        })
    }

    fn algorithm(&self) -> Algorithm {
        match self.variant {
            Variant::D => Algorithm::Argon2d,
            Variant::I => Algorithm::Argon2i,
            Variant::Id => Algorithm::Argon2id,
        }
    }

    fn version(&self) -> Result<Version, Failure> {
        Version::try_from(self.version).map_err(|error| self.failure(error))
    }

    fn failure(&self, error: Error) -> Failure {
        let Self {
            memory,
            iterations,
            parallelism,
            ..
        } = self;
        match error {
            Error::MemoryTooLittle | Error::MemoryTooMuch => Failure::out_of_range(format!(
                "memory must be at least 8 KiB for each of parallelism {parallelism}, not {memory}"
            )),
            Error::TimeTooSmall => {
                Failure::out_of_range(format!("iterations must be at least 1, not {iterations}"))
            }
            Error::ThreadsTooFew | Error::ThreadsTooMany => Failure::out_of_range(format!(
                "parallelism must be from 1 to {}, not {parallelism}",
                Params::MAX_P_COST
            )),
            Error::SaltTooShort => {
                Failure::out_of_range("The salt of argon2 must have at least 8 bytes")
            }
            Error::OutputTooShort => {
                Failure::out_of_range("The length of argon2 must be at least 4 bytes")
            }
            error => Failure::out_of_range(format!("argon2: {error}")),
        }
    }
}

thread_local! {
    static MEMORY: RefCell<Memory> = const { RefCell::new(Memory(Vec::new())) };
}

/// Frees the memory of this thread.
pub(super) fn rest() {
    MEMORY.with_borrow_mut(|memory| memory.0 = Vec::new());
}

/// The memory of hashes. It is wiped after each.
struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> Result<&mut [Block], Failure> {
        if count < self.0.len() / USEFUL_SHARE || count > self.0.len() {
            self.0 = Vec::new(); // before the new one is there
            self.0.try_reserve_exact(count).map_err(|_| {
                Failure::too_large(format!("There are no {count} KiB of memory for argon2"))
            })?;
            self.0.resize(count, Block::new());
        }
        Ok(&mut self.0[..count])
    }
}
