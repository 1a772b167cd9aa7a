//! Tavily, a hosted search for language models: `POST /search` with a key.

use serde_json::json;
use ureq::http::header;

use super::provider::{self, Provider};
use super::{Secret, WebError, WebResult, WebSearch};
use crate::Context;

/// Most results that it gives.
const MOST: usize = 20;

/// Tavily, or what speaks its protocol.
#[derive(Debug, Clone)]
pub struct Tavily {
    endpoint: String,
    key: Secret,
}

impl Tavily {
    /// Where it is.
    pub const URL: &str = "https://api.tavily.com";

    /// A server by its address; nothing is asked yet.
    pub fn new(base: &str, key: Secret) -> Result<Self, WebError> {
        Ok(Self { endpoint: provider::endpoint(base)?, key })
    }
}

impl WebSearch for Tavily {
    fn name(&self) -> &str {
        "tavily"
    }

    fn search(&self, context: &Context, query: &str, most: usize) -> Result<Vec<WebResult>, WebError> {
        let provider = Provider { name: "tavily", key: Some(&self.key), forbidden: "" };
        provider.ask(context, (query, most), |call, query| {
            let left = Some(call.left()?);
            let post = call.agent.post(&self.endpoint).config().timeout_global(left).build();
            let post = post.header(header::AUTHORIZATION, format!("Bearer {}", self.key.reveal()));
            let sent = post.send_json(json!({"query": query, "max_results": most.min(MOST)}));
            sent.map_err(|error| call.failure(error))
        })
    }
}
