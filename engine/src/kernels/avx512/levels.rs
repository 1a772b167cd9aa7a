//! Unpacking of codes into biased levels, 64 values a register. FORMAT.md has the order of values in a code.

use std::arch::x86_64::*;

use crate::kernels::Codes;

/// Level tables of one number of bits. A table has sixteen entries, and an index of two bits may stand in its low or
/// in its high half, so two parts of a byte need no shift between them.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    /// By the low bits of an index (all four, of 4-bit codes).
    low: [__m512i; 2],
    /// By bits 2 and 3.
    high: [__m512i; 2],
    /// `low` in the lower half of the register, `high` in the upper one.
    both: [__m512i; 2],
    /// Every byte with the level of index 0, and of index 1.
    bit: [__m512i; 2],
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn table(entry: impl Fn(usize) -> u8) -> __m512i {
    let bytes: [u8; 16] = std::array::from_fn(entry);
    // SAFETY: the table has 16 bytes.
    _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
}

impl Tables {
    #[target_feature(enable = "avx512f,avx512bw")]
    #[inline]
    pub(super) fn new(codes: &Codes) -> Self {
        let t = &codes.table;
        let mask = if codes.bits == 4 { 15 } else { 3 };
        // Second tables: levels of 3-bit indices whose third bit is set.
        let low = [table(|i| t[i & mask]), table(|i| t[i & mask | 4])];
        let high = [table(|i| t[i >> 2]), table(|i| t[i >> 2 | 4])];
        let both = [0, 1].map(|third| _mm512_inserti64x4::<1>(low[third], _mm512_castsi512_si256(high[third])));
        let bit = [table(|_| t[0]), table(|_| t[1])];
        Self { low, high, both, bit }
    }
}

/// Shifts per 16 bits that bring part `byte / length` of a broadcast run to the low bits, by bits and log2(length).
static SHIFTS: [[[u16; 32]; 6]; 2] = [shifts(2), shifts(4)];

const fn shifts(bits: usize) -> [[u16; 32]; 6] {
    let mut all = [[0; 32]; 6];
    let mut log = 1;
    while log < 6 {
        let mut at = 0;
        while at < 32 {
            all[log][at] = (((2 * at) >> log) * bits % 8) as u16;
            at += 1;
        }
        log += 1;
    }
    all
}

/// Gives `each` the biased levels of a code, up to 64 values at a time and in order, with the place of the first; bytes
/// beyond the values are of no meaning in the code's last register and zero in others.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
pub(super) fn each<const BITS: usize>(code: &[u8], tables: &Tables, mut each: impl FnMut(usize, __m512i)) {
    match BITS {
        1 => {
            let (words, rest) = code.as_chunks::<8>();
            for (at, word) in words.iter().enumerate() {
                each(at * 64, _mm512_mask_blend_epi8(u64::from_le_bytes(*word), tables.bit[0], tables.bit[1]));
            }
            if !rest.is_empty() {
                each(words.len() * 64, _mm512_mask_blend_epi8(word(rest), tables.bit[0], tables.bit[1]));
            }
        }
        8 => {
            let one = _mm512_set1_epi8(1);
            for (at, chunk) in code.chunks(64).enumerate() {
                let mask = u64::MAX >> (64 - chunk.len());
                // SAFETY: the mask leaves out what is beyond the chunk, which has 1 to 64 bytes.
                let bytes = unsafe { _mm512_maskz_loadu_epi8(mask, chunk.as_ptr().cast()) };
                each(at * 64, _mm512_maskz_max_epu8(mask, bytes, one));
            }
        }
        3 => {
            let (low, high) = code.split_at(code.len() / 3 * 2);
            runs::<2>(low, tables, |at, valid, values, tables| {
                let levels = _mm512_maskz_shuffle_epi8(valid, tables[0], values);
                let third = word(&high[at / 8..]) & valid;
                each(at, _mm512_mask_shuffle_epi8(levels, third, tables[1], values));
            });
        }
        2 => runs::<2>(code, tables, |at, valid, values, tables| {
            each(at, _mm512_maskz_shuffle_epi8(valid, tables[0], values));
        }),
        _ => runs::<4>(code, tables, |at, valid, values, tables| {
            each(at, _mm512_maskz_shuffle_epi8(valid, tables[0], values));
        }),
    }
}

