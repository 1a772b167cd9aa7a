//! Filters on their own.

use std::borrow::Cow;

use maxsimd_engine::filter::{self, Filter};
use serde::Serialize;
use serde::de::MapAccess;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::object::{self, Object, text};
use super::request;
use crate::error::Problem;

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

#[derive(Default)]
struct FilterBody<'a> {
    filter: Option<&'a RawValue>,
    collection: Option<Cow<'a, str>>,
    fields: Option<filter::Fields>,
}

impl<'de> Object<'de> for FilterBody<'de> {
    const KIND: &'static str = "a filter to be parsed";
    const FIELDS: &'static [&'static str] = &["filter", "collection", "fields"];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "filter" => self.filter = map.next_value()?,
            "collection" => self.collection = text(map)?,
            _ => self.fields = map.next_value()?,
        }
        Ok(())
    }
}

impl FilterRequest {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: FilterBody<'_> = object::parse(bytes)?;
        let filter = body.filter.ok_or_else(|| Problem::field("filter", "a filter is needed"))?;
        let fields = match (body.collection, body.fields) {
            (Some(collection), None) => Fields::Of(collection.into_owned()),
            (None, Some(fields)) => Fields::Given(fields),
            (None, None) => return Err(Problem::field("collection", "one of collection and fields is needed")),
            (Some(_), Some(_)) => return Err(Problem::field("fields", "given beside a collection; only one may be")),
        };
        Ok(Self { filter: request::filter(filter)?, fields })
    }
}

impl FilterAnswer {
    /// Both forms of a filter.
    pub fn new(filter: &Filter) -> Self {
        Self { text: filter.to_string(), filter: filter.to_json() }
    }
}
