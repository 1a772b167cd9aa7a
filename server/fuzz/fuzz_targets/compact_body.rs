//! `maxsimd_fuzz::compact_body`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(compact_body);
