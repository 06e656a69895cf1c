//! HKDF (RFC 5869).

use super::digest::{Digest, with_digest};
use crate::{Bytes, Failure};
use digest::OutputSizeUser;

/// How long a key may be, in digests.
const MOST_DIGESTS: usize = 255;

/// HKDF and what distinguishes the keys that are derived from one.
#[derive(Debug)]
pub struct Hkdf {
    /// The context of the key.
    pub info: Bytes,
    /// The digest.
    pub digest: Digest,
}

impl Hkdf {
    /// Refuses a length that cannot be derived.
    pub(super) fn check_length(&self, length: usize) -> Result<(), Failure> {
        let digest = with_digest!(self.digest, Hash => Hash::output_size());
        if length <= MOST_DIGESTS * digest {
            Ok(())
        } else {
            Err(too_long(length))
        }
    }

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
        result.map_err(|_| too_long(length))
    }
}

fn too_long(length: usize) -> Failure {
    Failure::out_of_range(format!(
        "length must be at most {MOST_DIGESTS} times that of the digest, not {length}"
    ))
}
