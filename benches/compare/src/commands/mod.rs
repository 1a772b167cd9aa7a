//! The comparisons, one file each.

pub(crate) mod build;
pub(crate) mod hidden;
mod inputs;
pub(crate) mod kernels;
pub(crate) mod peers;
