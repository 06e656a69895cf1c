//! A stored hash: a PHC string, or bcrypt's own format.

use super::phc::Phc;
use super::{Costs, bcrypt};
use crate::{Failure, Task};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A stored hash and its costs. It is untrusted input, so the costs may be absurd.
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
    /// `ERR_INVALID_DATA` if the text is not a hash.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        Ok(Self(match bcrypt::Stored::parse(text)? {
            Some(stored) => Form::Bcrypt(stored),
            None => Form::Phc(Phc::parse(text)?),
        }))
    }

    /// The algorithm and its costs.
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
    /// If the costs are out of range, they need more than `max_memory` bytes, or the task is
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

/// Formats the hash as text that parses to the same hash. bcrypt's `$2a$` and `$2y$` become `$2b$`.
impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Bcrypt(stored) => stored.fmt(f),
            Form::Phc(phc) => phc.fmt(f),
        }
    }
}
