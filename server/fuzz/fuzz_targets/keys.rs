//! `maxsimd_fuzz::keys`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(keys);
