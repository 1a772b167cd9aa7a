//! AVX2 with FMA and F16C: products of bytes through 16-bit pairs, lanes = query tokens, eight per register.

#![expect(unsafe_code, reason = "intrinsics behind run-time detection")]

mod dots;
mod float;
mod levels;
mod pairs;
pub(super) mod prefetch;
mod row_max;
mod rows;
pub(super) mod table;

use super::Kernels;

/// `None` where the processor lacks AVX2, FMA or F16C.
pub(super) fn kernels() -> Option<Kernels> {
    let detected =
        is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
    detected.then_some(Kernels {
        name: "avx2",
        // SAFETY: features detected, above.
        dots_i8: |block, rows, dots| unsafe { dots::dots_i8(block, rows, dots) },
        // SAFETY: as above.
        dots_f32: |block, rows, dots| unsafe { dots::dots_f32(block, rows, dots) },
        nearest: super::nearest::nearest,
        // SAFETY: as above.
        unpack: |codes, levels| unsafe { levels::unpack(codes, levels) },
        // SAFETY: as above.
        row_max_i8: |block, rows, scales, best| unsafe { row_max::row_max_i8(block, rows, scales, best) },
        // SAFETY: as above.
        row_max_codes: |block, codes, best| unsafe { row_max::row_max_codes(block, codes, best) },
        // SAFETY: as above.
        row_max_f32: |block, rows, best| unsafe { float::row_max_f32(block, rows, best) },
        // SAFETY: as above.
        row_max_f16: |block, rows, best| unsafe { float::row_max_f16(block, rows, best) },
        // SAFETY: as above.
        row_max_picked: |block, codes, picked, best| unsafe { pairs::row_max_picked(block, codes, picked, best) },
        // SAFETY: as above.
        row_max_bytes: |table, ids, best| unsafe { table::row_max_bytes(table, ids, best) },
        // SAFETY: as above.
        pick: |table, ids, least, picked| unsafe { table::pick(table, ids, least, picked) },
        prefetch: prefetch::prefetch,
        linear: super::linear::linear,
        // SAFETY: as above.
        add_norm: |a, b, norm, sums, out| unsafe { rows::add_norm(a, b, norm, sums, out) },
        // SAFETY: as above.
        quantize: |row, levels| unsafe { rows::quantize(row, levels) },
        // SAFETY: as above.
        scale: |sums, scale, scales, bias, values| unsafe { rows::scale(sums, scale, scales, bias, values) },
        // SAFETY: as above.
        gelu: |values| unsafe { rows::gelu(values) },
        // SAFETY: as above.
        softmax: |scores| unsafe { rows::softmax(scores) },
    })
}
