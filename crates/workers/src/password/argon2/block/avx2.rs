//! The compression function with AVX2, which is twice as fast. A vector holds four words.
//!
//! Unsafe code is needed to call a function that requires AVX2, to convert vectors to words, and to
//! prefetch.

use super::Block;
use std::arch::x86_64::{
    __m256i as V, _MM_HINT_T0, _mm_prefetch, _mm256_add_epi64, _mm256_alignr_epi8,
    _mm256_extract_epi64, _mm256_mul_epu32, _mm256_permute4x64_epi64, _mm256_set_epi64x,
    _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_shuffle_epi32,
    _mm256_srli_epi64, _mm256_xor_si256,
};
use std::array::from_fn;
use std::mem::transmute;

const VECTORS: usize = Block::WORDS / 4;

/// Implements [`Block::compress`].
///
/// # Panics
///
/// If the processor lacks AVX2.
#[inline]
pub(super) fn compress_if_detected(
    block: &mut Block,
    x: &Block,
    y: &Block,
    is_added: bool,
    first: impl FnOnce(u64),
) {
    assert!(is_x86_feature_detected!("avx2"));
    // SAFETY: the assertion above ensures that the processor has AVX2.
    unsafe { compress(block, x, y, is_added, first) }
}

/// Prefetches a block into the cache. Any address is allowed.
#[inline]
pub(super) fn prefetch(block: *const Block) {
    const LINE: usize = 64;
    for line in 0..Block::BYTES / LINE {
        let line = block.cast::<i8>().wrapping_add(line * LINE);
        // SAFETY: a prefetch never faults, whatever the address, and does not access memory in the
        // sense of the memory model.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line) };
    }
}

#[target_feature(enable = "avx2")]
fn compress(block: &mut Block, x: &Block, y: &Block, is_added: bool, first: impl FnOnce(u64)) {
    let mut mixed = [_mm256_setzero_si256(); VECTORS];
    let mut added = mixed;
    for i in 0..VECTORS {
        mixed[i] = _mm256_xor_si256(load(x, i), load(y, i));
        added[i] = mixed[i];
    }
    if is_added {
        for (i, vector) in added.iter_mut().enumerate() {
            *vector = _mm256_xor_si256(*vector, load(block, i));
        }
    }
    for i in [0, 8, 16, 24] {
        permute_rows(&mut mixed, i);
    }
    permute_columns(&mut mixed, 0);
    let word = _mm256_xor_si256(mixed[0], added[0]);
    first(_mm256_extract_epi64::<0>(word).cast_unsigned());
    for i in 1..4 {
        permute_columns(&mut mixed, i);
    }
    let (words, _) = block.0.as_chunks_mut();
    for i in 0..VECTORS {
        let vector = _mm256_xor_si256(mixed[i], added[i]);
        // SAFETY: both types have 32 bytes, and every bit pattern is a valid `[u64; 4]`.
        words[i] = unsafe { transmute::<V, [u64; 4]>(vector) };
    }
}

/// Loads the vector at an index. The compiler reduces this to one load.
#[inline]
#[target_feature(enable = "avx2")]
fn load(block: &Block, index: usize) -> V {
    let words: [i64; 4] = from_fn(|i| block.0[4 * index + i].cast_signed());
    _mm256_set_epi64x(words[3], words[2], words[1], words[0])
}

/// Applies the permutation P to two rows: four vectors from `start` on, and the next four.
#[inline]
#[target_feature(enable = "avx2")]
fn permute_rows(vectors: &mut [V; VECTORS], start: usize) {
    const PREVIOUS: i32 = 0b10_01_00_11;
    const OPPOSITE: i32 = 0b01_00_11_10;
    const NEXT: i32 = 0b00_11_10_01;

    let places = from_fn(|i| [start + i, start + 4 + i]);
    let mut m = places.map(|[i, k]| [vectors[i], vectors[k]]);
    mix(&mut m);
    // Rotates diagonals into columns, and back below.
    m = [
        m[0],
        rotate::<NEXT>(m[1]),
        rotate::<OPPOSITE>(m[2]),
        rotate::<PREVIOUS>(m[3]),
    ];
    mix(&mut m);
    m = [
        m[0],
        rotate::<PREVIOUS>(m[1]),
        rotate::<OPPOSITE>(m[2]),
        rotate::<NEXT>(m[3]),
    ];
    for ([i, k], [x, y]) in places.into_iter().zip(m) {
        vectors[i] = x;
        vectors[k] = y;
    }
}

