//! Dot products of lanes and rows, eight lanes per register.

use std::arch::x86_64::*;

use crate::kernels::{FloatBlock, IntBlock, LANES};

/// Rows that share one load of the query.
const ROWS: usize = 4;

#[target_feature(enable = "avx2,fma")]
pub(super) fn dots_i8(block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
    let (width, lanes) = (block.width(), block.lanes());
    for (rows, dots) in rows.chunks(ROWS * width).zip(dots.chunks_mut(ROWS * lanes)) {
        for half in 0..lanes / 8 {
            if rows.len() == ROWS * width {
                tile_i8::<ROWS>(block, half, rows, dots);
            } else {
                for (row, dots) in rows.chunks_exact(width).zip(dots.chunks_exact_mut(lanes)) {
                    tile_i8::<1>(block, half, row, dots);
                }
            }
        }
    }
}

/// `N` rows against eight lanes. |query| <= 127 and |level| <= 127, so a pair of products fits 16 bits unsaturated.
#[target_feature(enable = "avx2,fma")]
#[inline]
fn tile_i8<const N: usize>(block: &IntBlock, half: usize, rows: &[u8], dots: &mut [i32]) {
    let (width, lanes) = (block.width(), block.lanes());
    let (steps, query) = (width / 4, block.group(half / 2));
    assert!(rows.len() == N * width && query.len() == steps);
    let query: *const i8 = query.as_ptr().cast();
    let (ones, bias) = (_mm256_set1_epi16(1), _mm256_set1_epi8(i8::MIN));
    let mut sums = [_mm256_setzero_si256(); N];
    for step in 0..steps {
        // SAFETY: a group has `steps` runs of 64 bytes, asserted above, and half % 2 * 32 + 32 <= 64.
        let query = unsafe { _mm256_loadu_si256(query.add(step * 64 + half % 2 * 32).cast()) };
        let magnitude = _mm256_abs_epi8(query);
        for (row, sum) in sums.iter_mut().enumerate() {
            // SAFETY: row * width + step * 4 + 4 <= N * width, the length of `rows` asserted above.
            let quad = unsafe { rows.as_ptr().add(row * width + step * 4).cast::<i32>().read_unaligned() };
            let level = _mm256_xor_si256(_mm256_set1_epi32(quad), bias);
            let pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(level, query));
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, ones));
        }
    }
    for (row, &sum) in sums.iter().enumerate() {
        let out = &mut dots[row * lanes + half * 8..][..8];
        // SAFETY: `out` has 8 values of 32 bits.
        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), sum) };
    }
}

#[target_feature(enable = "avx2,fma")]
pub(super) fn dots_f32(block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    for (rows, dots) in rows.chunks(ROWS * width).zip(dots.chunks_mut(ROWS * lanes)) {
        for half in 0..lanes / 8 {
            if rows.len() == ROWS * width {
                tile_f32::<ROWS>(block, half, rows, dots);
            } else {
                for (row, dots) in rows.chunks_exact(width).zip(dots.chunks_exact_mut(lanes)) {
                    tile_f32::<1>(block, half, row, dots);
                }
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn tile_f32<const N: usize>(block: &FloatBlock, half: usize, rows: &[f32], dots: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    let query = block.group(half / 2);
    assert!(rows.len() == N * width && query.len() == width);
    let query: *const f32 = query.as_ptr().cast();
    let mut sums = [_mm256_setzero_ps(); N];
    for step in 0..width {
        // SAFETY: a group has `width` runs of 16 values, asserted above, and half % 2 * 8 + 8 <= 16.
        let query = unsafe { _mm256_loadu_ps(query.add(step * LANES + half % 2 * 8)) };
        for (row, sum) in sums.iter_mut().enumerate() {
            // SAFETY: row * width + step < N * width, the length of `rows` asserted above.
            let value = _mm256_set1_ps(unsafe { *rows.as_ptr().add(row * width + step) });
            *sum = _mm256_fmadd_ps(value, query, *sum);
        }
    }
    for (row, &sum) in sums.iter().enumerate() {
        let out = &mut dots[row * lanes + half * 8..][..8];
        // SAFETY: `out` has 8 values of 32 bits.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sum) };
    }
}
