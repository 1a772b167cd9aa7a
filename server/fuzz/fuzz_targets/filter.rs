//! `maxsimd_fuzz::filter`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(filter);
