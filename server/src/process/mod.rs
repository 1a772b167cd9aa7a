//! The process around a daemon: what it is told and tells.
//!
//! `program` is its command line, `lifecycle` its start and end, `stops` how often it was asked to end, `service_manager` what systemd is told,
//! `reload` which files are read again; `preset` what libraries find in the environment.

pub(crate) mod lifecycle;
pub(crate) mod preset;
pub(crate) mod program;
pub(crate) mod reload;
pub(crate) mod service_manager;
pub(crate) mod stops;
