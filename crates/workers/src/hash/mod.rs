//! `native:hash`: checksums, hashes and message authentication codes of bytes or of a file.

mod algorithm;
#[cfg(test)]
mod tests;

pub use self::algorithm::Algorithm;
use crate::encoding::Encoding;
use crate::source::Source;
use crate::{Failure, Fields, FromValue, NativeTask, Task, Value};
use zeroize::Zeroizing;

/// The input of `native:hash`.
#[derive(Debug)]
pub struct HashInput {
    /// What is hashed.
    pub source: Source,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key of an HMAC, or of BLAKE3's keyed mode.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// The form of the result.
    pub encoding: Encoding,
}

/// Fields: data, file, algorithm, key, encoding.
impl FromValue for HashInput {
    fn from_value(value: Value) -> Result<Self, Failure> {
        let mut fields = Fields::of(value)?;
        Ok(Self {
            source: Source::from_fields(&mut fields)?,
            algorithm: fields.one_of(Algorithm::ALL)?,
            key: fields.secret()?,
            encoding: fields.one_of(Encoding::ALL)?,
        })
    }
}

/// The task.
#[derive(Debug)]
pub struct Hash;

impl NativeTask for Hash {
    type Input = HashInput;
    type Output = Value;

    /// Hashes the source, piece by piece.
    fn run(&mut self, input: HashInput, task: &Task<'_>) -> Result<Value, Failure> {
        let mut hasher = match &input.key {
            None => input.algorithm.hasher(),
            Some(key) => input.algorithm.keyed(key)?,
        };
        input.source.read(task, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        Ok(input.encoding.encode(hasher.finish()))
    }
}
