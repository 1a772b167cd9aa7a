//! SearXNG, a metasearch engine that anybody can run: `GET /search?q=…&format=json`.

use super::provider::{self, Provider};
use super::{WebError, WebResult, WebSearch};
use crate::Context;

/// A SearXNG server, whose settings list `json` under `search.formats`.
#[derive(Debug, Clone)]
pub struct SearxNg {
    endpoint: String,
}

impl SearxNg {
    /// A server by its address, e.g. `http://127.0.0.1:8888`; nothing is asked yet.
    pub fn new(base: &str) -> Result<Self, WebError> {
        Ok(Self { endpoint: provider::endpoint(base)? })
    }
}

impl WebSearch for SearxNg {
    fn name(&self) -> &str {
        "searxng"
    }

    fn search(&self, context: &Context, query: &str, most: usize) -> Result<Vec<WebResult>, WebError> {
        let forbidden = "its settings.yml has to list json under search.formats";
        let provider = Provider { name: "searxng", key: None, forbidden };
        provider.ask(context, (query, most), |call, query| {
            let left = Some(call.left()?);
            let get = call.agent.get(&self.endpoint).query("q", query).query("format", "json");
            get.config().timeout_global(left).build().call().map_err(|error| call.failure(error))
        })
    }
}
