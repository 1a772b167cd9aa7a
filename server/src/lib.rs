//! The maxsimd daemon as a library: HTTP in, engine calls, HTTP out. Knows no file format.
//!
//! # Layout
//!
//! `config` is what flags become, `lifecycle` starts and stops a daemon, `accept` moves connections, `routes` and
//! `endpoints` answer them, `wire` is the shape of bodies, `workers` is where CPU work runs, `bulk` where texts
//! are encoded for their own sake, `answers` where a language model is waited for, `generators` which there are, `shadow` measures recall beside searches, `metrics` counts. `PROTOCOL.md` is the contract with clients.

mod accept;
mod answers;
mod background;
mod body;
mod bulk;
mod collections;
mod compression;
pub mod config;
mod encoder;
mod encodings;
mod endpoints;
pub mod error;
pub mod generators;
mod held;
pub mod home;
mod host;
mod instance;
mod lifecycle;
mod log;
mod metrics;
mod observe;
mod priority;
mod queries;
mod reply;
mod request_id;
mod routes;
mod scrubber;
mod search;
mod shadow;
mod sse;
#[cfg(test)]
mod stub;
pub mod web;
pub mod wire;
mod workers;
mod writers;

pub use accept::serve;
pub use config::{Config, Flags};
pub use encoder::{CrossEncoderFolder, EncoderSource};
pub use instance::Instance;
pub use lifecycle::{Daemon, StartError, main, run};
pub use workers::{FirstStep, Lost, Overloaded, Pending, Ticket, Workers};
