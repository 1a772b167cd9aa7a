//! NEON with dot products (ARMv8.2 and later): 16 multiply-adds of bytes per instruction, lanes = query tokens.

#![expect(unsafe_code, reason = "intrinsics behind run-time detection")]

mod dots;
mod float;
mod levels;
mod pairs;
mod row_max;
mod rows;
mod table;

use std::arch::aarch64::*;
use std::arch::asm;

use super::Kernels;

/// `None` where the processor lacks the dot product instructions.
pub(super) fn kernels() -> Option<Kernels> {
    std::arch::is_aarch64_feature_detected!("dotprod").then_some(Kernels {
        name: "neon",
        // SAFETY: feature detected, above.
        dots_i8: |block, rows, dots| unsafe { dots::dots_i8(block, rows, dots) },
        // SAFETY: NEON comes with dot products.
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
        prefetch: pairs::prefetch,
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

/// `sum` and the products of four neighbouring bytes each (the intrinsic is not stable yet).
#[target_feature(enable = "dotprod")]
#[inline]
fn add_products(mut sum: int32x4_t, a: int8x16_t, b: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction has no effect beyond its operands.
    unsafe {
        asm!(
            "sdot {sum:v}.4s, {a:v}.16b, {b:v}.16b",
            sum = inout(vreg) sum, a = in(vreg) a, b = in(vreg) b,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    sum
}

/// Four f16, as bits, widened (the intrinsic is not stable yet).
#[target_feature(enable = "neon")]
#[inline]
fn widen(bits: uint16x4_t) -> float32x4_t {
    let wide: float32x4_t;
    // SAFETY: the instruction has no effect beyond its operands.
    unsafe {
        asm!(
            "fcvtl {wide:v}.4s, {bits:v}.4h",
            wide = lateout(vreg) wide, bits = in(vreg) bits,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
    wide
}
