//! Centroid scores as bytes: row maxima, and which rows can still raise one. AVX-512 has nothing better for 32 lanes.

use std::arch::x86_64::*;

use crate::kernels::{MASK, Picked};

/// Every id is a row of the table, checked by `Kernels`.
#[target_feature(enable = "avx2")]
pub(in crate::kernels) fn row_max_bytes(table: &[u8], ids: &[u16], best: &mut [u8]) {
    let lanes = best.len();
    for (group, best) in best.chunks_exact_mut(MASK).enumerate() {
        // SAFETY: `best` has 32 bytes.
        let mut most = [unsafe { _mm256_loadu_si256(best.as_ptr().cast()) }; 4];
        let (fours, rest) = ids.as_chunks::<4>();
        for ids in fours {
            for (most, &id) in most.iter_mut().zip(ids) {
                // SAFETY: id is a row of the table, which has `lanes` bytes, 32 of them from this group's first.
                let row =
                    unsafe { _mm256_loadu_si256(table.as_ptr().add(usize::from(id) * lanes + group * MASK).cast()) };
                *most = _mm256_max_epu8(*most, row);
            }
        }
        for &id in rest {
            // SAFETY: as above.
            let row = unsafe { _mm256_loadu_si256(table.as_ptr().add(usize::from(id) * lanes + group * MASK).cast()) };
            most[0] = _mm256_max_epu8(most[0], row);
        }
        let most = _mm256_max_epu8(_mm256_max_epu8(most[0], most[1]), _mm256_max_epu8(most[2], most[3]));
        // SAFETY: `best` has 32 bytes.
        unsafe { _mm256_storeu_si256(best.as_mut_ptr().cast(), most) };
    }
}

/// Every id is a row of the table, checked by `Kernels`.
#[target_feature(enable = "avx2")]
pub(in crate::kernels) fn pick(table: &[u8], ids: &[u16], least: &[u8], picked: &mut Vec<Picked>) {
    let (lanes, groups) = (least.len(), least.len() / MASK);
    picked.reserve(ids.len() * groups);
    let mut end = picked.len();
    let out = picked.as_mut_ptr();
    for (row, &id) in (0..).zip(ids) {
        for group in 0..groups {
            // SAFETY: id is a row of the table; it and `least` have `lanes` bytes, 32 of them from this group's first.
            let (scores, least) = unsafe {
                let scores = table.as_ptr().add(usize::from(id) * lanes + group * MASK);
                (_mm256_loadu_si256(scores.cast()), _mm256_loadu_si256(least.as_ptr().add(group * MASK).cast()))
            };
            let wanted = _mm256_cmpeq_epi8(_mm256_max_epu8(scores, least), scores);
            let wanted = _mm256_movemask_epi8(wanted).cast_unsigned();
            // Written always and kept if not empty: a branch would be mispredicted.
            // SAFETY: `end` has grown at most once per id and group, for which room was reserved above.
            unsafe { out.add(end).write(Picked { row, group: group as u32, lanes: wanted }) };
            end += usize::from(wanted != 0);
        }
    }
    // SAFETY: everything up to `end` was written.
    unsafe { picked.set_len(end) };
}
