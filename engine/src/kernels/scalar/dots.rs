//! Dot products of lanes and rows.

use crate::kernels::{FloatBlock, IntBlock, LANES};

pub(super) fn dots_i8(block: &IntBlock, rows: &[u8], dots: &mut [i32]) {
    for (row, dots) in rows.chunks_exact(block.width()).zip(dots.chunks_exact_mut(block.lanes())) {
        for (group, dots) in dots.chunks_exact_mut(LANES).enumerate() {
            dots.fill(0);
            for (step, quad) in block.group(group).iter().zip(row.chunks_exact(4)) {
                for (dot, lane) in dots.iter_mut().zip(step.0.chunks_exact(4)) {
                    let products = lane.iter().zip(quad).map(|(&q, &u)| i32::from(q) * (i32::from(u) - 128));
                    *dot += products.sum::<i32>();
                }
            }
        }
    }
}

pub(super) fn dots_f32(block: &FloatBlock, rows: &[f32], dots: &mut [f32]) {
    for (row, dots) in rows.chunks_exact(block.width()).zip(dots.chunks_exact_mut(block.lanes())) {
        for (group, dots) in dots.chunks_exact_mut(LANES).enumerate() {
            dots.fill(0.0);
            for (step, &value) in block.group(group).iter().zip(row) {
                for (dot, &lane) in dots.iter_mut().zip(&step.0) {
                    // Fused as in the SIMD kernels, so that a router has the same bytes on every machine.
                    *dot = lane.mul_add(value, *dot);
                }
            }
        }
    }
}