/// Applies the permutation P to two columns. Every fourth vector from `start` on has two words of
/// the first column in its lower half, and two words of the second column in its upper half.
#[inline]
#[target_feature(enable = "avx2")]
fn permute_columns(vectors: &mut [V; VECTORS], start: usize) {
    let places = from_fn(|i| [start + 8 * i, start + 8 * i + 4]);
    let mut m = places.map(|[i, k]| [vectors[i], vectors[k]]);
    mix(&mut m);
    // Rotates diagonals into columns, and back below.
    m = [m[0], next(m[1]), swap(m[2]), swap(next(m[3]))];
    mix(&mut m);
    m = [m[0], swap(next(m[1])), swap(m[2]), next(m[3])];
    for ([i, k], [x, y]) in places.into_iter().zip(m) {
        vectors[i] = x;
        vectors[k] = y;
    }
}

/// The four rows of two matrices of sixteen words.
type Matrices = [[V; 2]; 4];

/// Computes four steps of P in both matrices. The matrices are independent of each other, so the
/// processor computes them in parallel.
#[inline]
#[target_feature(enable = "avx2")]
fn mix([a, b, c, d]: &mut Matrices) {
    for i in 0..2 {
        a[i] = multiply_and_add(a[i], b[i]);
        d[i] = rotate_right_32(_mm256_xor_si256(d[i], a[i]));
        c[i] = multiply_and_add(c[i], d[i]);
        b[i] = rotate_right_24(_mm256_xor_si256(b[i], c[i]));
        a[i] = multiply_and_add(a[i], b[i]);
        d[i] = rotate_right_16(_mm256_xor_si256(d[i], a[i]));
        c[i] = multiply_and_add(c[i], d[i]);
        b[i] = rotate_right_63(_mm256_xor_si256(b[i], c[i]));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn multiply_and_add(x: V, y: V) -> V {
    let product = _mm256_mul_epu32(x, y);
    _mm256_add_epi64(_mm256_add_epi64(x, y), _mm256_add_epi64(product, product))
}

/// Rotates a row of each matrix. Each vector holds one of these rows.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const BY: i32>([x, y]: [V; 2]) -> [V; 2] {
    [
        _mm256_permute4x64_epi64::<BY>(x),
        _mm256_permute4x64_epi64::<BY>(y),
    ]
}

/// Rotates a row of each matrix by one word. The first vector holds words 0 and 1 of the row in
/// both matrices, and the second vector words 2 and 3.
#[inline]
#[target_feature(enable = "avx2")]
fn next([x, y]: [V; 2]) -> [V; 2] {
    [_mm256_alignr_epi8::<8>(y, x), _mm256_alignr_epi8::<8>(x, y)]
}

/// Rotates a row of each matrix by two words; the vectors are as in [`next`].
#[inline]
fn swap([x, y]: [V; 2]) -> [V; 2] {
    [y, x]
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_32(v: V) -> V {
    _mm256_shuffle_epi32::<0b10_11_00_01>(v)
}

#[rustfmt::skip]
#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_24(v: V) -> V {
    _mm256_shuffle_epi8(v, _mm256_setr_epi8(
        3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
        3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10,
    ))
}

#[rustfmt::skip]
#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_16(v: V) -> V {
    _mm256_shuffle_epi8(v, _mm256_setr_epi8(
        2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
        2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9,
    ))
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_right_63(v: V) -> V {
    _mm256_xor_si256(_mm256_srli_epi64::<63>(v), _mm256_add_epi64(v, v))
}
