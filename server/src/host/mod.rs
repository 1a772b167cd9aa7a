//! Guard against web pages: a page whose name was made to resolve to the daemon's address still sends its own name as `Host` (DNS
//! rebinding), and a page of another site sends its own `Origin`. Both have to be known, with keys and without, on every address.
//!
//! # Layout
//!
//! `sites` is what is known, `guard` the layer that compares, `cors` the headers that let pages read replies.

mod cors;
mod guard;
mod sites;

pub(crate) use cors::answer_preflight;
pub(crate) use guard::guard;
pub use sites::{SiteFlags, Sites, SitesError};
