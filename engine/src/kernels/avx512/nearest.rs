//! Nearest lane of each row by direction: k-means and routing spend their time here.

use std::arch::x86_64::*;

use super::dots::products;
use crate::kernels::{IntBlock, LANES, Nearest, TILE};

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
pub(super) fn nearest(block: &IntBlock, inverse: &[f32], rows: &[u8], nearest: &mut [Nearest]) {
    let width = block.width();
    for (rows, nearest) in rows.chunks(TILE * width).zip(nearest.chunks_mut(TILE)) {
        if nearest.len() == TILE {
            tile::<TILE>(block, inverse, rows, nearest);
        } else {
            for (row, nearest) in rows.chunks_exact(width).zip(nearest.chunks_exact_mut(1)) {
                tile::<1>(block, inverse, row, nearest);
            }
        }
    }
}

/// `ROWS` rows against all lanes, with the best of every sixteenth lane in registers or close by.
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
fn tile<const ROWS: usize>(block: &IntBlock, inverse: &[f32], rows: &[u8], nearest: &mut [Nearest]) {
    let groups = block.lanes() / LANES;
    let mut best = [(_mm512_set1_ps(f32::NEG_INFINITY), _mm512_setzero_si512()); ROWS];
    let mut group = 0;
    while group + 1 < groups {
        raise::<ROWS, 2>(block, group, inverse, rows, &mut best);
        group += 2;
    }
    if group < groups {
        raise::<ROWS, 1>(block, group, inverse, rows, &mut best);
    }
    for ((cosines, found), nearest) in best.into_iter().zip(nearest) {
        let cosine = _mm512_reduce_max_ps(cosines);
        let equal = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(cosines, _mm512_set1_ps(cosine));
        let group = _mm512_mask_reduce_min_epi32(equal, found).cast_unsigned();
        // The first of several that are equally near.
        let first = _mm512_mask_cmpeq_epi32_mask(equal, found, _mm512_set1_epi32(group.cast_signed()));
        *nearest = Nearest { cosine, lane: group * LANES as u32 + first.trailing_zeros() };
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
#[inline]
fn raise<const ROWS: usize, const GROUPS: usize>(
    block: &IntBlock,
    group: usize,
    inverse: &[f32],
    rows: &[u8],
    best: &mut [(__m512, __m512i); ROWS],
) {
    let sums = products::<ROWS, GROUPS>(block, group, rows);
    unrolled!(g < GROUPS, {
        let inverse = &inverse[(group + g) * LANES..][..LANES];
        // SAFETY: `inverse` has 16 values.
        let inverse = unsafe { _mm512_loadu_ps(inverse.as_ptr()) };
        let number = _mm512_set1_epi32((group + g) as i32);
        unrolled!(row < ROWS, {
            let (cosines, found) = best[row];
            let cosine = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[row][g]), inverse);
            let better = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(cosine, cosines);
            best[row] = (_mm512_mask_mov_ps(cosines, better, cosine), _mm512_mask_mov_epi32(found, better, number));
        });
    });
}
