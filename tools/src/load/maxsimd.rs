//! The API of maxsimd: how requests are written and replies read.

use serde::Deserialize;
use serde_json::{Value, json};

use super::workload::{base64, shape};
use super::{Ask, Query};
use crate::measure::Ranking;

pub(super) fn search(ask: &Ask<'_>, query: &Query) -> (String, Value) {
    let (k, mode) = (ask.k, ask.mode.name());
    let body = match &query.vectors {
        Some(vectors) => json!({"vectors": {"f32": base64(vectors), "shape": shape(vectors)}, "k": k, "mode": mode}),
        None => json!({"query": query.text, "k": k, "mode": mode}),
    };
    (format!("/v1/collections/{}/search", ask.collection), body)
}

pub(super) fn answer(ask: &Ask<'_>, query: &Query) -> (String, Value) {
    let (question, collections) = (&query.text, [ask.collection]);
    let body = json!({"question": question, "collections": collections, "k": ask.k, "stream": true, "trace": "none"});
    ("/v1/answer".to_owned(), body)
}

pub(super) fn encode(texts: &[&str], kind: &str) -> (String, Value) {
    ("/v1/encode".to_owned(), json!({"input": texts, "input_type": kind, "encoding": "f16"}))
}

pub(super) fn rerank(query: &Query, documents: &[&str]) -> (String, Value) {
    ("/v1/rerank".to_owned(), json!({"query": query.text, "documents": documents}))
}

pub(super) fn upsert(ask: &Ask<'_>, id: &str, text: &str) -> (String, Value) {
    (format!("/v1/collections/{}/documents", ask.collection), json!({"documents": [{"id": id, "text": text}]}))
}

/// What is read of a search's reply.
#[derive(Deserialize)]
struct Found {
    hits: Vec<Hit>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Hit {
    document_id: Option<String>,
    score: f32,
}

/// What was found, and whether the deadline came before the search was over.
pub(super) fn found(body: &[u8]) -> serde_json::Result<(Ranking, bool)> {
    let Found { hits, partial } = serde_json::from_slice(body)?;
    Ok((Ranking::new(hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.score)))), partial))
}
