//! Row maxima of f32 and f16 rows: tiles of four rows against one group of lanes, all sums in registers.

use std::arch::x86_64::*;

use crate::kernels::{FloatBlock, LANES, tiles};

/// Rows of a tile: 8 sums leave half of the 16 registers for the query and values.
const ROWS: usize = 4;
/// Values of a row that are widened at a time.
const PART: usize = 8;

#[target_feature(enable = "avx2,fma")]
pub(super) fn row_max_f32(block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
    let width = block.width();
    for (first, count) in tiles(rows.len() / width, ROWS, ROWS) {
        let rows = &rows[first * width..][..count * width];
        for group in 0..block.lanes() / LANES {
            let best = best[group * LANES..].first_chunk_mut().expect("a maximum per lane");
            match count {
                ROWS => in_place::<ROWS>(block, group, rows, best),
                _ => in_place::<1>(block, group, rows, best),
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn in_place<const N: usize>(block: &FloatBlock, group: usize, rows: &[f32], best: &mut [f32; LANES]) {
    let (width, query) = (block.width(), block.group(group));
    assert!(rows.len() == N * width && query.len() == width);
    let mut sums = [[_mm256_setzero_ps(); 2]; N];
    // SAFETY: rows and query have `width` values each, asserted above.
    unsafe { add(&mut sums, query.as_ptr().cast(), std::array::from_fn(|row| rows.as_ptr().add(row * width)), width) };
    raise(best, &sums);
}

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn row_max_f16(block: &FloatBlock, rows: &[u16], best: &mut [f32]) {
    let width = block.width();
    for (first, count) in tiles(rows.len() / width, ROWS, ROWS) {
        let rows = &rows[first * width..][..count * width];
        for group in 0..block.lanes() / LANES {
            let best = best[group * LANES..].first_chunk_mut().expect("a maximum per lane");
            match count {
                ROWS => widened::<ROWS>(block, group, rows, best),
                _ => widened::<1>(block, group, rows, best),
            }
        }
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn widened<const N: usize>(block: &FloatBlock, group: usize, rows: &[u16], best: &mut [f32; LANES]) {
    let width = block.width();
    assert!(rows.len() == N * width && width.is_multiple_of(PART));
    let mut sums = [[_mm256_setzero_ps(); 2]; N];
    let mut wide = [[0f32; PART]; N];
    for (part, query) in block.group(group).chunks_exact(PART).enumerate() {
        for row in 0..N {
            let bits = &rows[row * width + part * PART..][..PART];
            // SAFETY: both have eight values.
            unsafe {
                let bits = _mm_loadu_si128(bits.as_ptr().cast());
                _mm256_storeu_ps(wide[row].as_mut_ptr(), _mm256_cvtph_ps(bits));
            }
        }
        let rows = std::array::from_fn(|row| wide[row].as_ptr());
        // SAFETY: rows and this part of the query have eight values.
        unsafe { add(&mut sums, query.as_ptr().cast(), rows, PART) };
    }
    raise(best, &sums);
}

/// Adds `count` products per row and lane.
///
/// # Safety
///
/// `query` has `count` runs of 16 values, `rows` point to `count` values each.
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn add<const N: usize>(sums: &mut [[__m256; 2]; N], query: *const f32, rows: [*const f32; N], count: usize) {
    for step in 0..count {
        // SAFETY: the caller's promise.
        let query = [0, 8].map(|half| unsafe { _mm256_loadu_ps(query.add(step * LANES + half)) });
        for row in 0..N {
            // SAFETY: the caller's promise.
            let value = _mm256_set1_ps(unsafe { *rows[row].add(step) });
            for half in 0..2 {
                sums[row][half] = _mm256_fmadd_ps(value, query[half], sums[row][half]);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline]
fn raise<const N: usize>(best: &mut [f32; LANES], sums: &[[__m256; 2]; N]) {
    for half in 0..2 {
        // SAFETY: `best` has 16 values.
        let mut most = unsafe { _mm256_loadu_ps(best.as_ptr().add(half * 8)) };
        for sums in sums {
            most = _mm256_max_ps(sums[half], most);
        }
        // SAFETY: as above.
        unsafe { _mm256_storeu_ps(best.as_mut_ptr().add(half * 8), most) };
    }
}
