//! Subcommands, one file each.

pub mod doctor;
pub mod models;
