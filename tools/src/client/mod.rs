//! A client of the daemon: typed requests and replies, in JSON or in the compact form, over a connection that is kept.
//!
//! # Layout
//!
//! `routes` has a method for each route, `exchange` sends and receives, `error` is what can go wrong.

mod error;
mod exchange;
mod routes;

pub use error::ClientError;
pub use exchange::Client;
pub use routes::Wait;
