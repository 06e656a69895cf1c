//! A hash that was stored: a PHC string, or bcrypt's own form.

use super::phc::Phc;
use super::{Costs, bcrypt};
use crate::{Failure, Task};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A stored hash and its costs. It comes from outside, so the costs may be absurd.
#[derive(Debug, PartialEq, Eq)]
pub struct StoredHash(Form);

#[derive(Debug, PartialEq, Eq)]
enum Form {
    Bcrypt(bcrypt::Stored),
    Phc(Phc),
}

impl StoredHash {
    /// Parses a hash. Its costs are checked by [`StoredHash::verify`].
    ///
    /// # Errors
    ///
    /// `ERR_INVALID_DATA` when the text is no hash.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        Ok(Self(match bcrypt::Stored::parse(text)? {
            Some(stored) => Form::Bcrypt(stored),
            None => Form::Phc(Phc::parse(text)?),
        }))
    }

    /// The algorithm and what the hash costs.
    #[must_use]
    pub fn costs(&self) -> Costs {
        match &self.0 {
            Form::Bcrypt(stored) => Costs::Bcrypt(stored.costs()),
            Form::Phc(phc) => phc.costs,
        }
    }

    /// Whether the password matches. The comparison takes constant time.
    ///
    /// # Errors
    ///
    /// When the costs are out of range, the memory is above `max_memory` bytes, or the task is
    /// cancelled.
    pub fn verify(
        &self,
        password: &[u8],
        max_memory: u64,
        task: &Task<'_>,
    ) -> Result<bool, Failure> {
        match &self.0 {
            Form::Bcrypt(stored) => stored.verify(password, task),
            Form::Phc(Phc { costs, salt, hash }) => {
                let mut computed = Zeroizing::new(vec![0; hash.len()]);
                costs.derive(password, salt, max_memory, &mut computed, task)?;
                Ok(computed.ct_eq(hash).into())
            }
        }
    }
}

/// The text that parses to this hash. The forms `$2a$` and `$2y$` of bcrypt become `$2b$`.
impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Bcrypt(stored) => stored.fmt(f),
            Form::Phc(phc) => phc.fmt(f),
        }
    }
}
