//! Filters on their own.

use maxsimd_engine::filter::{self, Filter};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::body::refusal;
use super::request;
use crate::error::{Code, Problem};

/// A filter to be read.
#[derive(Debug)]
pub struct FilterRequest {
    /// As text or as JSON.
    pub filter: Json,
    /// What it may name.
    pub fields: Fields,
}

/// Fields that a filter may name.
#[derive(Debug)]
pub enum Fields {
    /// Those of a collection.
    Of(String),
    /// These.
    Given(filter::Fields),
}

/// A filter that was read.
#[derive(Debug, Serialize)]
pub struct FilterAnswer {
    /// Its text, in the one way in which it is printed.
    pub text: String,
    /// Its syntax tree.
    pub filter: Json,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterBody<'a> {
    #[serde(borrow)]
    filter: &'a RawValue,
    collection: Option<String>,
    fields: Option<filter::Fields>,
}

impl FilterRequest {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let body: FilterBody<'_> = serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(&error))?;
        json.end().map_err(|e| Problem::new(Code::InvalidJson, e.to_string()))?;
        let fields = match (body.collection, body.fields) {
            (Some(collection), None) => Fields::Of(collection),
            (None, Some(fields)) => Fields::Given(fields),
            (None, None) => return Err(Problem::field("collection", "one of collection and fields is needed")),
            (Some(_), Some(_)) => return Err(Problem::field("fields", "given beside a collection; only one may be")),
        };
        Ok(Self { filter: request::filter(body.filter)?, fields })
    }
}

impl FilterAnswer {
    /// Both forms of a filter.
    pub fn new(filter: &Filter) -> Self {
        Self { text: filter.to_string(), filter: filter.to_json() }
    }
}
