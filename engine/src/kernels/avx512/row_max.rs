//! Row maxima of integer rows: tiles of twelve rows against two groups of lanes, all sums in registers.
//!
//! A step of such a tile is 24 `vpdpbusd` (12 cycles at two a cycle) against 14 loads, so that multiplying decides.

#![expect(clippy::needless_range_loop, reason = "with iterators the sums leave their registers at every step")]

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::levels::{Tables, each};
use crate::kernels::{Codes, IntBlock, LANES, MAX_WIDTH};

/// Rows of a tile: 24 sums, 2 registers of the query, and 6 for rows fill the 32 that there are.
const ROWS: usize = 12;
/// Rows of a tile at the end of a run.
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
    for (rows, scales) in rows.chunks(ROWS * width).zip(scales.chunks(ROWS)) {
        let last = scales.len() - 1;
        let row = |row: usize| rows[row.min(last) * width..][..width].as_ptr();
        // SAFETY: `row` gives `width` bytes.
        unsafe { tiles(block, scales.len(), row, |row| scales[row.min(last)], best) };
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
    for first in (0..codes.rows()).step_by(ROWS) {
        let count = (codes.rows() - first).min(ROWS);
        let mut scales = [0u16; ROWS];
        scales[..count].copy_from_slice(&codes.scales[first..first + count]);
        for row in 0..count {
            each::<BITS>(codes.code(first + row), &tables, |at, register| {
                // SAFETY: row < ROWS, and at < width <= MAX_WIDTH, so that 64 bytes end within the row's STRIDE.
                unsafe { _mm512_storeu_si512(tile.add(row * STRIDE + at).cast(), register) };
            });
        }
        let scales = widen(&scales);
        let last = count - 1;
        // SAFETY: rows up to `last` have just been unpacked, `width` bytes each.
        unsafe { tiles(block, count, |row| tile.add(row.min(last) * STRIDE), |row| scales[row.min(last)], best) };
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn widen(scales: &[u16; ROWS]) -> [f32; 16] {
    let mut bits = [0u16; 16];
    bits[..ROWS].copy_from_slice(scales);
    let mut wide = [0.0; 16];
    // SAFETY: 16 values of 16 bits, and 16 of 32.
    unsafe { _mm512_storeu_ps(wide.as_mut_ptr(), _mm512_cvtph_ps(_mm256_loadu_si256(bits.as_ptr().cast()))) };
    wide
}

/// Up to `ROWS` rows against all lanes.
///
/// # Safety
///
/// `row` gives a pointer to `width` readable bytes for any number, repeating the last row if there are fewer.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
unsafe fn tiles(
    block: &IntBlock,
    count: usize,
    row: impl Fn(usize) -> *const u8,
    scale: impl Fn(usize) -> f32,
    best: &mut [f32],
) {
    if count > 2 * FEW {
        // A row that is repeated changes no maximum.
        // SAFETY: the caller's promise.
        unsafe { lanes::<ROWS>(block, std::array::from_fn(&row), std::array::from_fn(&scale), best) };
        return;
    }
    for first in (0..count).step_by(FEW) {
        let (row, scale) = (|at| row(first + at), |at| scale(first + at));
        // SAFETY: the caller's promise.
        unsafe { lanes::<FEW>(block, std::array::from_fn(row), std::array::from_fn(scale), best) };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
unsafe fn lanes<const N: usize>(block: &IntBlock, rows: [*const u8; N], scales: [f32; N], best: &mut [f32]) {
    let mut group = 0;
    while group + 1 < block.lanes() / LANES {
        // SAFETY: the caller's promise.
        unsafe { tile::<N, 2>(block, group, rows, &scales, best) };
        group += 2;
    }
    if group < block.lanes() / LANES {
        // SAFETY: as above.
        unsafe { tile::<N, 1>(block, group, rows, &scales, best) };
    }
}

/// `N` rows against `GROUPS` neighbouring groups of lanes.
///
/// # Safety
///
/// `rows` point to `width` readable bytes each.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
unsafe fn tile<const N: usize, const GROUPS: usize>(
    block: &IntBlock,
    group: usize,
    rows: [*const u8; N],
    scales: &[f32; N],
    best: &mut [f32],
) {
    let steps = block.width() / 4;
    let query: [*const i8; GROUPS] = std::array::from_fn(|g| {
        let group = block.group(group + g);
        assert_eq!(group.len(), steps);
        group.as_ptr().cast()
    });
    let best = &mut best[group * LANES..][..GROUPS * LANES];
    let bias: [__m512i; GROUPS] = std::array::from_fn(|g| {
        // SAFETY: 16 values of 32 bits.
        let sums = unsafe { _mm512_loadu_si512(block.sums()[(group + g) * LANES..][..LANES].as_ptr().cast()) };
        // Rows hold level + 128: 128 times the lane's sum is too much.
        _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32::<7>(sums))
    });
    let mut sums = [bias; N];
    for step in 0..steps {
        // SAFETY: a group has `steps` runs of 64 bytes, asserted above.
        let query = query.map(|query| unsafe { _mm512_loadu_si512(query.add(step * 64).cast()) });
        for row in 0..N {
            // SAFETY: step * 4 + 4 <= width, which the row has.
            let quad = _mm512_set1_epi32(unsafe { rows[row].add(step * 4).cast::<i32>().read_unaligned() });
            for group in 0..GROUPS {
                sums[row][group] = _mm512_dpbusd_epi32(sums[row][group], quad, query[group]);
            }
        }
    }
    for group in 0..GROUPS {
        let best = best[group * LANES..][..LANES].as_mut_ptr();
        // SAFETY: `best` has 16 values.
        let mut most = unsafe { _mm512_loadu_ps(best) };
        for row in 0..N {
            let score = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[row][group]), _mm512_set1_ps(scales[row]));
            most = _mm512_max_ps(score, most);
        }
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(best, most) };
    }
}
