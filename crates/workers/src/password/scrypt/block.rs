//! A block of scrypt, and its compression function Salsa20/8 (RFC 7914, section 3).
//!
//! Each step depends on the previous one, so latency matters. SIMD vectors have no rotate
//! instruction, and some processors need two cycles to add vectors. So this code uses scalars; see
//! `docs/performance.md`.

use zeroize::Zeroize;

const WORDS: usize = 16;

/// A matrix of four rows and four columns of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))] // a cache line
pub(super) struct Block([u32; WORDS]);

impl Block {
    /// Size of a block, in bytes.
    pub(super) const BYTES: usize = 4 * WORDS;
    /// A block of zeros.
    pub(super) const ZERO: Self = Self([0; WORDS]);

    pub(super) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let (words, _) = bytes.as_chunks();
        Self(std::array::from_fn(|i| u32::from_le_bytes(words[i])))
    }

    pub(super) fn write_to(&self, bytes: &mut [u8; Self::BYTES]) {
        let (words, _) = bytes.as_chunks_mut();
        for (bytes, word) in words.iter_mut().zip(self.0) {
            *bytes = word.to_le_bytes();
        }
    }

    /// The first word.
    #[inline]
    pub(super) fn first_word(&self) -> u32 {
        self.0[0]
    }

    #[inline]
    pub(super) fn xor(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] ^ other.0[i]))
    }

    /// The result of Salsa20/8.
    #[inline]
    pub(super) fn salsa20_8(&self) -> Self {
        let mut words = self.0;
        for _ in 0..4 {
            quarter_round(&mut words, [0, 4, 8, 12]);
            quarter_round(&mut words, [5, 9, 13, 1]);
            quarter_round(&mut words, [10, 14, 2, 6]);
            quarter_round(&mut words, [15, 3, 7, 11]);
            quarter_round(&mut words, [0, 1, 2, 3]);
            quarter_round(&mut words, [5, 6, 7, 4]);
            quarter_round(&mut words, [10, 11, 8, 9]);
            quarter_round(&mut words, [15, 12, 13, 14]);
        }
        Self(std::array::from_fn(|i| words[i].wrapping_add(self.0[i])))
    }
}

impl Zeroize for Block {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// A quarter round: the four words of a column or row, starting at the diagonal.
#[inline]
fn quarter_round(words: &mut [u32; WORDS], [a, b, c, d]: [usize; 4]) {
    words[b] ^= words[a].wrapping_add(words[d]).rotate_left(7);
    words[c] ^= words[b].wrapping_add(words[a]).rotate_left(9);
    words[d] ^= words[c].wrapping_add(words[b]).rotate_left(13);
    words[a] ^= words[d].wrapping_add(words[c]).rotate_left(18);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7914, section 8.
    #[test]
    fn salsa_agrees_with_the_rfc() {
        let bytes = |hex: &str| -> [u8; 64] {
            std::array::from_fn(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        };
        let input = bytes(
            "7e879a214f3ec9867ca940e641718f26baee555b8c61c1b50df846116dcd3b1d\
             ee24f319df9b3d8514121e4b5ac5aa3276021d2909c74829edebc68db8b8c25e",
        );
        let expected = bytes(
            "a41f859c6608cc993b81cacb020cef05044b2181a2fd337dfd7b1c6396682f29\
             b4393168e3c9e6bcfe6bc5b7a06d96bae424cc102c91745c24ad673dc7618f81",
        );
        let mut output = [0; 64];
        Block::from_bytes(&input).salsa20_8().write_to(&mut output);
        assert_eq!(output, expected);
    }
}
