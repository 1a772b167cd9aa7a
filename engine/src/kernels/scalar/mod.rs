//! Plain Rust: the reference that every other kernel is compared with, and what runs where nothing faster does.

mod dots;
mod levels;
mod pairs;
mod row_max;

use super::{Kernels, rows};

pub(super) fn kernels() -> Kernels {
    Kernels {
        name: "scalar",
        dots_i8: dots::dots_i8,
        dots_f32: dots::dots_f32,
        nearest: super::nearest::nearest,
        unpack: levels::unpack,
        row_max_i8: row_max::row_max_i8,
        row_max_codes: row_max::row_max_codes,
        row_max_f32: row_max::row_max_f32,
        row_max_f16: row_max::row_max_f16,
        row_max_picked: pairs::row_max_picked,
        row_max_bytes: pairs::row_max_bytes,
        pick: pairs::pick,
        // Without SIMD, memory is never what a search waits for.
        prefetch: |_, _| (),
        linear: super::linear::linear,
        add_norm: rows::add_norm,
        quantize: rows::quantize,
        scale: rows::scale,
        gelu: rows::gelu,
        softmax: rows::softmax,
    }
}
