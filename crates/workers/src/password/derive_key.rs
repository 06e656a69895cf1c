//! `native:deriveKey`.

use super::{Costs, Digest, Hkdf, Secret};
use crate::{Bytes, Failure, Fields, FromValue, NativeTask, Task, Value};
use zeroize::Zeroizing;

/// How a key is derived.
#[derive(Debug)]
pub enum Derivation {
    /// From a password.
    Password(Costs),
    /// From a key.
    Hkdf(Hkdf),
}

/// The input of `native:deriveKey`.
#[derive(Debug)]
pub struct DeriveKeyInput {
    /// The password, or the key that HKDF expands.
    pub password: Secret,
    /// The salt.
    pub salt: Bytes,
    /// The length of the key, in bytes.
    pub length: u32,
    /// The most memory that the derivation may need, in bytes.
    pub max_memory: u64,
    /// The algorithm.
    pub derivation: Derivation,
}

/// Fields: password, salt, length and maxMemory. For HKDF, info and digest follow; otherwise
/// undefined and the fields of [`Costs`].
impl FromValue for DeriveKeyInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            password: fields.secret()?.unwrap_or_default(),
            salt: fields.bytes()?.unwrap_or_default(),
            length: fields.integer()?,
            max_memory: fields.size()?,
            derivation: match fields.bytes()? {
                None => Derivation::Password(Costs::from_fields(&mut fields)?),
                Some(info) => Derivation::Hkdf(Hkdf {
                    info,
                    digest: fields.one_of(Digest::ALL)?,
                }),
            },
        })
    }
}

/// The task. The result is the key.
#[derive(Debug, Default)]
pub struct DeriveKey;

impl NativeTask for DeriveKey {
    type Input = DeriveKeyInput;
    type Output = Bytes;

    fn run(&mut self, input: DeriveKeyInput, task: &Task<'_>) -> Result<Bytes, Failure> {
        let DeriveKeyInput {
            password,
            salt,
            length,
            max_memory,
            derivation,
        } = input;
        if u64::from(length) > max_memory {
            return Err(Failure::too_large(format!(
                "length is {length} bytes, above maxMemory: {max_memory}"
            )));
        }
        let length = length as usize;
        if let Derivation::Hkdf(hkdf) = &derivation {
            hkdf.check_length(length)?;
        }
        let mut key = Vec::new();
        key.try_reserve_exact(length)
            .map_err(|_| Failure::too_large(format!("There is no memory for length: {length}")))?;
        key.resize(length, 0);
        // Wiped if the derivation fails half way.
        let mut key = Zeroizing::new(key);
        match derivation {
            Derivation::Password(costs) => {
                costs.derive(&password, &salt, max_memory, &mut key, task)?;
            }
            Derivation::Hkdf(hkdf) => hkdf.derive(&password, &salt, &mut key)?,
        }
        Ok(std::mem::take(&mut *key).into())
    }

    fn rest(&mut self) {
        super::rest();
    }
}
