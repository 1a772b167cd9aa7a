//! `maxsimd_fuzz::segment`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(segment);
