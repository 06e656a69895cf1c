//! `native:hashPassword`.

use super::{Costs, Secret, phc};
use crate::{Bytes, Failure, Fields, FromValue, NativeTask, Task, Value};
use zeroize::Zeroizing;

/// Bytes of a random salt, and of a hash.
const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;

/// The input of `native:hashPassword`.
#[derive(Debug)]
pub struct HashPasswordInput {
    /// The password.
    pub password: Secret,
    /// The salt; a random one if none is given.
    pub salt: Option<Bytes>,
    /// The most memory that the hash may need, in bytes.
    pub max_memory: u64,
    /// The algorithm and its costs.
    pub costs: Costs,
}

/// Fields: password, salt, maxMemory, and then the fields of [`Costs`].
impl FromValue for HashPasswordInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            password: fields.secret()?.unwrap_or_default(),
            salt: fields.bytes()?,
            max_memory: fields.size()?,
            costs: Costs::from_fields(&mut fields)?,
        })
    }
}

/// The task. The result is a PHC string, or bcrypt's own form.
#[derive(Debug, Default)]
pub struct HashPassword;

impl NativeTask for HashPassword {
    type Input = HashPasswordInput;
    type Output = String;

    fn run(&mut self, input: HashPasswordInput, task: &Task<'_>) -> Result<String, Failure> {
        let salt = match input.salt {
            Some(salt) => salt,
            None => random_salt()?,
        };
        if let Costs::Bcrypt(bcrypt) = input.costs {
            return bcrypt.hash(&input.password, &salt, task);
        }
        let mut hash = Zeroizing::new(vec![0; HASH_LENGTH]);
        let costs = input.costs;
        costs.derive(&input.password, &salt, input.max_memory, &mut hash, task)?;
        Ok(phc::format(costs, &salt, &hash))
    }

    fn rest(&mut self) {
        super::rest();
    }
}

fn random_salt() -> Result<Bytes, Failure> {
    let mut salt = vec![0; SALT_LENGTH];
    getrandom::fill(&mut salt)
        .map_err(|error| Failure::new(format!("There are no random bytes: {error}")))?;
    Ok(salt.into())
}
