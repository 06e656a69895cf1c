//! PBKDF2 (RFC 8018) with HMAC.
//!
//! The loop is written here and not taken from a crate, so that the token is polled within it.

use super::Secret;
use super::digest::{Digest, with_digest};
use super::polls::update;
use crate::{Failure, Task};
use digest::block_api::BlockSizeUser;
use digest::{FixedOutput, KeyInit, Update};
use hmac::Hmac;
use zeroize::{Zeroize, Zeroizing};

/// Iterations between two polls of the token: less than a millisecond.
const ITERATIONS_PER_POLL: u32 = 512;

/// PBKDF2 and its costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pbkdf2 {
    /// The digest.
    pub digest: Digest,
    /// Iterations, at least 1.
    pub iterations: u32,
}

impl Pbkdf2 {
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        key: &mut [u8],
        task: &Task<'_>,
    ) -> Result<(), Failure> {
        if self.iterations == 0 {
            return Err(Failure::out_of_range(
                "iterations must be at least 1, not 0",
            ));
        }
        with_digest!(self.digest, Hash => {
            let password = hmac_key::<Hash>(password, task)?;
            derive::<Hmac<Hash>>(&password, salt, self.iterations, key, task)
        })
    }
}

/// Shortens a password as HMAC does: a key longer than a block is hashed. Done here so that the
/// token is polled during the hash of a very long password.
fn hmac_key<H: BlockSizeUser + FixedOutput + Update + Default>(
    password: &[u8],
    task: &Task<'_>,
) -> Result<Secret, Failure> {
    if password.len() <= H::block_size() {
        return Ok(Zeroizing::new(password.to_vec()));
    }
    let mut hash = H::default();
    update(&mut hash, password, task)?;
    Ok(Zeroizing::new(hash.finalize_fixed().to_vec()))
}

fn derive<P: KeyInit + Update + FixedOutput + Clone>(
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    key: &mut [u8],
    task: &Task<'_>,
) -> Result<(), Failure> {
    let keyed = P::new_from_slice(password).expect("a key of any length is valid");
    for (block, number) in key.chunks_mut(P::output_size()).zip(1u32..) {
        if task.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let mut first = keyed.clone();
        update(&mut first, salt, task)?;
        first.update(&number.to_be_bytes());
        let mut last = first.finalize_fixed();
        let length = block.len();
        block.copy_from_slice(&last[..length]);
        for iteration in 1..iterations {
            if iteration % ITERATIONS_PER_POLL == 0 && task.is_cancelled() {
                return Err(Failure::cancelled());
            }
            let mut next = keyed.clone();
            next.update(&last);
            last = next.finalize_fixed();
            for (byte, other) in block.iter_mut().zip(&last) {
                *byte ^= other;
            }
        }
        last.as_mut_slice().zeroize();
    }
    Ok(())
}
