//! HKDF (RFC 5869).

use super::digest::{Digest, with_digest};
use crate::{Bytes, Failure};

/// HKDF and what distinguishes the keys that are derived from one.
#[derive(Debug)]
pub struct Hkdf {
    /// The context of the key.
    pub info: Bytes,
    /// The digest.
    pub digest: Digest,
}

impl Hkdf {
    pub(super) fn derive(
        &self,
        key: &[u8],
        salt: &[u8],
        derived: &mut [u8],
    ) -> Result<(), Failure> {
        let length = derived.len();
        let result = with_digest!(self.digest, Hash => {
            hkdf::Hkdf::<Hash>::new(Some(salt), key).expand(&self.info, derived)
        });
        result.map_err(|_| {
            Failure::out_of_range(format!(
                "length must be at most 255 times that of the digest, not {length}"
            ))
        })
    }
}
