//! What is asked: requests that are written before the first is sent.

use hyper::Method;
use hyper::body::Bytes;
use maxsimd_engine::search::Mode;
use maxsimd_engine::seed::Random;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::LoadError;

/// One in so many requests of a mixed workload is an upsert.
const UPSERT_EVERY: usize = 10;
/// Documents that a mixed workload writes, over and over, and deletes at its end.
const DOCUMENTS: usize = 1000;
/// Queries that one of them is made of.
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
    /// That of next-plaid, for searches of mode late by text
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

/// A request that only needs to be sent.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What it is for.
    pub operation: Operation,
    /// How.
    pub method: Method,
    /// Where.
    pub path: String,
    /// JSON.
    pub body: Bytes,
}

/// All requests of a workload.
#[derive(Debug)]
pub struct Requests {
    main: Vec<Prepared>,
    upserts: Vec<Prepared>,
    /// Which query comes first: several clients at the same time ask different ones.
    first: usize,
}

impl Requests {
    /// Writes them: queries in their order, over and over, from one on that depends on the seed.
    pub fn new(ask: &Ask<'_>, queries: &[String], seed: u64) -> Result<Self, LoadError> {
        if queries.is_empty() {
            return Err(LoadError::NoQueries);
        }
        ask.check()?;
        let upserts = if ask.workload == Workload::Mixed { DOCUMENTS } else { 0 };
        Ok(Self {
            main: queries.iter().map(|query| ask.main(query)).collect(),
            upserts: (0..upserts).map(|number| ask.upsert(number, queries)).collect(),
            first: Random::new(seed).below(queries.len()),
        })
    }

    /// The request that is sent in this place.
    pub fn at(&self, place: usize) -> &Prepared {
        match self.upserts.is_empty() || place % UPSERT_EVERY != UPSERT_EVERY - 1 {
            true => &self.main[(self.first + place) % self.main.len()],
            false => &self.upserts[place / UPSERT_EVERY % self.upserts.len()],
        }
    }

    /// What undoes the upserts, for the path of the documents.
    pub fn cleaning(&self) -> Option<Value> {
        let ids: Vec<String> = (0..self.upserts.len()).map(document_id).collect();
        (!ids.is_empty()).then(|| json!({"ids": ids}))
    }
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
    fn check(&self) -> Result<(), LoadError> {
        match self.api {
            Api::NextPlaid if self.workload != Workload::Search => Err(LoadError::Unsupported("other workload".into())),
            Api::NextPlaid if self.mode != Mode::Late => Err(LoadError::Unsupported(format!("mode {}", self.mode))),
            _ => Ok(()),
        }
    }

    fn main(&self, query: &str) -> Prepared {
        let (operation, path, body) = match (self.api, self.workload) {
            (Api::NextPlaid, _) => (Operation::Search, self.next_plaid_path(), self.next_plaid_search(query)),
            (_, Workload::Answer) => (Operation::Answer, "/v1/answer".to_owned(), self.answer(query)),
            _ => (Operation::Search, format!("/v1/collections/{}/search", self.collection), self.search(query)),
        };
        Prepared { operation, method: Method::POST, path, body: written(&body) }
    }

    fn search(&self, query: &str) -> Value {
        json!({"query": query, "k": self.k, "mode": self.mode.name()})
    }

    fn answer(&self, query: &str) -> Value {
        json!({"question": query, "collections": [self.collection], "k": self.k, "stream": true, "trace": "none"})
    }

    fn next_plaid_path(&self) -> String {
        format!("/indices/{}/search_with_encoding", self.collection)
    }

    fn next_plaid_search(&self, query: &str) -> Value {
        json!({"queries": [query], "params": {"top_k": self.k}})
    }

    fn upsert(&self, number: usize, queries: &[String]) -> Prepared {
        let sentences = queries.iter().cycle().skip(number % queries.len()).take(QUERIES_OF_A_DOCUMENT);
        let text = sentences.map(String::as_str).collect::<Vec<_>>().join("\n");
        let body = written(&json!({"documents": [{"id": document_id(number), "text": text}]}));
        let path = format!("/v1/collections/{}/documents", self.collection);
        Prepared { operation: Operation::Upsert, method: Method::PUT, path, body }
    }
}

fn document_id(number: usize) -> String {
    format!("maxsim-bench-{number}")
}

fn written(body: &Value) -> Bytes {
    Bytes::from(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(workload: Workload, api: Api) -> Ask<'static> {
        Ask { workload, api, collection: "docs", mode: Mode::Late, k: 3 }
    }

    fn requests(workload: Workload, api: Api) -> Result<Requests, LoadError> {
        Requests::new(&ask(workload, api), &["a".to_owned(), "b".to_owned()], 1)
    }

    #[test]
    fn queries_are_asked_in_turn() {
        let requests = requests(Workload::Search, Api::Maxsimd).unwrap();
        let body = |place| serde_json::from_slice::<Value>(&requests.at(place).body).unwrap()["query"].clone();
        assert_ne!(body(0), body(1));
        assert_eq!(body(0), body(2));
        assert_eq!(requests.at(9).path, "/v1/collections/docs/search");
    }

    #[test]
    fn each_tenth_request_of_a_mixed_workload_is_an_upsert_that_is_undone() {
        let requests = requests(Workload::Mixed, Api::Maxsimd).unwrap();
        let upserts = (0..100).filter(|place| requests.at(*place).operation == Operation::Upsert).count();
        assert_eq!(upserts, 10);
        assert_eq!(requests.cleaning().unwrap()["ids"].as_array().unwrap().len(), DOCUMENTS);
    }

    #[test]
    fn what_the_other_api_cannot_do_is_refused() {
        assert!(requests(Workload::Search, Api::NextPlaid).is_ok());
        assert!(requests(Workload::Answer, Api::NextPlaid).is_err());
        assert!(Requests::new(&ask(Workload::Search, Api::Maxsimd), &[], 0).is_err());
    }
}
