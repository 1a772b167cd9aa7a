//! Bringing picked codes into the cache before they are needed.

use std::arch::x86_64::*;

use crate::kernels::{Codes, Picked};

/// Asks for the codes of some rows; nothing happens for a row that does not exist.
pub(in crate::kernels) fn prefetch(codes: &Codes, picked: &[Picked]) {
    let bytes = codes.code_bytes();
    for picked in picked {
        let code = codes.bytes.as_ptr().wrapping_add((picked.row as usize).wrapping_mul(bytes));
        // Each cache line once, wherever in it the code begins.
        let before = code.addr() % 64;
        for line in (0..before + bytes).step_by(64) {
            // SAFETY: a prefetch reads nothing and faults at no address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(code.wrapping_add(line).wrapping_sub(before).cast()) };
        }
    }
}
