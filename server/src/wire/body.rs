//! A search request's fields as they came, before any of them is judged.

use std::borrow::Cow;
use std::fmt;

use maxsimd_engine::search::{MAX_K, MAX_QUERIES};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use serde_json::value::RawValue;

use super::list::List;
use super::request::MAX_DEADLINE_MS;
use super::vectors::Vectors;
use super::whole::Whole;
use crate::error::{Code, Problem};

/// Fields of a search request.
const FIELDS: [&str; 14] = [
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
];

const MAX_K_U64: u64 = MAX_K as u64;

/// An absent field and a null are the same.
#[derive(Debug, Default)]
pub(super) struct SearchBody<'a> {
    pub(super) query: Option<Cow<'a, str>>,
    pub(super) queries: Option<List<String, MAX_QUERIES>>,
    pub(super) vectors: Option<Vectors<'a>>,
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
    refused: Option<Refused>,
}

#[derive(Debug)]
enum Refused {
    Unknown(String),
    Duplicate(&'static str),
}

impl<'a> SearchBody<'a> {
    /// Reads a whole body: UTF-8, one JSON object, no unknown and no repeated field, nothing after it.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Problem::new(Code::InvalidUtf8, format!("byte {} is not UTF-8", e.valid_up_to())))?;
        let mut json = serde_json::Deserializer::from_str(text);
        let body: Self = serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(&error))?;
        json.end().map_err(|e| Problem::new(Code::InvalidJson, e.to_string()))?;
        match &body.refused {
            None => Ok(body),
            Some(Refused::Duplicate(field)) => {
                Err(Problem::new(Code::DuplicateField, format!("{field} is given more than once")).at(*field))
            }
            Some(Refused::Unknown(field)) => {
                let known = format!("{field:?} is no field of a search; there are {}", FIELDS.join(", "));
                Err(Problem::new(Code::UnknownField, known).at(field))
            }
        }
    }
}

/// Syntax is 400, a value that a field cannot take is 422 and names the field.
pub(super) fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let code = match (error.inner().classify(), path.as_str()) {
        (serde_json::error::Category::Data, ".") => Code::InvalidRequest,
        (serde_json::error::Category::Data, _) => Code::InvalidField,
        _ => Code::InvalidJson,
    };
    let problem = Problem::new(code, error.inner().to_string());
    if path == "." { problem } else { problem.at(path) }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = SearchBody<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut body = SearchBody::default();
        let mut seen = [false; FIELDS.len()];
        while let Some(key) = map.next_key::<String>()? {
            match FIELDS.iter().position(|field| *field == key) {
                Some(at) if !seen[at] => {
                    seen[at] = true;
                    body.take(FIELDS[at], &mut map)?;
                }
                Some(at) => body.refuse(Refused::Duplicate(FIELDS[at]), &mut map)?,
                None => body.refuse(Refused::Unknown(key.chars().take(64).collect()), &mut map)?,
            }
        }
        Ok(body)
    }
}

impl<'de> SearchBody<'de> {
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
            _ => self.fusion = text(map)?,
        }
        Ok(())
    }

    /// Notes the first field that is refused and goes on, so that a syntax error further on is still seen.
    fn refuse<A: MapAccess<'de>>(&mut self, why: Refused, map: &mut A) -> Result<(), A::Error> {
        map.next_value::<IgnoredAny>()?;
        self.refused.get_or_insert(why);
        Ok(())
    }
}

/// A string that is borrowed from the body unless it holds escapes.
#[derive(serde::Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    Ok(map.next_value::<Option<Text<'de>>>()?.map(|text| text.0))
}

impl<'de: 'a, 'a> Deserialize<'de> for SearchBody<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BodyVisitor)
    }
}
