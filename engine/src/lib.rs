//! The maxsimd engine: text in, ranked passages out.
//!
//! Synchronous. Never listens, prints or reads the environment; starts no thread that outlives a call, but for the system's look-up
//! of a name that nobody waits for any more.
//!
//! `ARCHITECTURE.md` at the root of the repository has the map, what uses what, and the glossary.

pub mod answer;
pub mod build;
pub mod codes;
pub mod collection;
pub mod construct;
mod context;
mod document;
pub mod encode;
mod error;
pub mod filter;
mod format;
pub mod generate;
mod http;
pub mod kernels;
pub mod keywords;
pub mod live;
mod log;
mod mapped;
pub mod markup;
mod matrix;
mod named;
mod parallel;
pub mod raptor;
mod router;
pub mod search;
mod secret;
pub mod seed;
mod segment;
pub mod split;
pub mod storage;
pub mod techniques;
pub mod web;

pub use context::{Context, Stage, Timings};
pub use document::{Document, TextFormat};
pub use error::{Error, Result};
pub use format::{read_sealed, write_sealed};
pub use matrix::TokenMatrix;
