//! `maxsimd_fuzz::manifest`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(manifest);
