//! Row maxima of f32 and f16 rows: tiles of twelve rows against two groups of lanes, all sums in registers.

use std::arch::x86_64::*;

use super::opaque;
use crate::kernels::{FloatBlock, LANES, tiles};

/// Rows of a tile: 24 sums, 2 registers of the query, and 6 for rows fill the 32 that there are.
const ROWS: usize = 12;
/// Rows of a tile at the end of a run.
const FEW: usize = 4;

/// Values of a row; f16 come as bits.
trait Value: Copy {
    /// Sixteen values widened to f32.
    ///
    /// # Safety
    ///
    /// `from` has 16 values, and the processor AVX-512 F.
    unsafe fn widen(from: *const Self) -> __m512;

    /// Whether rows are read in place.
    const IN_PLACE: bool;
}

impl Value for f32 {
    const IN_PLACE: bool = true;

    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn widen(from: *const Self) -> __m512 {
        // SAFETY: the caller's promise.
        unsafe { _mm512_loadu_ps(from) }
    }
}

impl Value for u16 {
    const IN_PLACE: bool = false;

    #[target_feature(enable = "avx512f")]
    #[inline]
    unsafe fn widen(from: *const Self) -> __m512 {
        // SAFETY: the caller's promise.
        _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(from.cast()) })
    }
}

#[target_feature(enable = "avx512f")]
pub(super) fn row_max_f32(block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
    row_max(block, rows, best);
}

#[target_feature(enable = "avx512f")]
pub(super) fn row_max_f16(block: &FloatBlock, rows: &[u16], best: &mut [f32]) {
    row_max(block, rows, best);
}

#[target_feature(enable = "avx512f")]
#[inline]
fn row_max<T: Value>(block: &FloatBlock, rows: &[T], best: &mut [f32]) {
    let width = block.width();
    for (first, count) in tiles(rows.len() / width, ROWS, FEW) {
        let rows = rows[first * width..][..count * width].as_ptr();
        // SAFETY: `count` rows of `width` values start at `rows`.
        unsafe {
            match count {
                ROWS => lanes::<T, ROWS>(block, rows, best),
                FEW => lanes::<T, FEW>(block, rows, best),
                _ => lanes::<T, 1>(block, rows, best),
            }
        }
    }
}

/// `N` rows against all lanes.
///
/// # Safety
///
/// `rows` points to `N` rows of `width` readable values.
#[target_feature(enable = "avx512f")]
unsafe fn lanes<T: Value, const N: usize>(block: &FloatBlock, rows: *const T, best: &mut [f32]) {
    let mut group = 0;
    while group + 1 < block.lanes() / LANES {
        // SAFETY: the caller's promise.
        unsafe { tile::<T, N, 2>(block, group, rows, best) };
        group += 2;
    }
    if group < block.lanes() / LANES {
        // SAFETY: as above.
        unsafe { tile::<T, N, 1>(block, group, rows, best) };
    }
}

/// `N` rows against `GROUPS` neighbouring groups of lanes.
///
/// # Safety
///
/// `rows` points to `N` rows of `width` readable values.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn tile<T: Value, const N: usize, const GROUPS: usize>(
    block: &FloatBlock,
    group: usize,
    rows: *const T,
    best: &mut [f32],
) {
    let width = block.width();
    let query: [*const f32; GROUPS] = std::array::from_fn(|g| {
        let group = block.group(group + g);
        assert_eq!(group.len(), width);
        group.as_ptr().cast()
    });
    let mut sums = [[_mm512_setzero_ps(); GROUPS]; N];
    if T::IN_PLACE {
        // SAFETY: the caller's promise; groups have `width` runs of 16 values, asserted above.
        unsafe { add(&mut sums, query, opaque(std::array::from_fn(|row| rows.add(row * width).cast())), width) };
    } else {
        let mut wide = [[0f32; LANES]; N];
        for first in (0..width).step_by(LANES) {
            let count = (width - first).min(LANES);
            unrolled!(row < N, {
                // SAFETY: first + count <= width, which the row has.
                let values = unsafe { read::<T>(rows.add(row * width + first), count) };
                // SAFETY: 16 values.
                unsafe { _mm512_storeu_ps(wide[row].as_mut_ptr(), values) };
            });
            // SAFETY: a row of `wide` has 16 values, a group of the query `count` more runs of 16.
            unsafe {
                add(
                    &mut sums,
                    query.map(|query| query.add(first * LANES)),
                    std::array::from_fn(|row| wide[row].as_ptr()),
                    count,
                )
            };
        }
    }
    unrolled!(g < GROUPS, {
        let best = best[(group + g) * LANES..][..LANES].as_mut_ptr();
        // SAFETY: `best` has 16 values.
        let mut most = unsafe { _mm512_loadu_ps(best) };
        unrolled!(row < N, most = _mm512_max_ps(sums[row][g], most));
        // SAFETY: as above.
        unsafe { _mm512_storeu_ps(best, most) };
    });
}

/// Adds `count` products per row and lane.
///
/// # Safety
///
/// `query` have `count` runs of 16 values, `rows` point to `count` values each.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) unsafe fn add<const N: usize, const GROUPS: usize>(
    sums: &mut [[__m512; GROUPS]; N],
    query: [*const f32; GROUPS],
    rows: [*const f32; N],
    count: usize,
) {
    for step in 0..count {
        // SAFETY: the caller's promise.
        let query = query.map(|query| unsafe { _mm512_loadu_ps(query.add(step * LANES)) });
        unrolled!(row < N, {
            // SAFETY: the caller's promise.
            let value = _mm512_set1_ps(unsafe { *rows[row].add(step) });
            unrolled!(g < GROUPS, sums[row][g] = _mm512_fmadd_ps(value, query[g], sums[row][g]));
        });
    }
}

/// Up to 16 values widened to f32, the rest zero.
///
/// # Safety
///
/// `from` has `count` values, 1 to 16.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn read<T: Value>(from: *const T, count: usize) -> __m512 {
    if count == LANES {
        // SAFETY: the caller's promise.
        return unsafe { T::widen(from) };
    }
    let mut values = [const { std::mem::MaybeUninit::<T>::zeroed() }; LANES];
    // SAFETY: `count` values fit; all bit patterns, zeros too, are values.
    unsafe {
        std::ptr::copy_nonoverlapping(from, values.as_mut_ptr().cast(), count);
        T::widen(values.as_ptr().cast())
    }
}
