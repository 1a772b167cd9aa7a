//! Subcommands, one file each: flags, then what is done with them.

pub mod add;
pub mod alias;
pub mod ask;
pub mod bench;
pub mod build;
pub mod calibrate;
pub mod compact;
pub mod completions;
pub mod delete;
pub mod doctor;
pub mod encode;
pub mod eval;
pub mod inspect;
pub mod judge;
pub mod man;
pub mod mcp;
pub mod models;
pub mod quickstart;
pub mod restore;
pub mod search;
pub mod serve;
pub mod snapshot;
pub mod verify;
