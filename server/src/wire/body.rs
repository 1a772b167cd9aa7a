//! A search request's fields as they came, before any of them is judged.

use std::borrow::Cow;

use maxsimd_engine::search::{MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS};
use serde::de::MapAccess;
use serde_json::value::RawValue;

use super::list::List;
use super::object::{Object, text};
use super::request::MAX_DEADLINE_MS;
use super::vectors::Vectors;
use super::whole::Whole;

pub(super) const MAX_K_U64: u64 = MAX_K as u64;
/// Most token vectors of all hits together that may be asked for.
const MAX_TOKENS: u64 = 1 << 24;

/// An absent field and a null are the same.
#[derive(Debug, Default)]
pub(super) struct SearchBody<'a> {
    pub(super) query: Option<Cow<'a, str>>,
    pub(super) queries: Option<List<String, MAX_QUERIES>>,
    pub(super) vectors: Option<Vectors<'a, MAX_QUERY_VECTORS>>,
    pub(super) k: Option<Whole<1, MAX_K_U64>>,
    pub(super) mode: Option<Cow<'a, str>>,
    pub(super) scope: Option<Cow<'a, str>>,
    pub(super) min_score: Option<f64>,
    pub(super) explain: Option<bool>,
    pub(super) deadline_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
    pub(super) include: Option<List<String, 8>>,
    pub(super) recall: Option<f64>,
    pub(super) certified: Option<bool>,
    /// Looked at once it is known to be short.
    pub(super) filter: Option<&'a RawValue>,
    pub(super) fusion: Option<Cow<'a, str>>,
    pub(super) strategy: Option<Cow<'a, str>>,
    pub(super) per_layer: Option<Whole<1, MAX_K_U64>>,
    pub(super) fold: Option<Cow<'a, str>>,
    pub(super) max_tokens: Option<Whole<1, MAX_TOKENS>>,
    pub(super) returns: Option<Cow<'a, str>>,
}

impl<'de> Object<'de> for SearchBody<'de> {
    const KIND: &'static str = "a search";
    const FIELDS: &'static [&'static str] = &[
        "query",
        "queries",
        "vectors",
        "k",
        "mode",
        "scope",
        "min_score",
        "explain",
        "deadline_ms",
        "include",
        "recall",
        "certified",
        "filter",
        "fusion",
        "strategy",
        "per_layer",
        "fold",
        "max_tokens",
        "return",
    ];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "query" => self.query = text(map)?,
            "queries" => self.queries = map.next_value()?,
            "vectors" => self.vectors = map.next_value()?,
            "k" => self.k = map.next_value()?,
            "mode" => self.mode = text(map)?,
            "scope" => self.scope = text(map)?,
            "min_score" => self.min_score = map.next_value()?,
            "explain" => self.explain = map.next_value()?,
            "deadline_ms" => self.deadline_ms = map.next_value()?,
            "include" => self.include = map.next_value()?,
            "recall" => self.recall = map.next_value()?,
            "certified" => self.certified = map.next_value()?,
            "filter" => self.filter = map.next_value()?,
            "fusion" => self.fusion = text(map)?,
            "strategy" => self.strategy = text(map)?,
            "per_layer" => self.per_layer = map.next_value()?,
            "fold" => self.fold = text(map)?,
            "max_tokens" => self.max_tokens = map.next_value()?,
            _ => self.returns = text(map)?,
        }
        Ok(())
    }
}
