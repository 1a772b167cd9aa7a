//! Centroid scores as bytes: row maxima, and which rows can still raise one.

use std::arch::aarch64::*;

use crate::kernels::{MASK, Picked};

/// 32 bytes of a slice.
#[target_feature(enable = "neon")]
#[inline]
fn load(bytes: &[u8], at: usize) -> [uint8x16_t; 2] {
    let bytes: &[u8; MASK] = bytes[at..].first_chunk().expect("a group of lanes");
    // SAFETY: 32 bytes.
    unsafe { [vld1q_u8(bytes.as_ptr()), vld1q_u8(bytes.as_ptr().add(16))] }
}

#[target_feature(enable = "neon")]
pub(super) fn row_max_bytes(table: &[u8], ids: &[u16], best: &mut [u8]) {
    let lanes = best.len();
    for (group, best) in best.as_chunks_mut::<MASK>().0.iter_mut().enumerate() {
        let mut most = load(best, 0);
        for &id in ids {
            let row = load(table, usize::from(id) * lanes + group * MASK);
            most = [vmaxq_u8(most[0], row[0]), vmaxq_u8(most[1], row[1])];
        }
        // SAFETY: 32 bytes.
        unsafe {
            vst1q_u8(best.as_mut_ptr(), most[0]);
            vst1q_u8(best.as_mut_ptr().add(16), most[1]);
        }
    }
}

#[target_feature(enable = "neon")]
pub(super) fn pick(table: &[u8], ids: &[u16], least: &[u8], picked: &mut Vec<Picked>) {
    let lanes = least.len();
    for (row, &id) in (0..).zip(ids) {
        for (group, least) in (0..).zip(least.as_chunks::<MASK>().0) {
            let (scores, least) = (load(table, usize::from(id) * lanes + group as usize * MASK), load(least, 0));
            let wanted = bits([vcgeq_u8(scores[0], least[0]), vcgeq_u8(scores[1], least[1])]);
            if wanted != 0 {
                picked.push(Picked { row, group, lanes: wanted });
            }
        }
    }
}

/// A bit per byte that is all ones.
#[target_feature(enable = "neon")]
#[inline]
fn bits(bytes: [uint8x16_t; 2]) -> u32 {
    let places: [u8; 16] = std::array::from_fn(|at| 1 << (at % 8));
    // SAFETY: 16 bytes.
    let places = unsafe { vld1q_u8(places.as_ptr()) };
    let sums = vpaddq_u8(vandq_u8(bytes[0], places), vandq_u8(bytes[1], places));
    let sums = vpaddq_u8(sums, sums);
    vgetq_lane_u32::<0>(vreinterpretq_u32_u8(vpaddq_u8(sums, sums)))
}
