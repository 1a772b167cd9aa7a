//! Row maxima of integer rows: tiles of six rows against one group of lanes, all sums in registers.

use std::arch::aarch64::*;
use std::mem::MaybeUninit;

use half::f16;

use super::add_products;
use super::levels::{Tables, each};
use crate::kernels::{Codes, IntBlock, LANES, MAX_WIDTH, tiles};

/// Rows of a tile: 24 sums, 4 registers of the query, and 4 for rows fill the 32 that there are.
const ROWS: usize = 6;
/// Bytes from row to row of unpacked levels: room for the last register, and an odd number of cache lines, so that rows
/// do not fall on each other in the first-level cache.
const STRIDE: usize = MAX_WIDTH + 64;

/// Levels (as i8) of a tile's rows.
#[repr(C, align(64))]
struct Levels([[MaybeUninit<u8>; STRIDE]; ROWS]);

#[target_feature(enable = "dotprod")]
pub(super) fn row_max_i8(block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
    let zeros = [0; ROWS];
    for (rows, scales) in rows.chunks(ROWS * block.width()).zip(scales.chunks(ROWS)) {
        // Biased levels are what 8-bit codes hold.
        let codes = Codes::new(block.width(), 8, [0; 16], rows, &zeros[..scales.len()]);
        unpacked::<8>(block, &codes, |row| scales[row], best);
    }
}

#[target_feature(enable = "dotprod")]
pub(super) fn row_max_codes(block: &IntBlock, codes: &Codes, best: &mut [f32]) {
    let scale = |row: usize| f16::from_bits(codes.scales[row]).to_f32();
    match codes.bits {
        1 => unpacked::<1>(block, codes, scale, best),
        2 => unpacked::<2>(block, codes, scale, best),
        3 => unpacked::<3>(block, codes, scale, best),
        4 => unpacked::<4>(block, codes, scale, best),
        _ => unpacked::<8>(block, codes, scale, best),
    }
}

#[target_feature(enable = "dotprod")]
fn unpacked<const BITS: usize>(block: &IntBlock, codes: &Codes, scale: impl Fn(usize) -> f32, best: &mut [f32]) {
    let tables = Tables::new(codes, false);
    let mut levels = MaybeUninit::<Levels>::uninit();
    let tile: *mut u8 = levels.as_mut_ptr().cast();
    for (first, count) in tiles(codes.rows(), ROWS, 2) {
        for row in 0..count {
            each::<BITS>(codes.code(first + row), &tables, |at, register| {
                // SAFETY: row < ROWS, and at < width <= MAX_WIDTH, so that 16 bytes end within the row's STRIDE.
                unsafe { vst1q_u8(tile.add(row * STRIDE + at), register) };
            });
        }
        let scale = |row| scale(first + row);
        for group in 0..block.lanes() / LANES {
            let best = best[group * LANES..].first_chunk_mut().expect("a maximum per lane");
            // SAFETY: `count` rows of `width` levels have just been unpacked to the tile.
            unsafe {
                match count {
                    ROWS => products::<ROWS>(block, group, tile, std::array::from_fn(scale), best),
                    2 => products::<2>(block, group, tile, std::array::from_fn(scale), best),
                    _ => products::<1>(block, group, tile, std::array::from_fn(scale), best),
                }
            }
        }
    }
}

/// `N` rows against a group of lanes.
///
/// # Safety
///
/// `rows` points to `N` rows of `width` readable levels, `STRIDE` bytes from one to the next.
#[target_feature(enable = "dotprod")]
#[inline]
unsafe fn products<const N: usize>(
    block: &IntBlock,
    group: usize,
    rows: *const u8,
    scales: [f32; N],
    best: &mut [f32; LANES],
) {
    let mut sums = [[vdupq_n_s32(0); 4]; N];
    for (step, query) in block.group(group).iter().enumerate() {
        // SAFETY: a step has 64 bytes.
        let query = [0, 16, 32, 48].map(|at| unsafe { vld1q_s8(query.0.as_ptr().add(at)) });
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: step * 4 + 4 <= width, which the row has.
            let quad = unsafe { rows.add(row * STRIDE + step * 4).cast::<i32>().read_unaligned() };
            let levels = vreinterpretq_s8_s32(vdupq_n_s32(quad));
            for (sum, query) in sums.iter_mut().zip(query) {
                *sum = add_products(*sum, query, levels);
            }
        }
    }
    for (part, best) in best.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        // SAFETY: four values.
        let mut most = unsafe { vld1q_f32(best.as_ptr()) };
        for (sums, &scale) in sums.iter().zip(&scales) {
            // The number, should the other not be one.
            most = vmaxnmq_f32(vmulq_n_f32(vcvtq_f32_s32(sums[part]), scale), most);
        }
        // SAFETY: four values.
        unsafe { vst1q_f32(best.as_mut_ptr(), most) };
    }
}
