//! An answer, as a whole and as events. `maxsim ask --json` prints the whole.

use maxsimd_engine::answer::{Answer, Citation, ContextHit, Decision, Degraded, Detail, Event, Step, Usage, Via};
use serde::Serialize;
use serde_json::{Value, json};

use super::{HitBody, Include};

/// The reply to a question.
#[derive(Debug, Serialize)]
pub struct AnswerReply {
    /// The text; empty if it was abstained.
    pub answer: String,
    /// Whether the contexts do not seem to hold an answer.
    pub abstained: bool,
    /// Where what it says is from.
    pub citations: Vec<Citation>,
    /// Bytes of the answer that no context supports: first, and after the last.
    pub unsupported: Vec<[usize; 2]>,
    /// What was retrieved, best first.
    pub contexts: Vec<ContextBody>,
    /// What became of the question, and why.
    pub decision: Decision,
    /// What was asked for and is not how it was done.
    pub degraded: Vec<Degraded>,
    /// What it took.
    pub usage: Usage,
    /// What was done, in order.
    pub trace: Vec<Step>,
}

/// A hit, and the collection that it is in.
#[derive(Debug, Serialize)]
pub struct ContextBody {
    /// The collection.
    pub collection: String,
    /// The passage and the name that led to it, if that was not the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// The hit.
    #[serde(flatten)]
    pub hit: HitBody,
}

impl AnswerReply {
    /// The wire form of an answer.
    pub fn new(answer: Answer, trace: Detail) -> Self {
        let Answer { answer, abstained, citations, unsupported, contexts, decision, degraded, usage, trace: steps } =
            answer;
        let contexts = contexts.into_iter().map(ContextBody::of).collect();
        let trace = trace.of(steps);
        Self { answer, abstained, citations, unsupported, contexts, decision, degraded, usage, trace }
    }
}

impl ContextBody {
    fn of(found: ContextHit) -> Self {
        Self { collection: found.collection, via: found.via, hit: HitBody::new(found.hit, Include::ALL) }
    }
}

/// Name and data of an event.
pub fn event(event: Event<'_>) -> (&'static str, Value) {
    match event {
        Event::Stage(stage) => ("stage", json!({"stage": stage})),
        Event::Retrieval(contexts) => {
            let contexts: Vec<ContextBody> = contexts.iter().cloned().map(ContextBody::of).collect();
            ("retrieval", json!({"contexts": contexts}))
        }
        Event::Token(text) => ("token", json!({"text": text})),
        Event::Citation(citation) => ("citation", json!(citation)),
        Event::Verdict(verdict) => ("verdict", json!(verdict)),
        Event::Note(note) => ("note", json!(note)),
    }
}
