//! Unpacking of codes into levels, 16 values a register. FORMAT.md has the order of values in a code.

use std::arch::aarch64::*;

use crate::kernels::Codes;

/// Level tables of one number of bits; indices of two bits may stand in the low or in the high half of a table's, so
/// that two parts of a byte need no shift between them.
#[derive(Clone, Copy)]
pub(super) struct Tables {
    /// By the low bits of an index (all four, of 4-bit codes); then those of 3-bit indices whose third bit is set.
    low: [uint8x16_t; 2],
    /// By bits 2 and 3.
    high: [uint8x16_t; 2],
    /// Every byte with the level of index 0, and of index 1.
    bit: [uint8x16_t; 2],
    /// By index.
    all: [u8; 16],
    /// What turns biased levels into what is asked for.
    flip: uint8x16_t,
}

#[target_feature(enable = "neon")]
#[inline]
fn load(bytes: &[u8; 16]) -> uint8x16_t {
    // SAFETY: 16 bytes.
    unsafe { vld1q_u8(bytes.as_ptr()) }
}

#[target_feature(enable = "neon")]
#[inline]
fn table(entry: impl Fn(usize) -> u8) -> uint8x16_t {
    load(&std::array::from_fn(entry))
}

impl Tables {
    /// Tables of levels (as i8), or of biased levels.
    #[target_feature(enable = "neon")]
    #[inline]
    pub(super) fn new(codes: &Codes, biased: bool) -> Self {
        let flip = if biased { 0 } else { 128 };
        let all = codes.table.map(|level| level ^ flip);
        let mask = if codes.bits == 4 { 15 } else { 3 };
        let low = [table(|i| all[i & mask]), table(|i| all[i & mask | 4])];
        let high = [table(|i| all[i >> 2]), table(|i| all[i >> 2 | 4])];
        let bit = [table(|_| all[0]), table(|_| all[1])];
        Self { low, high, bit, all, flip: vdupq_n_u8(flip) }
    }
}

/// Gives `each` the levels of a code, up to 16 values at a time, with the place of the first; bytes beyond the values are
/// of no meaning in the code's last register and zero in others, and overwritten by what follows if stored.
#[target_feature(enable = "neon")]
#[inline]
pub(super) fn each<const BITS: usize>(code: &[u8], tables: &Tables, mut each: impl FnMut(usize, uint8x16_t)) {
    match BITS {
        1 => {
            for (at, bytes) in code.chunks(2).enumerate() {
                each(at * 16, vbslq_u8(spread(bytes), tables.bit[1], tables.bit[0]));
            }
        }
        8 => {
            for (at, chunk) in code.chunks(16).enumerate() {
                let mut bytes = [1; 16];
                bytes[..chunk.len()].copy_from_slice(chunk);
                each(at * 16, veorq_u8(vmaxq_u8(load(&bytes), vdupq_n_u8(1)), tables.flip));
            }
        }
        3 => {
            let (low, high) = code.split_at(code.len() / 3 * 2);
            let third = |at: usize| spread(&high[at / 8..][..(high.len() - at / 8).min(2)]);
            runs::<2>(low, tables, third, each);
        }
        2 => runs::<2>(code, tables, |_| vdupq_n_u8(0), each),
        _ => runs::<4>(code, tables, |_| vdupq_n_u8(0), each),
    }
}

/// All ones in every byte whose bit is set, of one or two bytes of bits.
#[target_feature(enable = "neon")]
#[inline]
fn spread(bits: &[u8]) -> uint8x16_t {
    let bytes = vcombine_u8(vdup_n_u8(bits[0]), vdup_n_u8(bits.get(1).copied().unwrap_or(0)));
    vtstq_u8(bytes, table(|at| 1 << (at % 8)))
}

/// Unpacks runs; `third` has all ones in the bytes of 16 values whose third bit is set.
#[target_feature(enable = "neon")]
#[inline]
fn runs<const BITS: usize>(
    code: &[u8],
    tables: &Tables,
    third: impl Fn(usize) -> uint8x16_t,
    mut each: impl FnMut(usize, uint8x16_t),
) {
    let mut at = 0;
    for (first, length) in crate::kernels::runs(code.len()) {
        let run = &code[first..][..length];
        for (piece, bytes) in run.as_chunks::<16>().0.iter().enumerate() {
            let bytes = load(bytes);
            for (pair, values) in [vandq_u8(bytes, vdupq_n_u8(15)), vshrq_n_u8::<4>(bytes)].into_iter().enumerate() {
                let parts = if BITS == 2 { &[tables.low, tables.high][..] } else { &[tables.low][..] };
                for (part, tables) in parts.iter().enumerate() {
                    let place = at + piece * 16 + (pair * parts.len() + part) * length;
                    let [low, high] = tables.map(|table| vqtbl1q_u8(table, values));
                    each(place, vbslq_u8(third(place), high, low));
                }
            }
        }
        if length < 16 {
            few::<BITS>(run, |place, values| {
                let high = third(at + place);
                let mut bits = [0; 16];
                // SAFETY: 16 bytes.
                unsafe { vst1q_u8(bits.as_mut_ptr(), high) };
                let level = |(value, bit): (&Option<u8>, u8)| value.map_or(0, |v| tables.all[usize::from(v | bit & 4)]);
                let mut levels = [0; 16];
                levels.iter_mut().zip(values.iter().zip(bits)).for_each(|(out, from)| *out = level(from));
                each(at + place, load(&levels));
            });
        }
        at += length * 8 / BITS;
    }
}

/// Indices of a run of less than 16 bytes, 16 at a time.
#[inline]
fn few<const BITS: usize>(run: &[u8], mut each: impl FnMut(usize, &[Option<u8>; 16])) {
    let count = run.len() * 8 / BITS;
    let index = |value: usize| {
        let shift = value / run.len() * BITS;
        (value < count).then(|| run[value % run.len()] >> shift & ((1 << BITS) - 1))
    };
    for place in (0..count).step_by(16) {
        each(place, &std::array::from_fn(|at| index(place + at)));
    }
}

#[target_feature(enable = "neon")]
pub(super) fn unpack(codes: &Codes, levels: &mut [u8]) {
    match codes.bits {
        1 => unpack_bits::<1>(codes, levels),
        2 => unpack_bits::<2>(codes, levels),
        3 => unpack_bits::<3>(codes, levels),
        4 => unpack_bits::<4>(codes, levels),
        _ => unpack_bits::<8>(codes, levels),
    }
}

#[target_feature(enable = "neon")]
fn unpack_bits<const BITS: usize>(codes: &Codes, levels: &mut [u8]) {
    let tables = Tables::new(codes, true);
    for (row, levels) in levels.chunks_exact_mut(codes.width).enumerate() {
        each::<BITS>(codes.code(row), &tables, |at, register| {
            let mut bytes = [0u8; 16];
            // SAFETY: 16 bytes.
            unsafe { vst1q_u8(bytes.as_mut_ptr(), register) };
            let out = &mut levels[at..];
            let count = out.len().min(16);
            out[..count].copy_from_slice(&bytes[..count]);
        });
    }
}
