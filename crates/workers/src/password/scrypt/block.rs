//! A block of scrypt, and its compression function Salsa20/8 (RFC 7914, section 3).

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "see there")]
mod sse2;

use zeroize::Zeroize;

type Row = [u32; 4];

/// The matrix of sixteen words, with its diagonals as rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(align(64))] // a cache line
pub(super) struct Block([Row; 4]);

impl Block {
    /// Its length, in bytes.
    pub(super) const BYTES: usize = 64;
    /// A block of zeros.
    pub(super) const ZERO: Self = Self([[0; 4]; 4]);

    pub(super) fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let (words, _) = bytes.as_chunks();
        let word = |row, column| u32::from_le_bytes(words[place(row, column)]);
        Self(std::array::from_fn(|row| {
            std::array::from_fn(|column| word(row, column))
        }))
    }

    pub(super) fn write_to(&self, bytes: &mut [u8; Self::BYTES]) {
        let (words, _) = bytes.as_chunks_mut();
        for (row, values) in self.0.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                words[place(row, column)] = value.to_le_bytes();
            }
        }
    }

    /// The first word.
    #[inline]
    pub(super) fn first_word(&self) -> u32 {
        self.0[0][0]
    }

    #[inline]
    pub(super) fn xor(&self, other: &Self) -> Self {
        let word = |row: usize, column: usize| self.0[row][column] ^ other.0[row][column];
        Self(std::array::from_fn(|row| {
            std::array::from_fn(|column| word(row, column))
        }))
    }

    /// Salsa20/8.
    #[inline]
    pub(super) fn mixed(&self) -> Self {
        #[cfg(target_arch = "x86_64")]
        return Self(sse2::mixed(self.0));
        #[cfg(not(target_arch = "x86_64"))]
        Self(mixed_portably(self.0))
    }
}

impl Zeroize for Block {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

/// Where a word of a diagonal is in the matrix.
const fn place(row: usize, column: usize) -> usize {
    (5 * column + 4 * row) % 16
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn mixed_portably(rows: [Row; 4]) -> [Row; 4] {
    let [mut a, mut b, mut c, mut d] = rows;
    for _ in 0..8 {
        for i in 0..4 {
            b[i] ^= a[i].wrapping_add(d[i]).rotate_left(7);
            c[i] ^= b[i].wrapping_add(a[i]).rotate_left(9);
            d[i] ^= c[i].wrapping_add(b[i]).rotate_left(13);
            a[i] ^= d[i].wrapping_add(c[i]).rotate_left(18);
        }
        // Columns become rows, and then rows columns.
        b.rotate_right(1);
        c.rotate_right(2);
        d.rotate_left(1);
        std::mem::swap(&mut b, &mut d);
    }
    let mut mixed = [a, b, c, d];
    for (word, start) in mixed.iter_mut().flatten().zip(rows.as_flattened()) {
        *word = word.wrapping_add(*start);
    }
    mixed
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
        let block = Block::from_bytes(&input);
        for mixed in [block.mixed(), Block(mixed_portably(block.0))] {
            mixed.write_to(&mut output);
            assert_eq!(output, expected);
        }
    }
}
