//! `maxsimd_fuzz::json_body`.
#![cfg_attr(fuzzing, no_main)]

maxsimd_fuzz::target!(json_body);
