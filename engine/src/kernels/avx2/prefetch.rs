//! Bringing picked codes into the cache before they are needed.

use std::arch::x86_64::*;

use crate::kernels::{Codes, Picked};

pub(in crate::kernels) fn prefetch(codes: &Codes, picked: &[Picked]) {
    picked.iter().for_each(|picked| prefetch_row(codes, picked.row as usize));
}

/// Asks for a row's code; nothing happens for a row that does not exist.
#[inline]
pub(in crate::kernels) fn prefetch_row(codes: &Codes, row: usize) {
    let bytes = codes.code_bytes();
    let code = codes.bytes.as_ptr().wrapping_add(row.wrapping_mul(bytes));
    for line in (0..bytes).step_by(64).chain([bytes - 1]) {
        // SAFETY: a prefetch reads nothing and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(code.wrapping_add(line).cast()) };
    }
}
