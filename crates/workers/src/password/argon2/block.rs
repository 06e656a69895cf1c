//! A block of Argon2's memory, and its compression function (RFC 9106, section 3.5).

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "SIMD intrinsics")]
mod avx2;

use zeroize::Zeroize;

/// A block of one kibibyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))] // a cache line
pub(super) struct Block(pub(super) [u64; Block::WORDS]);

impl Block {
    /// Size of a block, in bytes.
    pub(super) const BYTES: usize = 1024;
    /// Size of a block, in words of 64 bits.
    pub(super) const WORDS: usize = Self::BYTES / 8;
    /// A block of zeros.
    pub(super) const ZERO: Self = Self([0; Self::WORDS]);

    pub(super) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let (words, _) = bytes.as_chunks();
        Self(std::array::from_fn(|i| u64::from_le_bytes(words[i])))
    }

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        std::array::from_fn(|i| self.0[i / 8].to_le_bytes()[i % 8])
    }

    pub(super) fn xor_with(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word ^= other;
        }
    }

    /// Replaces the block by G(x, y), or by G(x, y) XOR the old block if `is_added`.
    ///
    /// Calls `first` with the first word of the result as soon as it is known, so that the caller
    /// can prefetch the block that it selects.
    #[inline]
    pub(super) fn compress(&mut self, x: &Self, y: &Self, is_added: bool, first: impl FnOnce(u64)) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            avx2::compress_if_detected(self, x, y, is_added, first);
            return;
        }
        self.compress_portably(x, y, is_added);
        first(self.0[0]);
    }

    fn compress_portably(&mut self, x: &Self, y: &Self, is_added: bool) {
        let mut start = *x;
        start.xor_with(y);
        let mut mixed = start;
        for row in 0..8 {
            permute(&mut mixed.0, |i| 16 * row + i);
        }
        for column in 0..8 {
            permute(&mut mixed.0, |i| 16 * (i / 2) + 2 * column + i % 2);
        }
        mixed.xor_with(&start);
        if is_added {
            mixed.xor_with(self);
        }
        *self = mixed;
    }
}

/// Prefetches a block into the cache, where the processor supports that. Any address is allowed.
#[inline]
pub(super) fn prefetch(block: *const Block) {
    #[cfg(target_arch = "x86_64")]
    avx2::prefetch(block);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = block;
}

impl Zeroize for Block {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Applies the permutation P to the sixteen words whose indices are `at(0)` to `at(15)`.
#[inline]
fn permute(words: &mut [u64; Block::WORDS], at: impl Fn(usize) -> usize) {
    let mut v: [u64; 16] = std::array::from_fn(|i| words[at(i)]);
    for [a, b, c, d] in [
        [0, 4, 8, 12],
        [1, 5, 9, 13],
        [2, 6, 10, 14],
        [3, 7, 11, 15],
        [0, 5, 10, 15],
        [1, 6, 11, 12],
        [2, 7, 8, 13],
        [3, 4, 9, 14],
    ] {
        v[a] = multiply_and_add(v[a], v[b]);
        v[d] = (v[d] ^ v[a]).rotate_right(32);
        v[c] = multiply_and_add(v[c], v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(24);
        v[a] = multiply_and_add(v[a], v[b]);
        v[d] = (v[d] ^ v[a]).rotate_right(16);
        v[c] = multiply_and_add(v[c], v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(63);
    }
    for (i, word) in v.into_iter().enumerate() {
        words[at(i)] = word;
    }
}

/// The function that replaces the addition of `BLAKE2b`: x + y + 2 * lo(x) * lo(y).
#[inline]
fn multiply_and_add(x: u64, y: u64) -> u64 {
    let product = (x & 0xffff_ffff) * (y & 0xffff_ffff);
    x.wrapping_add(y).wrapping_add(product.wrapping_mul(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::Cell;

    fn blocks() -> impl Strategy<Value = Block> {
        prop::collection::vec(any::<u64>(), Block::WORDS)
            .prop_map(|words| Block(words.try_into().unwrap()))
    }

    proptest! {
        #[test]
        fn simd_and_portable_code_agree(
            x in blocks(), y in blocks(), old in blocks(), is_added: bool,
        ) {
            let word = Cell::new(None);
            let (mut block, mut expected) = (old, old);
            block.compress(&x, &y, is_added, |first| word.set(Some(first)));
            expected.compress_portably(&x, &y, is_added);
            prop_assert_eq!(word.get(), Some(expected.0[0]));
            prop_assert_eq!(block, expected);
        }

        #[test]
        fn a_block_round_trips_through_bytes(block in blocks()) {
            prop_assert_eq!(Block::from_bytes(&block.to_bytes()), block);
        }
    }
}
