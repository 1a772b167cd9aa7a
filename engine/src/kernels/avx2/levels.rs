//! Unpacking of codes into levels, 32 values a register. FORMAT.md has the order of values in a code.

use std::arch::x86_64::*;

use crate::kernels::Codes;

/// Level tables of one number of bits; indices of two bits may stand in the low or in the high half of a table's, so
/// that two parts of a byte need no shift between them.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    /// By the low bits of an index (all four, of 4-bit codes); then those of 3-bit indices whose third bit is set.
    low: [__m256i; 2],
    /// By bits 2 and 3.
    high: [__m256i; 2],
    /// `low` in the lower half of the register, `high` in the upper one.
    both: [__m256i; 2],
    /// Every byte with the level of index 0, and of index 1.
    bit: [__m256i; 2],
    /// What turns biased levels into what is asked for.
    flip: __m256i,
}

#[target_feature(enable = "avx2")]
#[inline]
fn table(entry: impl Fn(usize) -> u8) -> __m256i {
    let bytes: [u8; 16] = std::array::from_fn(entry);
    // SAFETY: the table has 16 bytes.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

impl Tables {
    /// Tables of levels (as i8), or of biased levels.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn new(codes: &Codes, biased: bool) -> Self {
        let flip = if biased { 0 } else { 128 };
        let t = codes.table.map(|level| level ^ flip);
        let mask = if codes.bits == 4 { 15 } else { 3 };
        let low = [table(|i| t[i & mask]), table(|i| t[i & mask | 4])];
        let high = [table(|i| t[i >> 2]), table(|i| t[i >> 2 | 4])];
        let both = [0, 1].map(|third| _mm256_blend_epi32::<0xf0>(low[third], high[third]));
        let bit = [table(|_| t[0]), table(|_| t[1])];
        Self { low, high, both, bit, flip: _mm256_set1_epi8(flip.cast_signed()) }
    }
}

/// Gives `each` the levels of a code, up to 32 values at a time, with the place of the first; bytes beyond the values are
/// of no meaning in the code's last register and zero in others, and overwritten by what follows if stored.
#[target_feature(enable = "avx2")]
#[inline]
pub(super) fn each<const BITS: usize>(code: &[u8], tables: &Tables, mut each: impl FnMut(usize, __m256i)) {
    match BITS {
        1 => {
            for (at, bytes) in code.chunks(4).enumerate() {
                each(at * 32, _mm256_blendv_epi8(tables.bit[0], tables.bit[1], spread(word(bytes) as u32)));
            }
        }
        8 => {
            let (chunks, rest) = code.as_chunks::<32>();
            let mut last = [1; 32];
            last[..rest.len()].copy_from_slice(rest);
            let end = if rest.is_empty() { &[][..] } else { std::slice::from_ref(&last) };
            for (at, chunk) in chunks.iter().chain(end).enumerate() {
                // SAFETY: the chunk has 32 bytes.
                let bytes = unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) };
                each(at * 32, _mm256_xor_si256(_mm256_max_epu8(bytes, _mm256_set1_epi8(1)), tables.flip));
            }
        }
        3 => {
            let (low, high) = code.split_at(code.len() / 3 * 2);
            runs::<2>(low, tables, |at, valid, values, tables| {
                let [low, third] = tables.map(|table| _mm256_shuffle_epi8(table, values));
                let levels = _mm256_blendv_epi8(low, third, spread(word(&high[at / 8..]) as u32));
                each(at, _mm256_and_si256(levels, valid));
            });
        }
        2 => runs::<2>(code, tables, |at, valid, values, tables| {
            each(at, _mm256_and_si256(_mm256_shuffle_epi8(tables[0], values), valid));
        }),
        _ => runs::<4>(code, tables, |at, valid, values, tables| {
            each(at, _mm256_and_si256(_mm256_shuffle_epi8(tables[0], values), valid));
        }),
    }
}

/// All ones in every byte whose bit is set.
#[target_feature(enable = "avx2")]
#[inline]
fn spread(bits: u32) -> __m256i {
    let byte = _mm256_setr_epi64x(0, 0x0101_0101_0101_0101, 0x0202_0202_0202_0202, 0x0303_0303_0303_0303);
    let bit = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
    let bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(bits.cast_signed()), byte);
    _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit)
}

