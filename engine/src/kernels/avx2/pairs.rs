//! Single pairs of query token and packed code.

use std::arch::x86_64::*;

use super::levels::{Tables, each};
use crate::kernels::{Codes, MASK, PairBlock, Picked};

#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn row_max_picked(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    match codes.bits {
        1 => picked_bits::<1>(block, codes, picked, best),
        2 => picked_bits::<2>(block, codes, picked, best),
        3 => picked_bits::<3>(block, codes, picked, best),
        4 => picked_bits::<4>(block, codes, picked, best),
        _ => picked_bits::<8>(block, codes, picked, best),
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
fn picked_bits<const BITS: usize>(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    let tables = Tables::new(codes, false);
    for wanted in picked {
        let code = codes.code(wanted.row as usize);
        let scale = _mm_cvtph_ps(_mm_set1_epi16(codes.scales[wanted.row as usize].cast_signed()));
        let first = wanted.group as usize * MASK;
        let best: &mut [f32; MASK] = best[first..].first_chunk_mut().expect("a group of the block");
        let mut lanes = wanted.lanes;
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            // SAFETY: the group is one of the block's, which has as many lanes as `best`, and lane is below 32.
            let dot = unsafe { dot::<BITS>(block, code, &tables, first + lane) };
            let score = _mm_mul_ss(_mm_cvtepi32_ps(dot), scale);
            let best = &mut best[lane % MASK];
            *best = _mm_cvtss_f32(_mm_max_ss(score, _mm_set_ss(*best)));
        }
    }
}

/// Dot product of a code with a lane of the block, in every value.
///
/// # Safety
///
/// The block has the lane.
#[target_feature(enable = "avx2,fma")]
#[inline]
unsafe fn dot<const BITS: usize>(block: &PairBlock, code: &[u8], tables: &Tables, lane: usize) -> __m128i {
    // SAFETY: the caller's promise; the block has `stride` bytes per lane.
    let query = unsafe { block.bytes.as_ptr().cast::<i8>().add(lane * block.stride) };
    let ones = _mm256_set1_epi16(1);
    let mut sum = _mm256_setzero_si256();
    each::<BITS>(code, tables, |at, levels| {
        // SAFETY: at < width, and from there a row has a register's length before the end of the block.
        let values = unsafe { _mm256_loadu_si256(query.add(at).cast()) };
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(values), _mm256_sign_epi8(levels, values));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, ones));
    });
    let sum = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
    let sum = _mm_add_epi32(sum, _mm_shuffle_epi32::<0b01_00_11_10>(sum));
    _mm_add_epi32(sum, _mm_shuffle_epi32::<0b10_11_00_01>(sum))
}
