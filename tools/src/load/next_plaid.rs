//! The API of next-plaid, as its own client (1.8.5) speaks it: how requests are written and replies read.

use serde::Deserialize;
use serde_json::{Value, json};

use super::workload::{base64, shape};
use super::{Ask, Query};
use crate::measure::Ranking;

pub(super) fn search(ask: &Ask<'_>, query: &Query) -> (String, Value) {
    let (route, query) = match &query.vectors {
        Some(vectors) => ("search", json!({"embeddings_b64": base64(vectors), "shape": shape(vectors)})),
        None => ("search_with_encoding", json!(query.text)),
    };
    (format!("/indices/{}/{route}", ask.collection), json!({"queries": [query], "params": {"top_k": ask.k}}))
}

pub(super) fn encode(texts: &[&str], kind: &str) -> (String, Value) {
    ("/encode".to_owned(), json!({"texts": texts, "input_type": kind}))
}

pub(super) fn rerank(query: &Query, documents: &[&str]) -> (String, Value) {
    ("/rerank_with_encoding".to_owned(), json!({"query": query.text, "documents": documents}))
}

/// What is read of a search's reply.
#[derive(Deserialize)]
struct Results {
    results: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    document_ids: Vec<i64>,
    scores: Vec<f32>,
    #[serde(default)]
    metadata: Vec<Option<Value>>,
}

impl Numbered {
    /// Its documents have numbers; the name of one is `id` of its metadata.
    fn named(self) -> impl Iterator<Item = (String, f32)> {
        let metadata = self.metadata.into_iter().map(Option::unwrap_or_default).chain(std::iter::repeat(Value::Null));
        let name = |(number, data): (i64, Value)| data["id"].as_str().map_or_else(|| number.to_string(), str::to_owned);
        self.document_ids.into_iter().zip(metadata).map(name).zip(self.scores)
    }
}

/// What was found.
pub(super) fn found(body: &[u8]) -> serde_json::Result<Ranking> {
    let Results { results } = serde_json::from_slice(body)?;
    Ok(Ranking::new(results.into_iter().flat_map(Numbered::named)))
}
