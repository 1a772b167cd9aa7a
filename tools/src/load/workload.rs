//! What is asked, and how it is written.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use hyper::body::Bytes;
use maxsimd_engine::TokenMatrix;
use maxsimd_engine::search::Mode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::judge::Judge;
use super::{LoadError, Prepared, Query};

/// Queries that a document of a mixed workload is made of.
const QUERIES_OF_A_DOCUMENT: usize = 20;

/// What a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workload {
    /// Searches
    #[default]
    Search,
    /// Answers, as streams of events
    Answer,
    /// Searches, and an upsert in place of each tenth; what they wrote is deleted at the end
    Mixed,
}

/// Whose protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// That of maxsimd
    #[default]
    Maxsimd,
    /// That of next-plaid, for searches of mode late
    NextPlaid,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A search.
    Search,
    /// An answer, as a stream.
    Answer,
    /// A document that is written.
    Upsert,
}

/// What all requests of a workload have in common.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The kind of work.
    pub workload: Workload,
    /// Of whom.
    pub api: Api,
    /// Where.
    pub collection: &'a str,
    /// How searches score.
    pub mode: Mode,
    /// Hits, or passages of an answer.
    pub k: usize,
}

impl Ask<'_> {
    pub(super) fn check(&self, queries: &[Query]) -> Result<(), LoadError> {
        let vectors = queries.iter().any(|query| query.vectors.is_some());
        match self.api {
            _ if vectors && self.workload == Workload::Answer => Err(LoadError::AnswersNeedText),
            Api::NextPlaid if self.workload != Workload::Search => {
                Err(LoadError::Unsupported("workload but search".into()))
            }
            Api::NextPlaid if self.mode != Mode::Late => Err(LoadError::Unsupported(format!("mode {}", self.mode))),
            _ => Ok(()),
        }
    }

    pub(super) fn main(&self, query: &Query) -> Prepared {
        let (operation, (path, body)) = match (self.api, self.workload) {
            (Api::NextPlaid, _) => (Operation::Search, self.next_plaid_search(query)),
            (_, Workload::Answer) => (Operation::Answer, ("/v1/answer".to_owned(), self.answer(&query.text))),
            _ => (Operation::Search, (format!("/v1/collections/{}/search", self.collection), self.search(query))),
        };
        let judge = query.judgments.clone().map(|judgments| Judge { api: self.api, judgments });
        Prepared { operation, method: Method::POST, path, body: written(&body), judge }
    }

    fn search(&self, query: &Query) -> Value {
        let (k, mode) = (self.k, self.mode.name());
        match &query.vectors {
            Some(vectors) => {
                json!({"vectors": {"f32": base64(vectors), "shape": shape(vectors)}, "k": k, "mode": mode})
            }
            None => json!({"query": query.text, "k": k, "mode": mode}),
        }
    }

    fn answer(&self, query: &str) -> Value {
        json!({"question": query, "collections": [self.collection], "k": self.k, "stream": true, "trace": "none"})
    }

    fn next_plaid_search(&self, query: &Query) -> (String, Value) {
        let (route, query) = match &query.vectors {
            Some(vectors) => ("search", json!({"embeddings_b64": base64(vectors), "shape": shape(vectors)})),
            None => ("search_with_encoding", json!(query.text)),
        };
        let body = json!({"queries": [query], "params": {"top_k": self.k}});
        (format!("/indices/{}/{route}", self.collection), body)
    }

    pub(super) fn upsert(&self, number: usize, queries: &[Query]) -> Prepared {
        let sentences = queries.iter().cycle().skip(number % queries.len()).take(QUERIES_OF_A_DOCUMENT);
        let text = sentences.map(|query| query.text.as_str()).collect::<Vec<_>>().join("\n");
        let body = written(&json!({"documents": [{"id": document_id(number), "text": text}]}));
        let path = format!("/v1/collections/{}/documents", self.collection);
        Prepared { operation: Operation::Upsert, method: Method::PUT, path, body, judge: None }
    }
}

pub(super) fn document_id(number: usize) -> String {
    format!("maxsim-bench-{number}")
}

/// Row after row, little-endian.
fn base64(vectors: &TokenMatrix) -> String {
    STANDARD.encode(vectors.values().iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
}

fn shape(vectors: &TokenMatrix) -> [usize; 2] {
    [vectors.rows(), vectors.width()]
}

fn written(body: &Value) -> Bytes {
    Bytes::from(body.to_string())
}
