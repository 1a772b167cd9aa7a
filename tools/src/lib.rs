//! The `maxsim` command line as a library.
//!
//! # Layout
//!
//! `cli` lists the subcommands, `commands` has one file for each. `read` turns files into documents, `assets` fetches
//! what the defaults need, `hub` other models, `measure` judges rankings, `load` is the load benchmark, `client` speaks to a daemon, `reach` knows where it is, `mcp` to language
//! models about one, `vectors` and `npy` are token vectors in files, `out` is where commands print, `answered` how
//! answers look there, `place` where a hit stands,
//! `writing` and `adding` are for commands that change a collection, `flags`, `passages` and `trees` what several are told.

#![warn(clippy::print_stdout)]

pub mod adding;
pub mod answered;
pub mod assets;
pub mod cli;
pub mod client;
pub mod commands;
pub mod convert;
pub mod corpus;
pub mod drawing;
pub mod flags;
#[cfg(feature = "hub")]
pub mod hub;
pub mod load;
pub mod mcp;
pub mod measure;
pub mod npy;
pub mod out;
pub mod passages;
pub mod place;
pub mod reach;
pub mod read;
pub mod trees;
pub mod vectors;
pub mod writing;
