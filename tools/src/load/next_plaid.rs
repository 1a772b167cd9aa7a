//! The API of next-plaid, as its own client (1.8.5) speaks it: how requests are written and replies read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maxsimd_engine::TokenMatrix;
use maxsimd_server::wire::InputType;
use serde::Deserialize;
use serde_json::{Value, json};

use super::workload::Body;
use super::{Ask, Query};
use crate::measure::Ranking;

pub(super) fn search(ask: &Ask<'_>, query: &Query) -> Body {
    let (route, query) = match &query.vectors {
        Some(vectors) => {
            ("search", json!({"embeddings_b64": base64(vectors), "shape": [vectors.rows(), vectors.width()]}))
        }
        None => ("search_with_encoding", json!(query.text)),
    };
    let body = json!({"queries": [query], "params": {"top_k": ask.k}});
    (format!("/indices/{}/{route}", ask.collection), body.to_string().into())
}

pub(super) fn encode(texts: &[&str], kind: InputType) -> Body {
    ("/encode".to_owned(), json!({"texts": texts, "input_type": kind}).to_string().into())
}

pub(super) fn rerank(query: &Query, documents: &[&str]) -> Body {
    ("/rerank_with_encoding".to_owned(), json!({"query": query.text, "documents": documents}).to_string().into())
}

/// Row after row, little-endian.
fn base64(vectors: &TokenMatrix) -> String {
    STANDARD.encode(vectors.values().iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
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
pub(super) fn found(body: &[u8]) -> Option<Ranking> {
    let Results { results } = serde_json::from_slice(body).ok()?;
    Some(Ranking::new(results.into_iter().flat_map(Numbered::named)))
}
