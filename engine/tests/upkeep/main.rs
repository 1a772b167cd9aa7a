//! What keeps collections well: other names for them, copies of them, looking for decay, and reading what older
//! releases wrote.

mod aliases;
mod frozen;
mod routing;
mod scrub;
mod snapshots;
#[path = "../support/mod.rs"]
mod support;
