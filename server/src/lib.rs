//! The maxsimd daemon as a library: HTTP in, engine calls, HTTP out. Knows no file format.

pub mod home;
