//! `native:verifyPassword`.

use super::{Secret, StoredHash};
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};

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

/// The task. Its result says whether the password matches the hash.
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
        StoredHash::parse(&hash)?.verify(&password, max_memory, task)
    }

    fn rest(&mut self) {
        super::rest();
    }
}
