//! Techniques: what each does with a generator, by rules, with too little of everything, and with a generator that returns rubbish.

mod adaptive;
#[path = "../support/cited.rs"]
mod cited;
mod crag;
mod decomposition;
mod every;
mod failing;
mod found;
mod given_up;
mod hyde;
mod judge;
mod library;
mod long_context;
#[path = "../support/model_server.rs"]
mod model_server;
mod multi_query;
mod multi_representation;
mod odd;
mod plain;
mod query_construction;
mod rag_fusion;
mod raptor;
mod rerank;
mod routing;
mod rubbish;
#[path = "../support/scripted.rs"]
mod scripted;
mod self_rag;
mod step_back;
#[path = "../support/mod.rs"]
mod support;
mod web;

use std::collections::BTreeMap;
use std::sync::Arc;

use judge::Judge;
use library::Library;
use maxsimd_engine::answer::{Answer, AnswerRequest, Budget, Collections, Event, Source, Thinking, Web, Writer};
use maxsimd_engine::build::{BuildOptions, build_documents};
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::encode::CrossEncoder;
use maxsimd_engine::split::{self, Splitting};
use maxsimd_engine::techniques::{self, Asked, Routing, Technique};
use maxsimd_engine::{Context, Document, Error, Result};
use scripted::Scripted;
use serde_json::{Map, Value, json};
use support::words::{Words, document, story};

/// A question that one document of every library answers, and what is quoted of that.
const QUESTION: &str = "the moon makes the tides";
const TIDES: &str = "The moon makes the tides. It pulls the sea twice a day. Harbours keep a table of them.";

/// A technique by its name, with knobs.
type Named<'a> = (&'a str, Value);

/// A document with a title.
fn page(id: &str, title: &str, text: &str) -> Document {
    Document { id: id.to_owned(), title: title.to_owned(), text: text.to_owned(), ..Document::default() }
}

/// Documents that say nothing of interest.
fn noise(count: u64) -> Vec<Document> {
    (0..count).map(|n| document(&format!("noise-{n}"), story(n, 4))).collect()
}

/// These, and the one that answers.
fn documents() -> Vec<Document> {
    noise(10).into_iter().chain([page("tides", "Tides", TIDES)]).collect()
}

/// Answers whatever the signals, with all the budget that it takes.
fn sure(question: &str) -> AnswerRequest {
    let mut request = AnswerRequest::new(question);
    request.calibration.threshold = 0.0;
    request.now = Some("2024-06-15".parse().unwrap());
    request.budget = Budget { max_llm_calls: 50, max_iterations: 10, ..Budget::default() };
    request
}

/// The same with so many calls.
fn calls(question: &str, max_llm_calls: u32) -> AnswerRequest {
    let request = sure(question);
    AnswerRequest { budget: Budget { max_llm_calls, ..request.budget }, ..request }
}

fn plainly(name: &str) -> Named<'_> {
    (name, json!({}))
}

/// What was noted of every step of a stage.
fn steps<'a>(answer: &'a Answer, stage: &str) -> Vec<&'a Map<String, Value>> {
    answer.trace.iter().filter(|step| step.stage == stage).map(|step| &step.details).collect()
}

/// The same of the only one.
fn step<'a>(answer: &'a Answer, stage: &str) -> &'a Map<String, Value> {
    let steps = steps(answer, stage);
    assert_eq!(steps.len(), 1, "{stage}: {:?}", stages(answer));
    steps[0]
}

fn stages(answer: &Answer) -> Vec<&'static str> {
    answer.trace.iter().map(|step| step.stage).collect()
}

/// What every search looked for.
fn queries(answer: &Answer) -> Vec<Value> {
    steps(answer, "retrieve").into_iter().map(|details| details["queries"].clone()).collect()
}

/// Documents of contexts.
fn found(answer: &Answer) -> Vec<&str> {
    answer.contexts.iter().map(|found| found.hit.document_id.as_deref().unwrap_or_default()).collect()
}

fn passages(answer: &Answer) -> Vec<&str> {
    answer.contexts.iter().map(|found| found.hit.passage_id.as_str()).collect()
}

/// Stage, reason and fallback of what is degraded.
fn degraded(answer: &Answer) -> Vec<(&'static str, &'static str, &'static str)> {
    answer.degraded.iter().map(|degraded| (degraded.stage, degraded.reason, degraded.fallback)).collect()
}

/// What was chosen on the way.
fn chosen(answer: &Answer) -> Vec<(&'static str, &str)> {
    answer.decision.chosen.iter().map(|chosen| (chosen.stage, chosen.choice.as_str())).collect()
}
