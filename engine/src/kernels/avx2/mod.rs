//! AVX2 with FMA: products of bytes through 16-bit pairs, lanes = query tokens, eight per register.

use super::Kernels;

/// `None` where the processor lacks AVX2 or FMA.
pub(super) fn kernels() -> Option<Kernels> {
    None
}
