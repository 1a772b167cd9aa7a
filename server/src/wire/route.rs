//! POST /v1/route: which of several collections a question is for.

use std::time::Duration;

use maxsimd_engine::answer::{AnswerRequest, Thinking, Usage};
use maxsimd_engine::techniques::{Routed, Routing};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Request;
use super::answer::{self, AnswerAsk};
use super::answered::UsageBody;
use super::compact::{compact, request};
use super::list::List;
use super::mirror::Mirror;
use super::request::MAX_DEADLINE_MS;
use super::schema::Shape;
use super::text::{Free, Text};
use super::whole::Whole;
use crate::error::Problem;
use crate::generators::GeneratorKind;

/// A question, and knobs of technique `routing`.
#[derive(Debug)]
pub struct RouteAsk {
    /// The question and the collections.
    pub ask: AnswerAsk,
    /// How it is told.
    pub routing: Routing,
}

request! {
    /// A question to be routed, as it came.
    "a question to route" => pub struct RouteBody<'a> {
        /// The question.
        question: Text<'a> where answer::as_question,
        /// Collections that it may be for.
        collections: List<Text<'a>, { answer::MOST_COLLECTIONS }> where answer::as_collections,
        /// Knobs of technique `routing`.
        options: Free<&'a RawValue> where Shape::free_object,
        /// What says where it goes, if a generator is to.
        generator: Text<'a> where |it| it.one_of(GeneratorKind::ALL.map(GeneratorKind::name)),
        /// Who thinks.
        thinking: Text<'a> where |it| it.one_of(Thinking::ALL.map(Thinking::name)),
        /// How long it may take.
        deadline_ms: Whole<1, MAX_DEADLINE_MS>,
    }
}

impl Request for RouteAsk {
    type Body<'a> = RouteBody<'a>;

    fn check(body: RouteBody<'_>) -> Result<Self, Problem> {
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
        Ok(Self { ask, routing: Routing::new(answer::knobs(body.options)?)? })
    }
}

compact! {
    /// Where a question goes.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct RouteReply {
        /// Those that it is for.
        pub collections: Vec<String>,
        /// How much it is for each.
        pub scores: Vec<RouteScore>,
        /// What says so.
        pub by: String,
        /// What it took.
        pub usage: UsageBody,
    }
}

compact! {
    /// How much a question is for a collection.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct RouteScore {
        /// The collection.
        pub collection: String,
        /// From 0 to 1.
        pub score: f64,
    }
}

impl RouteReply {
    /// The wire form of a route.
    pub fn new(routed: Routed, usage: Usage) -> Self {
        let Routed { collections, scores, by } = routed;
        let scores = scores.into_iter().map(|(collection, score)| RouteScore { collection, score }).collect();
        Self { collections, scores, by: by.to_owned(), usage: UsageBody::of(usage) }
    }
}
