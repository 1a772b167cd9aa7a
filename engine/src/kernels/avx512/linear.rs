//! Linear layers: tiles of twelve rows against two groups of outputs, from products to floats in registers.

use std::arch::x86_64::*;

use super::dots::products;
use crate::kernels::{LANES, Linear, Quantized, tiles};

/// Rows of a tile: 24 sums, 2 registers of weights, and 6 for rows fill the 32 that there are.
const ROWS: usize = 12;
/// Rows of a smaller tile for what is left.
const FEW: usize = 4;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(super) fn linear(layer: &Linear, rows: &Quantized, out: &mut [f32]) {
    let groups = layer.block.lanes() / LANES;
    // Weights of two groups stay in the first-level cache while all rows pass by.
    let mut group = 0;
    while group + 1 < groups {
        columns::<2>(layer, group, rows, out);
        group += 2;
    }
    if group < groups {
        columns::<1>(layer, group, rows, out);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn columns<const GROUPS: usize>(layer: &Linear, group: usize, rows: &Quantized, out: &mut [f32]) {
    // The last tiles overlap: a row that is taken twice gets the same result twice.
    for (first, count) in tiles(rows.scales.len(), ROWS, FEW) {
        match count {
            ROWS => tile::<ROWS, GROUPS>(layer, group, rows, first, out),
            FEW => tile::<FEW, GROUPS>(layer, group, rows, first, out),
            _ => tile::<1, GROUPS>(layer, group, rows, first, out),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
fn tile<const N: usize, const GROUPS: usize>(
    layer: &Linear,
    group: usize,
    rows: &Quantized,
    first: usize,
    out: &mut [f32],
) {
    let (width, outputs) = (layer.width(), layer.outputs());
    let sums = products::<N, GROUPS>(&layer.block, group, &rows.levels[first * width..][..N * width]);
    unrolled!(g < GROUPS, {
        let lane = (group + g) * LANES;
        let (scales, bias) = (&layer.scales[lane..][..LANES], &layer.bias[lane..][..LANES]);
        // SAFETY: 16 values each.
        let (scales, bias) = unsafe { (_mm512_loadu_ps(scales.as_ptr()), _mm512_loadu_ps(bias.as_ptr())) };
        let count = (outputs - lane).min(LANES);
        unrolled!(row < N, {
            let scale = _mm512_mul_ps(_mm512_set1_ps(rows.scales[first + row]), scales);
            let values = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[row][g]), scale, bias);
            let out = &mut out[(first + row) * outputs + lane..][..count];
            // SAFETY: the mask leaves out what is beyond the `count` values of `out`.
            unsafe { _mm512_mask_storeu_ps(out.as_mut_ptr(), (u32::MAX >> (32 - count)) as u16, values) };
        });
    });
}
