//! What encoders do to rows, compiled for this instruction set.

use crate::kernels::{Norm, rows};

#[target_feature(enable = "neon")]
pub(super) fn quantize(row: &[f32], levels: &mut [u8]) -> f32 {
    rows::quantize(row, levels)
}

#[target_feature(enable = "neon")]
pub(super) fn scale(sums: &[i32], scale: f32, scales: &[f32], bias: &[f32], values: &mut [f32]) {
    rows::scale(sums, scale, scales, bias, values);
}

#[target_feature(enable = "neon")]
pub(super) fn gelu(values: &mut [f32]) {
    rows::gelu(values);
}

#[target_feature(enable = "neon")]
pub(super) fn softmax(scores: &mut [f32]) -> f32 {
    rows::softmax(scores)
}

#[target_feature(enable = "neon")]
pub(super) fn add_norm(a: &[f32], b: &[f32], norm: &Norm, sums: &mut [f32], out: &mut [f32]) {
    rows::add_norm(a, b, norm, sums, out);
}
