//! AVX2 with FMA: products of bytes through 16-bit pairs, lanes = query tokens, eight per register.

#![expect(unsafe_code, reason = "intrinsics behind run-time detection")]

use std::arch::x86_64::*;

use super::{FloatBlock, IntBlock, Kernels, LANES};

/// Rows that share one load of the query.
const ROWS: usize = 4;

/// `None` where the processor lacks AVX2 or FMA.
pub(super) fn kernels() -> Option<Kernels> {
    (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Kernels {
        name: "avx2",
        // SAFETY: only handed out after the features were detected, above.
        dots_i8: |block, rows, dots| unsafe { dots_i8(block, rows, dots) },
        // SAFETY: as above.
        dots_f32: |block, rows, dots| unsafe { dots_f32(block, rows, dots) },
        // SAFETY: as above.
        look_up: |table, bytes| unsafe { look_up(table, bytes) },
    })
}

#[target_feature(enable = "avx2,fma")]
fn dots_i8(block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
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
    let rows: [&[u8]; N] = std::array::from_fn(|r| &rows[r * width..][..width]);
    let ones = _mm256_set1_epi16(1);
    let mut sums = [_mm256_setzero_si256(); N];
    for (step, lanes) in block.group(half / 2).iter().enumerate() {
        let (_, lanes) = lanes.split_at(half % 2 * 32);
        assert!(lanes.len() >= 32);
        // SAFETY: at least 32 bytes, checked above.
        let query = unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) };
        let magnitude = _mm256_abs_epi8(query);
        for (sum, row) in sums.iter_mut().zip(rows) {
            let quad = [row[step * 4], row[step * 4 + 1], row[step * 4 + 2], row[step * 4 + 3]].map(|u| u ^ 128);
            let level = _mm256_set1_epi32(i32::from_le_bytes(quad));
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
fn dots_f32(block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
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
    let rows: [&[f32]; N] = std::array::from_fn(|r| &rows[r * width..][..width]);
    let mut sums = [_mm256_setzero_ps(); N];
    for (step, query) in block.group(half / 2).iter().enumerate() {
        let query: &[f32; LANES] = query;
        let (_, query) = query.split_at(half % 2 * 8);
        assert!(query.len() >= 8);
        // SAFETY: at least 8 values, checked above.
        let query = unsafe { _mm256_loadu_ps(query.as_ptr()) };
        for (sum, row) in sums.iter_mut().zip(rows) {
            *sum = _mm256_fmadd_ps(_mm256_set1_ps(row[step]), query, *sum);
        }
    }
    for (row, &sum) in sums.iter().enumerate() {
        let out = &mut dots[row * lanes + half * 8..][..8];
        // SAFETY: `out` has 8 values of 32 bits.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sum) };
    }
}

#[target_feature(enable = "avx2")]
fn look_up(table: &[u8; 16], bytes: &mut [u8]) {
    // SAFETY: the table has 16 bytes.
    let wide = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
    let (chunks, rest) = bytes.as_chunks_mut::<32>();
    for chunk in chunks {
        // SAFETY: the chunk has 32 bytes.
        unsafe {
            let index = _mm256_loadu_si256(chunk.as_ptr().cast());
            _mm256_storeu_si256(chunk.as_mut_ptr().cast(), _mm256_shuffle_epi8(wide, index));
        }
    }
    for byte in rest {
        *byte = table[usize::from(*byte & 15)];
    }
}
