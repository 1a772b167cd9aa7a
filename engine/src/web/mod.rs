//! The web: search providers that find pages, and a fetcher that reads them as text. Nothing here is asked unless somebody
//! names a provider; there is none by default.
//!
//! # Layout
//!
//! `searxng` and `tavily` are providers, what they share is in `provider` and what they find in `results`; `fetch` follows
//! redirects, `page` makes text of what came; `addresses` says which machines may be asked, `resolve` sees to it, `call` is one
//! call with its limits, `clean` takes out what is not shown.

mod addresses;
mod call;
mod clean;
mod error;
mod fetch;
mod page;
mod provider;
mod resolve;
mod results;
mod searxng;
mod tavily;

use std::fmt::Debug;

pub use self::addresses::Addresses;
pub use self::error::WebError;
pub use self::fetch::{FetchLimits, Fetcher};
pub use self::page::Page;
pub use self::searxng::SearxNg;
pub use self::tavily::Tavily;
use crate::Context;
pub use crate::secret::Secret;

/// Finds pages for a query.
pub trait WebSearch: Debug + Send + Sync {
    /// What it is, as replies name it, e.g. `searxng`.
    fn name(&self) -> &str;

    /// At most so many pages, best first, no address twice. Of a query, the first 400 characters count.
    fn search(&self, context: &Context, query: &str, most: usize) -> Result<Vec<WebResult>, WebError>;
}

/// A page that was found. Its words are those of strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebResult {
    /// Its address, of scheme http or https.
    pub url: String,
    /// Its title on one line, of at most 200 characters; the name of its machine if it has none.
    pub title: String,
    /// What the provider shows of it: one line of at most 2,000 characters.
    pub snippet: String,
}
