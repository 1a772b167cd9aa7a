//! Bodies of requests and replies, as `PROTOCOL.md` describes them.

mod body;
mod collection;
mod filter;
mod list;
mod object;
mod reply;
mod request;
mod vectors;
mod whole;

pub use collection::{CollectionBody, CollectionsBody, FailureBody};
pub use filter::{Fields, FilterAnswer, FilterRequest};
pub use reply::{Degraded, Explained, HitBody, SearchAnswer, TimingsBody, Wishes, pruned};
pub use request::{Ask, Include, MAX_DEADLINE_MS, MAX_QUERY_BYTES, Search, SearchOptions};
pub use vectors::MAX_WIDTH;
