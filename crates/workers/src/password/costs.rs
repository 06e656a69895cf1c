//! The algorithms that hash passwords, with what a hash costs.

use super::{Argon2, Bcrypt, Digest, Pbkdf2, Scrypt, Variant};
use crate::{Failure, Fields, Task};

/// An algorithm that hashes passwords, with the costs of a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Costs {
    /// Argon2, of any variant.
    Argon2(Argon2),
    /// bcrypt.
    Bcrypt(Bcrypt),
    /// scrypt.
    Scrypt(Scrypt),
    /// PBKDF2.
    Pbkdf2(Pbkdf2),
}

/// The algorithms, in the order by which JavaScript selects them.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Argon2(Variant),
    Bcrypt,
    Scrypt,
    Pbkdf2,
}

const KINDS: [Kind; 6] = [
    Kind::Argon2(Variant::Id),
    Kind::Argon2(Variant::I),
    Kind::Argon2(Variant::D),
    Kind::Bcrypt,
    Kind::Scrypt,
    Kind::Pbkdf2,
];

impl Costs {
    /// Reads the algorithm and then its costs: memory, iterations and parallelism of Argon2; cost
    /// of bcrypt; ln, r and p of scrypt; iterations and digest of PBKDF2.
    ///
    /// # Errors
    ///
    /// When the fields are others.
    pub fn from_fields(fields: &mut Fields) -> Result<Self, Failure> {
        Ok(match fields.one_of(&KINDS)? {
            Kind::Argon2(variant) => Self::Argon2(Argon2 {
                variant,
                version: Argon2::VERSION,
                memory: fields.integer()?,
                iterations: fields.integer()?,
                parallelism: fields.integer()?,
            }),
            Kind::Bcrypt => Self::Bcrypt(Bcrypt {
                cost: fields.integer()?,
            }),
            Kind::Scrypt => Self::Scrypt(Scrypt {
                ln: fields.integer()?,
                r: fields.integer()?,
                p: fields.integer()?,
            }),
            Kind::Pbkdf2 => Self::Pbkdf2(Pbkdf2 {
                iterations: fields.integer()?,
                digest: fields.one_of(Digest::ALL)?,
            }),
        })
    }

    /// Fills `key` with what is derived from the password, by anything but bcrypt.
    ///
    /// # Errors
    ///
    /// When the costs, the salt or the length of the key are out of range, the memory is above
    /// `max_memory` bytes, or the task is cancelled.
    pub fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        max_memory: u64,
        key: &mut [u8],
        task: &Task<'_>,
    ) -> Result<(), Failure> {
        if task.is_cancelled() {
            return Err(Failure::cancelled());
        }
        match self {
            Self::Argon2(argon2) => argon2.derive(password, salt, max_memory, key, task),
            Self::Scrypt(scrypt) => scrypt.derive(password, salt, max_memory, key, task),
            Self::Pbkdf2(pbkdf2) => pbkdf2.derive(password, salt, key, task),
            Self::Bcrypt(_) => Err(Failure::invalid_value("bcrypt derives no keys")),
        }
    }
}

/// Refuses costs that need more memory than is allowed, before it is allocated.
pub(super) fn check_memory(needed: u64, max_memory: u64) -> Result<(), Failure> {
    if needed <= max_memory {
        return Ok(());
    }
    Err(Failure::too_large(format!(
        "The costs need {needed} bytes of memory, above maxMemory: {max_memory}"
    )))
}
