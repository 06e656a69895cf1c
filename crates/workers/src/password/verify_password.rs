//! `native:verifyPassword`.

use super::phc::Phc;
use super::{Secret, bcrypt};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The input of `native:verifyPassword`.
#[derive(Debug)]
pub struct VerifyPasswordInput {
    /// The password.
    pub password: Secret,
    /// The stored hash: a PHC string, or bcrypt's own form.
    pub hash: Box<str>,
    /// The most memory that the hash may need, in bytes.
    pub max_memory: u64,
}

/// Fields: password, hash, maxMemory.
impl FromValue for VerifyPasswordInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            password: fields.secret()?.unwrap_or_default(),
            hash: fields.text()?.unwrap_or_default(),
            max_memory: fields.size()?,
        })
    }
}

/// The task. Its result says whether the password matches the hash. The comparison takes constant
/// time.
#[derive(Debug, Default)]
pub struct VerifyPassword;

impl NativeTask for VerifyPassword {
    type Input = VerifyPasswordInput;
    type Output = bool;

    fn run(&mut self, input: VerifyPasswordInput, task: &Task<'_>) -> Result<bool, Failure> {
        let VerifyPasswordInput {
            password,
            hash,
            max_memory,
        } = input;
        if let Some(stored) = bcrypt::Stored::parse(&hash)? {
            return stored.verify(&password, task);
        }
        let Phc { costs, salt, hash } = Phc::parse(&hash)?;
        let mut computed = Zeroizing::new(vec![0; hash.len()]);
        costs.derive(&password, &salt, max_memory, &mut computed, task)?;
        Ok(computed.ct_eq(&hash).into())
    }

    fn rest(&mut self) {
        super::rest();
    }
}
