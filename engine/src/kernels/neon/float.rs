//! Row maxima of f32 and f16 rows: tiles of six rows against one group of lanes, all sums in registers.

use std::arch::aarch64::*;

use super::widen;
use crate::kernels::{FloatBlock, LANES, Padded, tiles};

/// Rows of a tile: 24 sums, 4 registers of the query, and 4 for values fill the 32 that there are.
const ROWS: usize = 6;
/// Values of a row that are widened at a time.
const PART: usize = 8;

type Sums<const N: usize> = [[float32x4_t; 4]; N];

#[target_feature(enable = "neon")]
pub(super) fn row_max_f32(block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
    row_max(block, rows, best, |query, rows| in_place::<ROWS>(query, rows), |query, rows| in_place::<1>(query, rows));
}

#[target_feature(enable = "neon")]
pub(super) fn row_max_f16(block: &FloatBlock, rows: &[u16], best: &mut [f32]) {
    row_max(block, rows, best, |query, rows| widened::<ROWS>(query, rows), |query, rows| widened::<1>(query, rows));
}

#[target_feature(enable = "neon")]
#[inline]
fn row_max<T>(
    block: &FloatBlock,
    rows: &[T],
    best: &mut [f32],
    many: impl Fn(&[Padded<f32, LANES>], &[T]) -> Sums<ROWS>,
    one: impl Fn(&[Padded<f32, LANES>], &[T]) -> Sums<1>,
) {
    let width = block.width();
    for (first, count) in tiles(rows.len() / width, ROWS, 1) {
        let rows = &rows[first * width..][..count * width];
        for group in 0..block.lanes() / LANES {
            let best = best[group * LANES..].first_chunk_mut().expect("a maximum per lane");
            match count {
                ROWS => raise(best, &many(block.group(group), rows)),
                _ => raise(best, &one(block.group(group), rows)),
            }
        }
    }
}

#[target_feature(enable = "neon")]
#[inline]
fn in_place<const N: usize>(query: &[Padded<f32, LANES>], rows: &[f32]) -> Sums<N> {
    let mut sums = [[vdupq_n_f32(0.0); 4]; N];
    let width = query.len();
    assert_eq!(rows.len(), N * width);
    // SAFETY: rows have `width` values each, asserted above.
    unsafe { add(&mut sums, query, std::array::from_fn(|row| rows.as_ptr().add(row * width))) };
    sums
}

#[target_feature(enable = "neon")]
#[inline]
fn widened<const N: usize>(query: &[Padded<f32, LANES>], rows: &[u16]) -> Sums<N> {
    let mut sums = [[vdupq_n_f32(0.0); 4]; N];
    let width = query.len();
    let mut wide = [[0f32; PART]; N];
    for (part, query) in query.chunks_exact(PART).enumerate() {
        for (row, wide) in wide.iter_mut().enumerate() {
            let bits: &[u16] = &rows[row * width + part * PART..][..PART];
            for half in [0, 4] {
                // SAFETY: both have eight values.
                unsafe { vst1q_f32(wide.as_mut_ptr().add(half), widen(vld1_u16(bits.as_ptr().add(half)))) };
            }
        }
        let rows = std::array::from_fn(|row| wide[row].as_ptr());
        // SAFETY: rows and this part of the query have eight values.
        unsafe { add(&mut sums, query, rows) };
    }
    sums
}

/// Adds a product per row, lane and value.
///
/// # Safety
///
/// `rows` point to as many values each as the query has steps.
#[target_feature(enable = "neon")]
#[inline]
unsafe fn add<const N: usize>(sums: &mut Sums<N>, query: &[Padded<f32, LANES>], rows: [*const f32; N]) {
    for (step, query) in query.iter().enumerate() {
        // SAFETY: a step has 16 values.
        let query = [0, 4, 8, 12].map(|at| unsafe { vld1q_f32(query.0.as_ptr().add(at)) });
        for (sums, row) in sums.iter_mut().zip(rows) {
            // SAFETY: the caller's promise.
            let value = unsafe { *row.add(step) };
            for (sum, query) in sums.iter_mut().zip(query) {
                *sum = vfmaq_n_f32(*sum, query, value);
            }
        }
    }
}

#[target_feature(enable = "neon")]
#[inline]
fn raise<const N: usize>(best: &mut [f32; LANES], sums: &Sums<N>) {
    for (part, best) in best.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        // SAFETY: four values.
        let mut most = unsafe { vld1q_f32(best.as_ptr()) };
        for sums in sums {
            // The number, should the other not be one.
            most = vmaxnmq_f32(sums[part], most);
        }
        // SAFETY: four values.
        unsafe { vst1q_f32(best.as_mut_ptr(), most) };
    }
}
