//! `maxsimd_fuzz::checkpoint`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(checkpoint);
