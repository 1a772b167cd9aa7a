//! The load benchmark: requests at moments that are fixed beforehand, and how long each took from the moment it was meant for.
//!
//! # Layout
//!
//! `arrivals` (when) and `workload` of `queries`, as `requests` in the words of `maxsimd` or `next_plaid` (what), make the plan of a
//! run; `pacer` and `drive` follow it (with `priority`), in a `course` over `connection`s to a `target`, whose replies `reply` and
//! `events` read and `judge` judges; `log` is what was seen. `distribution`, `slo`, `run`, `sweep` and `report` make figures of it,
//! `merge` those of several processes, `client` says whether they are about the server, `manifest` what they are of. `files`,
//! `table`, and `page` with `charts` in `plot`s write them down; `compare` puts several beside each other.

mod arrivals;
mod charts;
mod client;
mod compare;
mod connection;
mod course;
mod distribution;
mod drive;
mod error;
mod events;
mod failure;
mod files;
mod judge;
mod log;
mod manifest;
mod maxsimd;
mod merge;
mod next_plaid;
mod pacer;
mod page;
mod plot;
mod priority;
mod queries;
mod reply;
mod report;
mod requests;
mod run;
mod slo;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod workload;

pub use arrivals::Arrivals;
pub use client::Client;
pub use compare::{Named, print_compared, write_compared};
pub use distribution::{Distribution, histogram};
pub use drive::{Load, Pace, measure};
pub use error::LoadError;
pub use failure::Failure;
pub use files::write as write_files;
pub use judge::{Judged, Verdict};
pub use log::{Measured, Sample};
pub use manifest::{Asked, Machine, Manifest};
pub use merge::merge;
pub use queries::{Query, judged, read as read_queries, read_documents, with_vectors};
pub use report::{Report, SCHEMA};
pub use requests::{Prepared, Requests};
pub use run::{Kind, Run};
pub use slo::Slo;
pub use sweep::{Point, Sweep, highest_within, knee};
pub use table::print;
pub use workload::{Api, Ask, Operation, Workload};
