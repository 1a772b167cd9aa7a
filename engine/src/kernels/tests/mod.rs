//! All kernels against plain sums, over everything that `available` has.

mod encoding;
mod scoring;
