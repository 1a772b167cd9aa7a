//! Dot products of lanes and tiles of rows.

use std::arch::x86_64::*;

use super::float::add;
use super::opaque;
use crate::kernels::{FloatBlock, IntBlock, LANES, TILE};

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn dots_i8(block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
    let (width, lanes) = (block.width(), block.lanes());
    if rows.len() == TILE * width {
        let mut group = 0;
        while group + 1 < lanes / LANES {
            tile_i8::<TILE, 2>(block, group, rows, dots);
            group += 2;
        }
        if group < lanes / LANES {
            tile_i8::<TILE, 1>(block, group, rows, dots);
        }
        return;
    }
    for (row, dots) in rows.chunks_exact(width).zip(dots.chunks_exact_mut(lanes)) {
        for group in 0..lanes / LANES {
            tile_i8::<1, 1>(block, group, row, dots);
        }
    }
}

/// `ROWS` rows against `GROUPS` neighbouring groups of lanes.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
fn tile_i8<const ROWS: usize, const GROUPS: usize>(block: &IntBlock, group: usize, rows: &[u8], dots: &mut [i32]) {
    let lanes = block.lanes();
    let sums = products::<ROWS, GROUPS>(block, group, rows);
    unrolled!(row < ROWS, {
        unrolled!(g < GROUPS, {
            let out = &mut dots[row * lanes + (group + g) * LANES..][..LANES];
            // SAFETY: `out` has 16 values of 32 bits.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sums[row][g]) };
        });
    });
}

/// Dot products of `ROWS` rows with `GROUPS` neighbouring groups of lanes.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
pub(super) fn products<const ROWS: usize, const GROUPS: usize>(
    block: &IntBlock,
    group: usize,
    rows: &[u8],
) -> [[__m512i; GROUPS]; ROWS] {
    assert_eq!(rows.len(), ROWS * block.width());
    // SAFETY: that many rows, checked above.
    unsafe { strided(block, group, (rows.as_ptr(), block.width())) }
}

/// The same of rows that are `stride` bytes apart.
///
/// # Safety
///
/// `rows` points to `ROWS` rows of `width` readable bytes, `stride` bytes from one to the next.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
pub(super) unsafe fn strided<const ROWS: usize, const GROUPS: usize>(
    block: &IntBlock,
    group: usize,
    (rows, stride): (*const u8, usize),
) -> [[__m512i; GROUPS]; ROWS] {
    let steps = block.width() / 4;
    let query: [*const i8; GROUPS] = std::array::from_fn(|g| {
        let group = block.group(group + g);
        assert_eq!(group.len(), steps);
        group.as_ptr().cast()
    });
    let mut sums = [[_mm512_setzero_si512(); GROUPS]; ROWS];
    unrolled!(g < GROUPS, {
        // Rows hold level + 128: 128 times the lane's sum is too much.
        let much = _mm512_slli_epi32::<7>(load_i32(&block.sums()[(group + g) * LANES..][..LANES]));
        unrolled!(row < ROWS, sums[row][g] = _mm512_sub_epi32(_mm512_setzero_si512(), much));
    });
    // SAFETY: the caller's promise.
    let rows: [*const u8; ROWS] = opaque(std::array::from_fn(|row| unsafe { rows.add(row * stride) }));
    for step in 0..steps {
        // SAFETY: a group has `steps` runs of 64 bytes, asserted above.
        let query = query.map(|query| unsafe { _mm512_loadu_si512(query.add(step * 64).cast()) });
        unrolled!(row < ROWS, {
            // SAFETY: step * 4 + 4 <= width, which the row has.
            let quad = _mm512_set1_epi32(unsafe { rows[row].add(step * 4).cast::<i32>().read_unaligned() });
            unrolled!(g < GROUPS, sums[row][g] = _mm512_dpbusd_epi32(sums[row][g], quad, query[g]));
        });
    }
    sums
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load_i32(values: &[i32]) -> __m512i {
    assert_eq!(values.len(), LANES);
    // SAFETY: 16 values of 32 bits, checked above.
    unsafe { _mm512_loadu_si512(values.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f")]
pub(super) fn dots_f32(block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    if rows.len() == TILE * width {
        let mut group = 0;
        while group + 1 < lanes / LANES {
            tile_f32::<TILE, 2>(block, group, rows, dots);
            group += 2;
        }
        if group < lanes / LANES {
            tile_f32::<TILE, 1>(block, group, rows, dots);
        }
        return;
    }
    for (row, dots) in rows.chunks_exact(width).zip(dots.chunks_exact_mut(lanes)) {
        for group in 0..lanes / LANES {
            tile_f32::<1, 1>(block, group, row, dots);
        }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn tile_f32<const ROWS: usize, const GROUPS: usize>(block: &FloatBlock, group: usize, rows: &[f32], dots: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    let query: [*const f32; GROUPS] = std::array::from_fn(|g| {
        let group = block.group(group + g);
        assert_eq!(group.len(), width);
        group.as_ptr().cast()
    });
    assert_eq!(rows.len(), ROWS * width);
    let mut sums = [[_mm512_setzero_ps(); GROUPS]; ROWS];
    // SAFETY: a group has `width` runs of 16 values, `rows` have `width` values each, asserted above.
    unsafe { add(&mut sums, query, opaque(std::array::from_fn(|row| rows.as_ptr().add(row * width))), width) };
    unrolled!(row < ROWS, {
        unrolled!(g < GROUPS, {
            let out = &mut dots[row * lanes + (group + g) * LANES..][..LANES];
            // SAFETY: `out` has 16 values of 32 bits.
            unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sums[row][g]) };
        });
    });
}
