//! Row maxima of integer rows: tiles of twelve rows against two groups of lanes, all sums in registers.
//!
//! A step of such a tile is 24 `vpdpbusd` (12 cycles at two a cycle) against 14 loads, so that multiplying decides.

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::dots::strided;
use super::levels::{Tables, each};
use crate::kernels::{Codes, IntBlock, LANES, MAX_WIDTH, tiles};

/// Rows of a tile: 24 sums, 2 registers of the query, and 6 for rows fill the 32 that there are.
const ROWS: usize = 12;
/// Rows of a smaller tile for what is left.
const FEW: usize = 4;
/// Bytes from row to row of unpacked levels: room for the last register, and an odd number of cache lines, so that rows
/// do not fall on each other in the first-level cache.
const STRIDE: usize = MAX_WIDTH + 64;

/// Unpacked levels of a tile's rows.
#[repr(C, align(64))]
struct Levels([[MaybeUninit<u8>; STRIDE]; ROWS]);

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn row_max_i8(block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
    let width = block.width();
    for (first, count) in tiles(scales.len(), ROWS, FEW) {
        let rows = rows[first * width..][..count * width].as_ptr();
        // SAFETY: `count` rows of `width` bytes start at `rows`.
        unsafe {
            match count {
                ROWS => lanes::<ROWS>(block, rows, width, &scales[first..], best),
                FEW => lanes::<FEW>(block, rows, width, &scales[first..], best),
                _ => lanes::<1>(block, rows, width, &scales[first..], best),
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c")]
pub(super) fn row_max_codes(block: &IntBlock, codes: &Codes, best: &mut [f32]) {
    match codes.bits {
        1 => unpacked::<1>(block, codes, best),
        2 => unpacked::<2>(block, codes, best),
        3 => unpacked::<3>(block, codes, best),
        4 => unpacked::<4>(block, codes, best),
        _ => unpacked::<8>(block, codes, best),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c")]
fn unpacked<const BITS: usize>(block: &IntBlock, codes: &Codes, best: &mut [f32]) {
    let tables = Tables::new(codes);
    let mut levels = MaybeUninit::<Levels>::uninit();
    let tile: *mut u8 = levels.as_mut_ptr().cast();
    for (first, count) in tiles(codes.rows(), ROWS, FEW) {
        let bytes = codes.code_bytes();
        let rows = codes.bytes[first * bytes..][..count * bytes].chunks_exact(bytes);
        for (row, code) in rows.enumerate() {
            each::<BITS>(code, &tables, |at, register| {
                // SAFETY: row < ROWS, and at < width <= MAX_WIDTH, so that 64 bytes end within the row's STRIDE.
                unsafe { _mm512_storeu_si512(tile.add(row * STRIDE + at).cast(), register) };
            });
        }
        let scales = widen(&codes.scales[first..][..count]);
        // SAFETY: `count` rows of `width` bytes have just been unpacked to the tile.
        unsafe {
            match count {
                ROWS => lanes::<ROWS>(block, tile, STRIDE, &scales, best),
                FEW => lanes::<FEW>(block, tile, STRIDE, &scales, best),
                _ => lanes::<1>(block, tile, STRIDE, &scales, best),
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
#[inline]
fn widen(scales: &[u16]) -> [f32; 16] {
    assert!(scales.len() <= 16);
    let mut wide = [0.0; 16];
    // SAFETY: the mask leaves out what is beyond the scales; `wide` has 16 values.
    unsafe {
        let bits = _mm256_maskz_loadu_epi16((1u32 << scales.len()).wrapping_sub(1) as u16, scales.as_ptr().cast());
        _mm512_storeu_ps(wide.as_mut_ptr(), _mm512_cvtph_ps(bits));
    }
    wide
}

/// `N` rows, `stride` bytes from one to the next, against all lanes.
///
/// # Safety
///
/// `rows` points to `N` rows of `width` readable bytes.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
unsafe fn lanes<const N: usize>(block: &IntBlock, rows: *const u8, stride: usize, scales: &[f32], best: &mut [f32]) {
    let scales = scales.first_chunk().expect("a scale per row");
    let mut group = 0;
    while group + 1 < block.lanes() / LANES {
        // SAFETY: the caller's promise.
        unsafe { tile::<N, 2>(block, group, (rows, stride), scales, best) };
        group += 2;
    }
    if group < block.lanes() / LANES {
        // SAFETY: as above.
        unsafe { tile::<N, 1>(block, group, (rows, stride), scales, best) };
    }
}

/// `N` rows against `GROUPS` neighbouring groups of lanes.
///
/// # Safety
///
/// `rows` are a pointer to `N` rows of `width` readable bytes and the bytes from one to the next.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
unsafe fn tile<const N: usize, const GROUPS: usize>(
    block: &IntBlock,
    group: usize,
    rows: (*const u8, usize),
    scales: &[f32; N],
    best: &mut [f32],
) {
    // SAFETY: the caller's promise.
    let sums: [[__m512i; GROUPS]; N] = unsafe { strided(block, group, rows) };
    unrolled!(g < GROUPS, {
        let best = best[(group + g) * LANES..][..LANES].as_mut_ptr();
        // SAFETY: `best` has 16 values.
        let mut most = [unsafe { _mm512_loadu_ps(best) }; 2];
        unrolled!(row < N, {
            let score = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[row][g]), _mm512_set1_ps(scales[row]));
            most[row % 2] = _mm512_max_ps(score, most[row % 2]);
        });
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(best, _mm512_max_ps(most[0], most[1])) };
    });
}
