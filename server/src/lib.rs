//! The maxsimd daemon as a library: HTTP in, engine calls, HTTP out. Knows no file format.
//!
//! # Layout
//!
//! `process` starts and stops a daemon, by `config` (what flags, environment and file become); `commands` is what `maxsimd` does beside
//! serving. `http` moves bytes, `tls` has the certificate, `keys` says who may ask, `host` under which names and from which pages. `routes` and
//! `endpoints` answer requests, `openapi` describes them, `wire` is the shape of bodies. `workers` is where CPU work runs: `search`, `bulk` (texts encoded for
//! their own sake), `answers` (where a language model of `generators` is waited for). `collections` are what is served, `writers` change them.
//! `metrics` counts, `shadow` measures recall beside live searches. `PROTOCOL.md` is the contract with clients.

mod answers;
mod background;
mod bulk;
mod collections;
pub mod commands;
pub mod config;
mod encoder;
mod endpoints;
pub mod error;
pub mod generators;
pub mod home;
pub mod host;
mod http;
mod instance;
pub mod keys;
pub mod log;
mod metrics;
mod openapi;
#[cfg(feature = "otlp")]
pub mod otlp;
mod priority;
mod process;
mod routes;
mod scrubber;
mod search;
mod shadow;
#[cfg(test)]
mod stub;
pub mod tls;
pub mod web;
pub mod wire;
mod workers;
mod writers;

pub use config::{Config, Flags};
pub use encoder::{CrossEncoderFolder, EncoderSource};
pub use http::accept::serve;
pub use instance::Instance;
pub use process::lifecycle::{Daemon, StartError, main, run};
pub use process::preset::preset_variables;
pub use process::program::Program;
pub use process::stops::{Stopper, Stops, stops};
pub use workers::{FirstStep, Lost, Overloaded, Pending, Pool, Ticket, Workers};
