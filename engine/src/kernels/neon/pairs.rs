//! Single pairs of query token and packed code.

use std::arch::aarch64::*;
use std::arch::asm;

use half::f16;

use super::add_products;
use super::levels::{Tables, each};
use crate::kernels::{Codes, MASK, PairBlock, Picked};

/// Picked rows between asking for a code and using it.
const AHEAD: usize = 8;

#[target_feature(enable = "dotprod")]
pub(super) fn row_max_picked(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    match codes.bits {
        1 => picked_bits::<1>(block, codes, picked, best),
        2 => picked_bits::<2>(block, codes, picked, best),
        3 => picked_bits::<3>(block, codes, picked, best),
        4 => picked_bits::<4>(block, codes, picked, best),
        _ => picked_bits::<8>(block, codes, picked, best),
    }
}

#[target_feature(enable = "dotprod")]
fn picked_bits<const BITS: usize>(block: &PairBlock, codes: &Codes, picked: &[Picked], best: &mut [f32]) {
    let tables = Tables::new(codes, false);
    prefetch(codes, &picked[..picked.len().min(AHEAD)]);
    for (at, wanted) in picked.iter().enumerate() {
        if let Some(next) = picked.get(at + AHEAD) {
            prefetch_row(codes, next.row as usize);
        }
        let code = codes.code(wanted.row as usize);
        let scale = f16::from_bits(codes.scales[wanted.row as usize]).to_f32();
        let first = wanted.group as usize * MASK;
        let best: &mut [f32; MASK] = best[first..].first_chunk_mut().expect("a group of the block");
        let mut lanes = wanted.lanes;
        while lanes != 0 {
            let lane = lanes.trailing_zeros() as usize;
            lanes &= lanes - 1;
            // SAFETY: the group is one of the block's, which has as many lanes as `best`, and lane is below 32.
            let score = unsafe { dot::<BITS>(block, code, &tables, first + lane) } as f32 * scale;
            let best = &mut best[lane % MASK];
            *best = if score > *best { score } else { *best };
        }
    }
}

/// Dot product of a code with a lane of the block.
///
/// # Safety
///
/// The block has the lane.
#[target_feature(enable = "dotprod")]
#[inline]
unsafe fn dot<const BITS: usize>(block: &PairBlock, code: &[u8], tables: &Tables, lane: usize) -> i32 {
    // SAFETY: the caller's promise; the block has `stride` bytes per lane.
    let query = unsafe { block.bytes.as_ptr().cast::<i8>().add(lane * block.stride) };
    let mut sum = vdupq_n_s32(0);
    each::<BITS>(code, tables, |at, levels| {
        // SAFETY: at < width, and from there a row has a register's length before the end of the block.
        let values = unsafe { vld1q_s8(query.add(at)) };
        sum = add_products(sum, values, vreinterpretq_s8_u8(levels));
    });
    vaddvq_s32(sum)
}

pub(super) fn prefetch(codes: &Codes, picked: &[Picked]) {
    picked.iter().for_each(|picked| prefetch_row(codes, picked.row as usize));
}

/// Asks for a row's code; nothing happens for a row that does not exist.
#[inline]
fn prefetch_row(codes: &Codes, row: usize) {
    let bytes = codes.code_bytes();
    let code = codes.bytes.as_ptr().wrapping_add(row.wrapping_mul(bytes));
    for line in (0..bytes).step_by(64).chain([bytes - 1]) {
        // SAFETY: a prefetch reads nothing and faults at no address.
        unsafe { asm!("prfm pldl1keep, [{}]", in(reg) code.wrapping_add(line), options(nostack, preserves_flags)) };
    }
}
