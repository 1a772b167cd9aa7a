//! Single pairs of query token and packed code.

use std::arch::x86_64::*;

use super::levels::{Tables, each};
use crate::kernels::{Codes, MASK, PairBlock, Picked};

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c")]
pub(super) fn row_max_picked(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    match codes.bits {
        1 => picked_bits::<1>(block, codes, picked, best),
        2 => picked_bits::<2>(block, codes, picked, best),
        3 => picked_bits::<3>(block, codes, picked, best),
        4 => picked_bits::<4>(block, codes, picked, best),
        _ => picked_bits::<8>(block, codes, picked, best),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni,f16c")]
fn picked_bits<const BITS: usize>(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    let tables = Tables::new(codes);
    for wanted in picked {
        let code = codes.code(wanted.row as usize);
        let scale = _mm_cvtph_ps(_mm_set1_epi16(codes.scales[wanted.row as usize].cast_signed()));
        let first = wanted.group as usize * MASK;
        let best: &mut [f32; MASK] = best[first..].first_chunk_mut().expect("a group of the block");
        let mut lanes = wanted.lanes;
        while lanes != 0 {
            // Two lanes at a time, the same one twice if only one is left: a branch between one and two would be
            // mispredicted more often than the second product costs.
            let one = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            let two = if lanes == 0 { one } else { lanes.trailing_zeros() as usize };
            lanes &= lanes.wrapping_sub(1);
            // SAFETY: the group is one of the block's, which has as many lanes as `best`; one and two are below 32.
            let sums = unsafe { dots::<BITS>(block, code, &tables, [first + one, first + two]) };
            let scores = _mm_mul_ps(_mm_cvtepi32_ps(sums), scale);
            for (lane, score) in [(one, scores), (two, _mm_movehl_ps(scores, scores))] {
                let best = &mut best[lane % MASK];
                *best = _mm_cvtss_f32(_mm_max_ss(score, _mm_set_ss(*best)));
            }
        }
    }
}

/// Dot products of a code with two lanes of the block: the first in values 0 and 1, the second in 2 and 3.
///
/// # Safety
///
/// The block has the lanes.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
unsafe fn dots<const BITS: usize>(block: &PairBlock, code: &[u8], tables: &Tables, pair: [usize; 2]) -> __m128i {
    // SAFETY: the caller's promise; the block has `stride` bytes and a start per lane.
    let query = pair.map(|lane| unsafe { block.bytes.as_ptr().cast::<i8>().add(lane * block.stride) });
    // SAFETY: as above.
    let start = pair.map(|lane| unsafe { *block.starts.as_ptr().add(lane) });
    let start = start.map(|start| _mm512_zextsi128_si512(_mm_cvtsi32_si128(start)));
    // Two sums each, taken in turns, so that a product need not wait for the one before.
    let (mut next, mut other) = (start, [_mm512_setzero_si512(); 2]);
    each::<BITS>(code, tables, |at, levels| {
        // SAFETY: at < width, and from there a row has a register's length before the end of the block.
        let values = query.map(|query| unsafe { _mm512_loadu_si512(query.add(at).cast()) });
        let sums = [_mm512_dpbusd_epi32(next[0], levels, values[0]), _mm512_dpbusd_epi32(next[1], levels, values[1])];
        (next, other) = (other, sums);
    });
    let [one, two] = [0, 1].map(|lane| {
        let sums = _mm512_add_epi32(next[lane], other[lane]);
        _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums))
    });
    let both = _mm256_add_epi32(_mm256_unpacklo_epi64(one, two), _mm256_unpackhi_epi64(one, two));
    let both = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256::<1>(both));
    _mm_add_epi32(both, _mm_shuffle_epi32::<0b10_11_00_01>(both))
}
