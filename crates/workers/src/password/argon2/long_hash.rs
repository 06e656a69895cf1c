//! The hash function H' of Argon2 (RFC 9106, section 3.3): `BLAKE2b` with an output of any length.

use blake2::digest::block_api::{Buffer, UpdateCore, VariableOutputCore};
use blake2::digest::{Digest, Output};
use blake2::{Blake2b512, Blake2bVarCore};
use zeroize::Zeroize;

/// Maximum output of `BLAKE2b`, in bytes.
const MAX_SHORT: usize = 64;

/// Fills `out`, which must not be empty, with the hash of the concatenated inputs.
///
/// # Panics
///
/// If `out` has 4 GiB or more.
pub(super) fn long_hash(inputs: &[&[u8]], out: &mut [u8]) {
    let length = u32::try_from(out.len()).expect("shorter than 4 GiB");
    let length = length.to_le_bytes();
    let inputs = || [&length[..]].into_iter().chain(inputs.iter().copied());
    if out.len() <= MAX_SHORT {
        short_hash(inputs(), out);
        return;
    }
    let mut hash = Blake2b512::new();
    inputs().for_each(|input| hash.update(input));
    let mut last = hash.finalize();
    let mut rest = out;
    while rest.len() > MAX_SHORT {
        let (half, others) = rest.split_at_mut(MAX_SHORT / 2);
        half.copy_from_slice(&last[..MAX_SHORT / 2]);
        rest = others;
        if rest.len() > MAX_SHORT {
            last = Blake2b512::digest(last);
        }
    }
    short_hash([&last[..]].into_iter(), rest);
    last.as_mut_slice().zeroize();
}

/// `BLAKE2b` with an output of at most [`MAX_SHORT`] bytes.
fn short_hash<'a>(inputs: impl Iterator<Item = &'a [u8]>, out: &mut [u8]) {
    let mut core = Blake2bVarCore::new(out.len()).expect("from 1 to 64 bytes");
    let mut buffer = Buffer::<Blake2bVarCore>::default();
    for input in inputs {
        buffer.digest_blocks(input, |blocks| core.update_blocks(blocks));
    }
    let mut hash = Output::<Blake2b512>::default();
    core.finalize_variable_core(&mut buffer, &mut hash);
    out.copy_from_slice(&hash[..out.len()]);
    hash.as_mut_slice().zeroize();
}
