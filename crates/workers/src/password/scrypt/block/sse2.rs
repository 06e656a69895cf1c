//! Salsa20/8 with SSE2: a row of the matrix is one vector.
//!
//! The unsafe code calls a function that needs SSE2, and reads vectors as words.

use super::Row;
use std::arch::x86_64::{
    __m128i as V, _mm_add_epi32, _mm_or_si128, _mm_setr_epi32, _mm_shuffle_epi32, _mm_slli_epi32,
    _mm_srli_epi32, _mm_xor_si128,
};
use std::mem::transmute;

/// [`super::mixed`].
#[inline]
pub(super) fn mixed(rows: [Row; 4]) -> [Row; 4] {
    // SAFETY: each x86-64 processor has SSE2.
    unsafe { mixed_by_vectors(rows) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn mixed_by_vectors(rows: [Row; 4]) -> [Row; 4] {
    let start = rows.map(|row| {
        let [a, b, c, d] = row.map(u32::cast_signed);
        _mm_setr_epi32(a, b, c, d)
    });
    let [mut a, mut b, mut c, mut d] = start;
    for _ in 0..8 {
        b = _mm_xor_si128(b, rotated::<7, 25>(_mm_add_epi32(a, d)));
        c = _mm_xor_si128(c, rotated::<9, 23>(_mm_add_epi32(b, a)));
        d = _mm_xor_si128(d, rotated::<13, 19>(_mm_add_epi32(c, b)));
        a = _mm_xor_si128(a, rotated::<18, 14>(_mm_add_epi32(d, c)));
        // Columns become rows, and then rows columns.
        c = _mm_shuffle_epi32::<0b01_00_11_10>(c);
        let previous = b;
        b = _mm_shuffle_epi32::<0b00_11_10_01>(d);
        d = _mm_shuffle_epi32::<0b10_01_00_11>(previous);
    }
    let mixed = [
        _mm_add_epi32(a, start[0]),
        _mm_add_epi32(b, start[1]),
        _mm_add_epi32(c, start[2]),
        _mm_add_epi32(d, start[3]),
    ];
    // SAFETY: both have the same size, and any bits are words.
    unsafe { transmute::<[V; 4], [Row; 4]>(mixed) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn rotated<const LEFT: i32, const RIGHT: i32>(v: V) -> V {
    _mm_or_si128(_mm_slli_epi32::<LEFT>(v), _mm_srli_epi32::<RIGHT>(v))
}