/// Gives `each` the place of the first value, a mask of valid bytes, indices, and the tables that they are for.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn runs<const BITS: usize>(code: &[u8], tables: &Tables, mut each: impl FnMut(usize, u64, __m512i, &[__m512i; 2])) {
    let nibble = _mm512_set1_epi8(15);
    let (whole, mut rest) = code.as_chunks::<64>();
    let mut at = 0;
    for run in whole {
        // SAFETY: a run has 64 bytes.
        let bytes = unsafe { _mm512_loadu_si512(run.as_ptr().cast()) };
        for values in [_mm512_and_si512(bytes, nibble), _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), nibble)] {
            each(at, u64::MAX, values, &tables.low);
            at += 64;
            if BITS == 2 {
                each(at, u64::MAX, values, &tables.high);
                at += 64;
            }
        }
    }
    if BITS == 2
        && let Some((run, after)) = rest.split_first_chunk::<32>()
    {
        // SAFETY: the run has 32 bytes.
        let bytes = _mm512_broadcast_i64x4(unsafe { _mm256_loadu_si256(run.as_ptr().cast()) });
        each(at, u64::MAX, _mm512_and_si512(bytes, nibble), &tables.both);
        each(at + 64, u64::MAX, _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), nibble), &tables.both);
        (rest, at) = (after, at + 128);
    }
    while !rest.is_empty() {
        let log = rest.len().ilog2() as usize;
        let (run, after) = rest.split_at(1 << log);
        // SAFETY: the shifts have 64 bytes.
        let shifts = unsafe { _mm512_loadu_si512(SHIFTS[BITS / 4][log].as_ptr().cast()) };
        let values = _mm512_and_si512(_mm512_srlv_epi16(repeat(run), shifts), _mm512_set1_epi8((1 << BITS) - 1));
        let count = run.len() * 8 / BITS;
        each(at, u64::MAX >> (64 - count), values, &tables.low);
        (rest, at) = (after, at + count);
    }
}

/// A run of 2, 4, 8, 16 or 32 bytes over and over.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn repeat(run: &[u8]) -> __m512i {
    match run.len() {
        // SAFETY: the run has 32 bytes.
        32 => _mm512_broadcast_i64x4(unsafe { _mm256_loadu_si256(run.as_ptr().cast()) }),
        // SAFETY: the run has 16 bytes.
        16 => _mm512_broadcast_i32x4(unsafe { _mm_loadu_si128(run.as_ptr().cast()) }),
        8 => _mm512_set1_epi64(word(run).cast_signed()),
        4 => _mm512_set1_epi32((word(run) as u32).cast_signed()),
        _ => _mm512_set1_epi16((word(run) as u16).cast_signed()),
    }
}

/// Up to eight bytes as a number, the first lowest.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn unpack(codes: &Codes, levels: &mut [u8]) {
    match codes.bits {
        1 => unpack_bits::<1>(codes, levels),
        2 => unpack_bits::<2>(codes, levels),
        3 => unpack_bits::<3>(codes, levels),
        4 => unpack_bits::<4>(codes, levels),
        _ => unpack_bits::<8>(codes, levels),
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn unpack_bits<const BITS: usize>(codes: &Codes, levels: &mut [u8]) {
    let tables = Tables::new(codes);
    for (row, levels) in levels.chunks_exact_mut(codes.width).enumerate() {
        each::<BITS>(codes.code(row), &tables, |at, register| {
            let out = &mut levels[at..];
            let mask = u64::MAX >> (64 - out.len().min(64));
            // SAFETY: the mask leaves out what is beyond `out`, which has at least one byte.
            unsafe { _mm512_mask_storeu_epi8(out.as_mut_ptr().cast(), mask, register) };
        });
    }
}
