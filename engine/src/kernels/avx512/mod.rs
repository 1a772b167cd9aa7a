//! AVX-512 with VNNI: 64 multiply-adds of bytes per instruction, lanes = query tokens.

#![expect(unsafe_code, reason = "intrinsics behind run-time detection")]

/// The body for each of a tile's rows or groups, once each, with a constant for its number: sums are single values for
/// the compiler from the start. Where it unrolls loops itself, it depends on the rest of the crate whether they stay in
/// registers or are stored at every step.
macro_rules! unrolled {
    ($number:ident < $count:ident, $body:expr) => { unrolled!($number < $count, $body, 0 1 2 3 4 5 6 7 8 9 10 11) };
    ($number:ident < $count:ident, $body:expr, $($constant:literal)*) => {
        const { assert!($count <= [$($constant),*].len()) };
        $(if $constant < $count {
            let $number: usize = $constant;
            $body
        })*
    };
}

mod dots;
mod float;
mod levels;
mod linear;
mod nearest;
mod pairs;
mod row_max;
mod rows;

use super::Kernels;
use super::avx2::{prefetch, table};

/// `None` where the processor lacks AVX-512 F, BW, VL or VNNI (or AVX2 and F16C, which come with them).
pub(super) fn kernels() -> Option<Kernels> {
    let detected = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("f16c");
    detected.then_some(Kernels {
        name: "avx512-vnni",
        // SAFETY: features detected, above.
        dots_i8: |block, rows, dots| unsafe { dots::dots_i8(block, rows, dots) },
        // SAFETY: as above.
        dots_f32: |block, rows, dots| unsafe { dots::dots_f32(block, rows, dots) },
        // SAFETY: as above.
        nearest: |_, block, inverse, rows, found| unsafe { nearest::nearest(block, inverse, rows, found) },
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
        // SAFETY: as above.
        linear: |_, layer, rows, out| unsafe { linear::linear(layer, rows, out) },
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

/// The same pointers to rows, of which the compiler does not know that they lie at equal distances: it would compute
/// each from the one before at every step, which takes longer than the step's products.
#[inline]
fn opaque<T, const N: usize>(rows: [*const T; N]) -> [*const T; N] {
    std::hint::black_box(rows)
}
