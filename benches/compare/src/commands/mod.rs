//! The comparisons, one file each.

pub(crate) mod build;
mod inputs;
pub(crate) mod kernels;
pub(crate) mod peers;
pub(crate) mod scale;
