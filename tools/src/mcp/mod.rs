//! A server of the Model Context Protocol on standard input and output: what the collections of a daemon hold, as tools
//! for a language model.
//!
//! # Layout
//!
//! `tools/` has a file for each tool behind one list, `handler` answers requests with them, `schema` describes their
//! arguments and replies, `daemon` is who is asked, `refusal` what is said when that does not work, `quoted` how texts of
//! documents, which nobody vouches for, stand in replies; `stdio` runs it all.

mod daemon;
mod handler;
mod quoted;
mod refusal;
mod schema;
mod stdio;
mod tools;

pub use daemon::Daemon;
pub use stdio::{McpError, serve};
