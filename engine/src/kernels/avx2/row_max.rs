//! Row maxima of integer rows: tiles of four rows against one group of lanes, all sums in registers.

#![expect(clippy::needless_range_loop, reason = "with iterators the sums leave their registers at every step")]

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use half::f16;

use super::levels::{Tables, each};
use crate::kernels::{Codes, IntBlock, LANES, MAX_WIDTH, tiles};

/// Rows of a tile: 8 sums leave half of the 16 registers for the query and products.
const ROWS: usize = 4;
/// Bytes from row to row of unpacked levels: room for the last register, and an odd number of cache lines, so that rows
/// do not fall on each other in the first-level cache.
const STRIDE: usize = MAX_WIDTH + 64;

/// Levels (as i8) of a tile's rows.
#[repr(C, align(64))]
struct Levels([[MaybeUninit<i8>; STRIDE]; ROWS]);

#[target_feature(enable = "avx2,fma")]
pub(super) fn row_max_i8(block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
    let bytes = [0; 16];
    for (rows, scales) in rows.chunks(ROWS * block.width()).zip(scales.chunks(ROWS)) {
        // Biased levels are what 8-bit codes hold.
        let zeros = [0; ROWS];
        let codes = Codes::new(block.width(), 8, bytes, rows, &zeros[..scales.len()]);
        unpacked::<8>(block, &codes, |row| scales[row], best);
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
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

#[target_feature(enable = "avx2,fma")]
fn unpacked<const BITS: usize>(block: &IntBlock, codes: &Codes, scale: impl Fn(usize) -> f32, best: &mut [f32]) {
    let tables = Tables::new(codes, false);
    let mut levels = MaybeUninit::<Levels>::uninit();
    let tile: *mut i8 = levels.as_mut_ptr().cast();
    for (first, count) in tiles(codes.rows(), ROWS, ROWS) {
        for row in 0..count {
            each::<BITS>(codes.code(first + row), &tables, |at, register| {
                // SAFETY: row < ROWS, and at < width <= MAX_WIDTH, so that 32 bytes end within the row's STRIDE.
                unsafe { _mm256_storeu_si256(tile.add(row * STRIDE + at).cast(), register) };
            });
        }
        for group in 0..block.lanes() / LANES {
            let best = best[group * LANES..].first_chunk_mut().expect("a maximum per lane");
            // SAFETY: `count` rows of `width` levels have just been unpacked to the tile.
            unsafe {
                match count {
                    ROWS => products::<ROWS>(block, group, tile, std::array::from_fn(|row| scale(first + row)), best),
                    _ => products::<1>(block, group, tile, [scale(first)], best),
                }
            }
        }
    }
}

/// `N` rows against a group of lanes. |query| <= 127 and |level| <= 127, so a pair of products fits 16 bits unsaturated.
///
/// # Safety
///
/// `rows` points to `N` rows of `width` readable levels, `STRIDE` bytes from one to the next.
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn products<const N: usize>(
    block: &IntBlock,
    group: usize,
    rows: *const i8,
    scales: [f32; N],
    best: &mut [f32; LANES],
) {
    let ones = _mm256_set1_epi16(1);
    let mut sums = [[_mm256_setzero_si256(); 2]; N];
    for (step, query) in block.group(group).iter().enumerate() {
        // SAFETY: a step has 64 bytes.
        let query = [0, 1].map(|half| unsafe { _mm256_load_si256(query.0.as_ptr().cast::<__m256i>().add(half)) });
        let magnitude = query.map(|query| _mm256_abs_epi8(query));
        for row in 0..N {
            // SAFETY: step * 4 + 4 <= width, which the row has.
            let quad = unsafe { rows.add(row * STRIDE + step * 4).cast::<i32>().read_unaligned() };
            let level = _mm256_set1_epi32(quad);
            for half in 0..2 {
                let pairs = _mm256_maddubs_epi16(magnitude[half], _mm256_sign_epi8(level, query[half]));
                sums[row][half] = _mm256_add_epi32(sums[row][half], _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    for half in 0..2 {
        // SAFETY: `best` has 16 values.
        let mut most = unsafe { _mm256_loadu_ps(best.as_ptr().add(half * 8)) };
        for row in 0..N {
            let score = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[row][half]), _mm256_set1_ps(scales[row]));
            most = _mm256_max_ps(score, most);
        }
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(best.as_mut_ptr().add(half * 8), most) };
    }
}
