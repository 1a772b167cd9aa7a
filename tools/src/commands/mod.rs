//! Subcommands, one file each: flags, then what is done with them.

pub mod build;
pub mod completions;
pub mod doctor;
pub mod encode;
pub mod eval;
pub mod inspect;
pub mod models;
pub mod quickstart;
pub mod search;
pub mod serve;
pub mod verify;
