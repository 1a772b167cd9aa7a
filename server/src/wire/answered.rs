//! An answer, as a whole and as events. `maxsim ask --json` prints the whole.

use maxsimd_engine::answer::{
    Answer, Chosen, Citation, ContextHit, Decision, Degraded, Detail, Event, LlmTokens, Path, Signals, Step, Usage, Via,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::compact::compact;
use super::mirror::Mirror;
use super::text::{Free, Named};
use super::{HitBody, Include};

compact! {
    /// The reply to a question.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct AnswerReply {
        /// The text; empty if it was abstained.
        pub answer: String,
        /// Whether the contexts do not seem to hold an answer.
        pub abstained: bool,
        /// Where what it says is from.
        pub citations: Vec<CitationBody>,
        /// Bytes of the answer that no context supports: first, and after the last.
        pub unsupported: Vec<[usize; 2]>,
        /// What was retrieved, best first.
        pub contexts: Vec<ContextBody>,
        /// What became of the question, and why.
        pub decision: DecisionBody,
        /// What was asked for and is not how it was done.
        pub degraded: Vec<DegradedBody>,
        /// What it took.
        pub usage: UsageBody,
        /// What was done, in order.
        pub trace: Vec<StepBody>,
    }
}

compact! {
    /// A hit, and the collection that it is in.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct ContextBody {
        /// The collection.
        pub collection: String,
        /// The passage and the name that led to it, if that was not the question.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub via: Option<ViaBody>,
        /// The hit.
        #[serde(flatten)]
        pub hit: HitBody,
    }
}

compact! {
    /// A name in another context that led to one.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ViaBody of Via {
        /// The passage that has it.
        pub passage_id: String,
        /// The name.
        pub name: String,
    }
}

compact! {
    /// A part of an answer, and where it is from.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct CitationBody of Citation {
        /// Collection.
        pub collection: String,
        /// Document.
        pub document_id: String,
        /// Passage.
        pub passage_id: String,
        /// What is quoted, as it stands in the document.
        pub quote: String,
        /// First byte in the document.
        pub start: usize,
        /// Byte after the last in the document.
        pub end: usize,
        /// First byte in the answer of what it supports.
        pub answer_start: usize,
        /// Byte after the last of that.
        pub answer_end: usize,
        /// How much of that the passage supports, from 0 to 1.
        pub support: f64,
    }
}

compact! {
    /// What became of a question.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct DecisionBody of Decision {
        /// The technique.
        pub technique: String,
        /// What it chose on the way.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub chosen: Vec<ChosenBody>,
        /// How the answer came about.
        pub path: Named<Path>,
        /// What wrote it.
        pub generator: String,
        /// The question as it was looked for, if that differs.
        pub standalone_question: Option<String>,
        /// Probability that the contexts hold an answer.
        pub confidence: f64,
        /// What is asked of it.
        pub threshold: f64,
        /// What it comes from.
        pub signals: SignalsBody,
    }
}

compact! {
    /// Something that a technique chose.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ChosenBody of Chosen {
        /// Where.
        pub stage: String,
        /// What.
        pub choice: String,
        /// Why.
        pub reason: String,
    }
}

compact! {
    /// What a question finds.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct SignalsBody of Signals {
        /// Mean over the question's tokens of the best dot product in the passage where that is highest.
        pub similarity: f64,
        /// The same of the quarter of these tokens that finds least there.
        pub weakest: f64,
        /// Share of the question's words, by their rarity, that one sentence has.
        pub words: f64,
        /// How far the similarity of that passage is above the mean of other documents' passages.
        pub gap: f64,
    }
}

compact! {
    /// Something that was done otherwise than asked for.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct DegradedBody of Degraded {
        /// Where.
        pub stage: String,
        /// Stable name of why.
        pub reason: String,
        /// The same for people.
        pub detail: String,
        /// What was done instead.
        pub fallback: String,
    }
}

compact! {
    /// What an answer took.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct UsageBody of Usage {
        /// Calls of a language model.
        pub llm_calls: u32,
        /// Tokens of these, prompts and replies.
        pub tokens: u64,
        /// The same apart.
        #[serde(flatten)]
        pub llm_tokens: LlmTokensBody,
        /// Milliseconds.
        pub ms: f64,
    }
}

compact! {
    /// Tokens of a language model.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub struct LlmTokensBody of LlmTokens {
        /// Of prompts.
        pub prompt_tokens: u64,
        /// Of replies.
        pub completion_tokens: u64,
    }
}

compact! {
    /// Something that was done.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct StepBody of Step {
        /// What.
        pub stage: String,
        /// How long it took.
        pub ms: f64,
        /// Inputs, outputs and scores.
        #[serde(flatten)]
        pub details: Free<Map<String, Value>>,
    }
}

impl AnswerReply {
    /// The wire form of an answer.
    pub fn new(answer: Answer, trace: Detail) -> Self {
        let Answer { answer, abstained, citations, unsupported, contexts, decision, degraded, usage, trace: steps } =
            answer;
        let contexts = contexts.into_iter().map(ContextBody::of).collect();
        Self {
            answer,
            abstained,
            citations: Mirror::of(citations),
            unsupported,
            contexts,
            decision: Mirror::of(decision),
            degraded: Mirror::of(degraded),
            usage: Mirror::of(usage),
            trace: Mirror::of(trace.of(steps)),
        }
    }
}

impl ContextBody {
    fn of(found: ContextHit) -> Self {
        Self { collection: found.collection, via: Mirror::of(found.via), hit: HitBody::new(found.hit, Include::ALL) }
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
