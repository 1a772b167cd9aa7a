//! Row maxima over runs of token vectors.

use half::f16;

use super::{dots, levels};
use crate::kernels::{Codes, FloatBlock, IntBlock};

pub(super) fn row_max_i8(block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
    let mut dots = vec![0; block.lanes()];
    for (row, &scale) in rows.chunks_exact(block.width()).zip(scales) {
        dots::dots_i8(block, row, &mut dots);
        raise(best, &dots, scale);
    }
}

pub(super) fn row_max_codes(block: &IntBlock, codes: &Codes, best: &mut [f32]) {
    let (mut dots, mut row) = (vec![0; block.lanes()], vec![0; codes.width]);
    for (at, &scale) in codes.scales.iter().enumerate() {
        levels::unpack_row(codes, at, &mut row);
        dots::dots_i8(block, &row, &mut dots);
        raise(best, &dots, f16::from_bits(scale).to_f32());
    }
}

/// i32 to f32 rounds to nearest on every instruction set, so all kernels give the same bits.
fn raise(best: &mut [f32], dots: &[i32], scale: f32) {
    for (best, &dot) in best.iter_mut().zip(dots) {
        let score = dot as f32 * scale;
        *best = if score > *best { score } else { *best };
    }
}

pub(super) fn row_max_f32(block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
    let mut dots = vec![0.0; block.lanes()];
    for row in rows.chunks_exact(block.width()) {
        dots::dots_f32(block, row, &mut dots);
        for (best, &dot) in best.iter_mut().zip(&dots) {
            *best = if dot > *best { dot } else { *best };
        }
    }
}

pub(super) fn row_max_f16(block: &FloatBlock, rows: &[u16], best: &mut [f32]) {
    let mut values = vec![0.0; block.width()];
    for row in rows.chunks_exact(block.width()) {
        values.iter_mut().zip(row).for_each(|(value, &bits)| *value = f16::from_bits(bits).to_f32());
        row_max_f32(block, &values, best);
    }
}
