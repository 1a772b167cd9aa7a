//! POST /v1/route: which of several collections a question is for.

use std::borrow::Cow;
use std::time::Duration;

use maxsimd_engine::answer::{AnswerRequest, Usage};
use maxsimd_engine::techniques::Routed;
use serde::Serialize;
use serde::de::MapAccess;
use serde_json::{Map, Value as Json};

use super::answer::{self, AnswerAsk};
use super::list::List;
use super::object::{self, Object, text};
use super::request::MAX_DEADLINE_MS;
use super::whole::Whole;
use crate::error::Problem;

/// A question, and knobs of technique `routing`.
#[derive(Debug)]
pub struct RouteAsk {
    /// The question and the collections.
    pub ask: AnswerAsk,
    /// Knobs.
    pub options: Map<String, Json>,
}

#[derive(Default)]
struct RouteBody<'a> {
    question: Option<Cow<'a, str>>,
    collections: Option<List<String, { answer::MOST_COLLECTIONS }>>,
    options: Option<Map<String, Json>>,
    generator: Option<Cow<'a, str>>,
    thinking: Option<Cow<'a, str>>,
    deadline_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
}

impl<'de> Object<'de> for RouteBody<'de> {
    const KIND: &'static str = "a question to route";
    const FIELDS: &'static [&'static str] =
        &["question", "collections", "options", "generator", "thinking", "deadline_ms"];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "question" => self.question = text(map)?,
            "collections" => self.collections = map.next_value()?,
            "options" => self.options = map.next_value()?,
            "generator" => self.generator = text(map)?,
            "thinking" => self.thinking = text(map)?,
            _ => self.deadline_ms = map.next_value()?,
        }
        Ok(())
    }
}

impl RouteAsk {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: RouteBody<'_> = object::parse(bytes)?;
        let question = body.question.ok_or_else(|| Problem::field("question", "a question is needed"))?;
        let own = AnswerRequest::new(answer::bounded("question", question.into_owned())?);
        let thinking = body.thinking.map_or(Ok(own.thinking), |name| name.parse())?;
        let collections = answer::collections(body.collections.map_or_else(Vec::new, |names| names.0))?;
        let mut ask = AnswerAsk::new(collections, AnswerRequest { thinking, ..own });
        if let Some(name) = body.generator {
            ask.generator = answer::generator(&name)?;
        }
        if let Some(ms) = body.deadline_ms {
            ask.deadline = Duration::from_millis(ms.0);
        }
        Ok(Self { ask, options: body.options.unwrap_or_default() })
    }
}

/// Where a question goes.
#[derive(Debug, Serialize)]
pub struct RouteReply {
    collections: Vec<String>,
    scores: Vec<Score>,
    by: &'static str,
    usage: Usage,
}

#[derive(Debug, Serialize)]
struct Score {
    collection: String,
    score: f64,
}

impl RouteReply {
    /// The wire form of a route.
    pub fn new(routed: Routed, usage: Usage) -> Self {
        let Routed { collections, scores, by } = routed;
        let scores = scores.into_iter().map(|(collection, score)| Score { collection, score }).collect();
        Self { collections, scores, by, usage }
    }
}