/// Up to eight bytes as a number, the first lowest.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Gives `each` the place of the first value, a mask of valid bytes, indices, and the tables that they are for.
#[target_feature(enable = "avx2")]
#[inline]
fn runs<const BITS: usize>(code: &[u8], tables: &Tables, mut each: impl FnMut(usize, __m256i, __m256i, [__m256i; 2])) {
    let (nibble, all) = (_mm256_set1_epi8(15), _mm256_set1_epi8(-1));
    let nibbles = |bytes| [_mm256_and_si256(bytes, nibble), _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), nibble)];
    let mut at = 0;
    for (first, length) in crate::kernels::runs(code.len()) {
        let run = &code[first..][..length];
        match length {
            64 | 32 => {
                for (half, bytes) in run.as_chunks::<32>().0.iter().enumerate() {
                    // SAFETY: the half has 32 bytes.
                    let values = nibbles(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) });
                    for (pair, values) in values.into_iter().enumerate() {
                        let parts = if BITS == 2 { &[tables.low, tables.high][..] } else { &[tables.low][..] };
                        for (part, &tables) in parts.iter().enumerate() {
                            each(at + half * 32 + (pair * parts.len() + part) * length, all, values, tables);
                        }
                    }
                }
            }
            16 if BITS == 2 => {
                // SAFETY: the run has 16 bytes.
                let bytes = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(run.as_ptr().cast()) });
                for (pair, values) in nibbles(bytes).into_iter().enumerate() {
                    each(at + pair * 32, all, values, tables.both);
                }
            }
            _ => {
                let count = length * 8 / BITS;
                let valid = _mm256_cmpgt_epi8(_mm256_set1_epi8(count as i8), ascending());
                each(at, valid, small::<BITS>(run), tables.low);
            }
        }
        at += length * 8 / BITS;
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn ascending() -> __m256i {
    let bytes: [u8; 32] = std::array::from_fn(|at| at as u8);
    // SAFETY: 32 bytes.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// Indices of a run of up to 16 bytes that fills no more than one register, in order.
#[target_feature(enable = "avx2")]
#[inline]
fn small<const BITS: usize>(run: &[u8]) -> __m256i {
    let shifted = match run.len() {
        16 => {
            // SAFETY: the run has 16 bytes.
            let bytes = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(run.as_ptr().cast()) });
            _mm256_srlv_epi64(bytes, _mm256_setr_epi64x(0, 0, 4, 4))
        }
        8 => {
            let bits = BITS as i64;
            let shifts = _mm256_setr_epi64x(0, bits, (2 * bits) & 7, (3 * bits) & 7);
            _mm256_srlv_epi64(_mm256_set1_epi64x(word(run).cast_signed()), shifts)
        }
        4 => {
            let bits = BITS as i32;
            let shifts = _mm256_setr_epi32(0, bits, (2 * bits) & 7, (3 * bits) & 7, 0, 0, 0, 0);
            _mm256_srlv_epi32(_mm256_set1_epi32((word(run) as u32).cast_signed()), shifts)
        }
        _ => {
            // Two parts in 32 bits, as there is no shift of 16 bits by a number for each.
            let run = word(run) as u32;
            let parts = _mm256_set1_epi32((run | run >> BITS << 16).cast_signed());
            _mm256_srlv_epi32(parts, _mm256_setr_epi32(0, 2 * BITS as i32, 0, 0, 0, 0, 0, 0))
        }
    };
    _mm256_and_si256(shifted, _mm256_set1_epi8((1 << BITS) - 1))
}

#[target_feature(enable = "avx2")]
pub(super) fn unpack(codes: &Codes, levels: &mut [u8]) {
    match codes.bits {
        1 => unpack_bits::<1>(codes, levels),
        2 => unpack_bits::<2>(codes, levels),
        3 => unpack_bits::<3>(codes, levels),
        4 => unpack_bits::<4>(codes, levels),
        _ => unpack_bits::<8>(codes, levels),
    }
}

#[target_feature(enable = "avx2")]
fn unpack_bits<const BITS: usize>(codes: &Codes, levels: &mut [u8]) {
    let tables = Tables::new(codes, true);
    for (row, levels) in levels.chunks_exact_mut(codes.width).enumerate() {
        each::<BITS>(codes.code(row), &tables, |at, register| {
            let mut bytes = [0u8; 32];
            // SAFETY: 32 bytes.
            unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), register) };
            let out = &mut levels[at..];
            let count = out.len().min(32);
            out[..count].copy_from_slice(&bytes[..count]);
        });
    }
}
