//! The `maxsim` command line as a library.

pub mod assets;
pub mod commands;
