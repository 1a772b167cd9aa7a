//! Filters on their own.

use maxsimd_engine::filter::{self, Filter};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};
use utoipa::openapi::Type;

use super::compact::{compact, request};
use super::schema::{COLLECTION_NAME, Shape, exactly_one, filter_reference};
use super::text::{Free, Text};
use super::{Request, request};
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

compact! {
    /// A filter that was read.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct FilterAnswer {
        /// Its text, in the one way in which it is printed.
        pub text: String,
        /// Its syntax tree.
        pub filter: Free<Json>,
    }
}

request! {
    /// A filter to be read, as it came.
    "a filter to be parsed" => pub struct FilterBody<'a> {
        /// As text or as JSON.
        filter: Free<&'a RawValue> where |it| as_text_or_json(it).needed(),
        /// A collection whose fields it may name.
        collection: Text<'a> where |it| it.pattern(COLLECTION_NAME),
        /// The fields that it may name.
        fields: Free<filter::Fields>,
    }
    where exactly_one(&[("collection", &[Type::String]), ("fields", &[Type::Object])])
}

/// What a filter looks like: its text, or its syntax tree.
pub(super) fn as_text_or_json(shape: Shape) -> Shape {
    shape.instead(filter_reference()).example(json!("year >= 2020 and lang in (\"en\", \"de\")"))
}

impl Request for FilterRequest {
    type Body<'a> = FilterBody<'a>;

    fn check(body: FilterBody<'_>) -> Result<Self, Problem> {
        let Free(filter) = body.filter.ok_or_else(|| Problem::field("filter", "a filter is needed"))?;
        let fields = match (body.collection, body.fields) {
            (Some(collection), None) => Fields::Of(collection.into_owned()),
            (None, Some(Free(fields))) => Fields::Given(fields),
            (None, None) => return Err(Problem::field("collection", "one of collection and fields is needed")),
            (Some(_), Some(_)) => return Err(Problem::field("fields", "given beside a collection; only one may be")),
        };
        Ok(Self { filter: request::filter(filter)?, fields })
    }
}

impl FilterAnswer {
    /// Both forms of a filter.
    pub fn new(filter: &Filter) -> Self {
        Self { text: filter.to_string(), filter: Free(filter.to_json()) }
    }
}
