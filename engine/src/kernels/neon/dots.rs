//! Dot products of lanes and rows, four lanes per register.

use std::arch::aarch64::*;

use super::add_products;
use crate::kernels::{FloatBlock, IntBlock, LANES};

#[target_feature(enable = "dotprod")]
pub(super) fn dots_i8(block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
    for (row, dots) in rows.chunks_exact(block.width()).zip(dots.chunks_exact_mut(block.lanes())) {
        for (group, dots) in dots.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut sums = [vdupq_n_s32(0); 4];
            for (step, quad) in block.group(group).iter().zip(row.as_chunks::<4>().0) {
                let biased = vdupq_n_u32(u32::from_le_bytes(*quad) ^ 0x8080_8080);
                for (part, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: a step has 64 bytes.
                    let query = unsafe { vld1q_s8(step.0.as_ptr().add(part * 16)) };
                    *sum = add_products(*sum, query, vreinterpretq_s8_u32(biased));
                }
            }
            for (part, sum) in sums.into_iter().enumerate() {
                // SAFETY: `dots` has 16 values.
                unsafe { vst1q_s32(dots.as_mut_ptr().add(part * 4), sum) };
            }
        }
    }
}

#[target_feature(enable = "neon")]
pub(super) fn dots_f32(block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
    for (row, dots) in rows.chunks_exact(block.width()).zip(dots.chunks_exact_mut(block.lanes())) {
        for (group, dots) in dots.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            let mut sums = [vdupq_n_f32(0.0); 4];
            for (step, &value) in block.group(group).iter().zip(row) {
                for (part, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: a step has 16 values.
                    let query = unsafe { vld1q_f32(step.0.as_ptr().add(part * 4)) };
                    *sum = vfmaq_n_f32(*sum, query, value);
                }
            }
            for (part, sum) in sums.into_iter().enumerate() {
                // SAFETY: `dots` has 16 values.
                unsafe { vst1q_f32(dots.as_mut_ptr().add(part * 4), sum) };
            }
        }
    }
}
