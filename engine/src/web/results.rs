//! What a provider found, out of its reply. One result that makes no sense is left out; a reply without a list is none.

use std::collections::HashSet;

use serde_json::Value;

use super::call::Call;
use super::{WebError, WebResult, clean};
use crate::markup::tidy;

/// Longest address and snippet, in bytes and characters.
const MOST_URL: usize = 2000;
const MOST_SNIPPET: usize = 2000;

/// Reads `results` of a reply, each with `url`, `title` and `content`.
pub(super) fn read(call: &Call<'_>, reply: &[u8], most: usize) -> Result<Vec<WebResult>, WebError> {
    let reply: Value = serde_json::from_slice(reply).map_err(|error| call.bad(error.to_string()))?;
    let found = reply.get("results").and_then(Value::as_array).ok_or_else(|| call.bad("it has no list of results"))?;
    let mut seen = HashSet::new();
    let results = found.iter().filter_map(result).filter(|result| seen.insert(result.url.clone()));
    Ok(results.take(most).collect())
}

fn result(found: &Value) -> Option<WebResult> {
    let text = |name| found.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut url = page(text("url"))?;
    // It is part of a page.
    url.set_fragment(None);
    let title = tidy(&clean::line(text("title"), MOST_URL)).or_else(|| url.host_str().map(str::to_owned))?;
    Some(WebResult { title, snippet: clean::line(text("content"), MOST_SNIPPET), url: url.into() })
}

/// The address of a page, if a text is one.
fn page(url: &str) -> Option<url::Url> {
    let url = (url.len() <= MOST_URL).then(|| url::Url::parse(url).ok())??;
    let anonymous = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && anonymous).then_some(url)
}
