//! `maxsimd_fuzz::config`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(config);
