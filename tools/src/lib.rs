//! The `maxsim` command line as a library.
//!
//! # Layout
//!
//! `cli` lists the subcommands, `commands` has one file for each, `flags` what several of them are told. `read` turns files into
//! documents, `corpus` reads all that a build is given; `vectors` and `npy` are token vectors in files. `assets` fetches what the
//! defaults need, `hub` other models, which `convert` makes graphs of. `writing` and `adding` are for commands that change a
//! collection. `measure` judges rankings, `load` is the load benchmark, `client` speaks to a daemon, `reach` knows where it is,
//! `mcp` tells language models about one. `out` is where commands print, `answered` how answers look there, `place` where a hit
//! stands, `drawing` a tree as a picture.

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
pub mod place;
pub mod reach;
pub mod read;
pub mod vectors;
pub mod writing;
