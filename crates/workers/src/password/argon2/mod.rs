//! Argon2 (RFC 9106). The lanes of a hash are computed one after another, because the pool's other
//! threads run other tasks.

mod block;
mod fill;
mod long_hash;

use self::block::Block;
use self::fill::Fill;
use self::long_hash::long_hash;
use super::costs::check_memory;
use super::kept_memory::KeptMemory;
use super::polls::update;
use crate::{Failure, Task};
use blake2::Blake2b512;
use blake2::digest::{FixedOutput, Update};
use std::cell::RefCell;
use zeroize::Zeroize;

/// Maximum number of lanes.
const MAX_LANES: u32 = (1 << 24) - 1;

/// The variants of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// Memory addresses depend on the password.
    D,
    /// Memory addresses do not depend on the password.
    I,
    /// A hybrid of both, which RFC 9106 recommends.
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

    /// The number that is hashed along with the inputs.
    const fn number(self) -> u32 {
        match self {
            Self::D => 0,
            Self::I => 1,
            Self::Id => 2,
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
    /// The previous version. Its later passes overwrite blocks instead of adding to them.
    const OLD_VERSION: u32 = 0x10;

    pub(super) fn derive(
        &self,
        password: &[u8],
        salt: &[u8],
        max_memory: u64,
        key: &mut [u8],
        task: &Task<'_>,
    ) -> Result<(), Failure> {
        check_memory(u64::from(self.memory) << 10, max_memory)?;
        self.check(salt, key)?;
        let mut inputs = self.hash_inputs(password, salt, key.len(), task)?;
        let fill = Fill::new(self, &inputs);
        let last = MEMORY
            .with_borrow_mut(|memory| memory.lend(fill.blocks(), |blocks| fill.run(blocks, task)));
        inputs.as_mut_slice().zeroize();
        let mut last = last?;
        let mut bytes = last.to_bytes();
        long_hash(&[&bytes], key);
        bytes.zeroize();
        last.zeroize();
        Ok(())
    }

    fn check(&self, salt: &[u8], key: &[u8]) -> Result<(), Failure> {
        let Self {
            version,
            memory,
            iterations,
            parallelism,
            ..
        } = self;
        let message = if !(1..=MAX_LANES).contains(parallelism) {
            format!("parallelism must be from 1 to {MAX_LANES}, not {parallelism}")
        } else if u64::from(*memory) < 8 * u64::from(*parallelism) {
            format!(
                "memory must be at least 8 KiB for each of parallelism {parallelism}, not {memory}"
            )
        } else if *iterations == 0 {
            "iterations must be at least 1, not 0".into()
        } else if ![Self::OLD_VERSION, Self::VERSION].contains(version) {
            format!("The version of argon2 must be 16 or 19, not {version}")
        } else if salt.len() < 8 {
            "The salt of argon2 must have at least 8 bytes".into()
        } else if key.len() < 4 {
            "The length of argon2 must be at least 4 bytes".into()
        } else {
            return Ok(());
        };
        Err(Failure::out_of_range(message))
    }

    /// Computes H0 of the RFC: the hash of all inputs.
    fn hash_inputs(
        &self,
        password: &[u8],
        salt: &[u8],
        length: usize,
        task: &Task<'_>,
    ) -> Result<digest::Output<Blake2b512>, Failure> {
        let too_long = |_| Failure::out_of_range("The inputs of argon2 must be shorter than 4 GiB");
        let number = |length| u32::try_from(length).map_err(too_long);
        let mut hash = Blake2b512::default();
        for number in [
            self.parallelism,
            number(length)?,
            self.memory,
            self.iterations,
            self.version,
            self.variant.number(),
        ] {
            hash.update(&number.to_le_bytes());
        }
        // The two empty inputs are the secret and the associated data, which are not supported.
        for input in [password, salt, &[], &[]] {
            hash.update(&number(input.len())?.to_le_bytes());
            update(&mut hash, input, task)?;
        }
        Ok(hash.finalize_fixed())
    }
}

thread_local! {
    static MEMORY: RefCell<KeptMemory<Block>> = const { RefCell::new(KeptMemory::new()) };
}

/// Frees the memory that this thread keeps.
pub(super) fn rest() {
    MEMORY.with_borrow_mut(KeptMemory::free);
}
