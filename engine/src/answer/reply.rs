//! What is answered.

use serde::{Deserialize, Serialize};

use super::confidence::Signals;
use super::contexts::ContextHit;
use super::trace::Step;
use crate::generate::TokenUsage;

/// What quotes are said to be written by.
pub(crate) const QUOTE: &str = "quote";

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The text; empty if it was abstained.
    pub answer: String,
    /// Whether the contexts do not seem to hold an answer.
    pub abstained: bool,
    /// Where what it says is from; of an abstention, none.
    pub citations: Vec<Citation>,
    /// Bytes of the answer that no context supports: first, and after the last.
    pub unsupported: Vec<[usize; 2]>,
    /// What was retrieved, best first.
    pub contexts: Vec<ContextHit>,
    /// What became of the question, and why.
    pub decision: Decision,
    /// What was asked for and is not how it was done.
    pub degraded: Vec<Degraded>,
    /// What it took.
    pub usage: Usage,
    /// What was done, in order.
    pub trace: Vec<Step>,
}

/// A part of an answer, and where it is from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Citation {
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
    /// How much of that the passage supports, from 0 to 1; 1 of what is quoted.
    pub support: f64,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// The technique.
    pub technique: &'static str,
    /// What it chose on the way: a route, a verdict, another technique.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Chosen>,
    /// How the answer came about.
    pub path: Path,
    /// What wrote it: a generator's name, or `quote`.
    pub generator: String,
    /// The question as it was looked for, if that differs.
    pub standalone_question: Option<String>,
    /// Probability that the contexts hold an answer.
    pub confidence: f64,
    /// What is asked of it.
    pub threshold: f64,
    /// What it comes from.
    pub signals: Signals,
}

/// Something that a technique chose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chosen {
    /// Where.
    pub stage: &'static str,
    /// What.
    pub choice: String,
    /// Why.
    pub reason: String,
}

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// A generator wrote it, and its sentences were checked.
    Generated,
    /// It is sentences of the documents.
    Quoted,
    /// There is none.
    Abstained,
}

/// Something that was done otherwise than asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Degraded {
    /// Where.
    pub stage: &'static str,
    /// Stable name of why.
    pub reason: &'static str,
    /// The same for people.
    pub detail: String,
    /// What was done instead.
    pub fallback: &'static str,
}

/// What an answer took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Calls of a language model.
    pub llm_calls: u32,
    /// Tokens of these, prompts and replies.
    pub tokens: u64,
    /// The same apart.
    #[serde(flatten)]
    pub llm_tokens: LlmTokens,
    /// Milliseconds.
    pub ms: f64,
}

/// Tokens of a language model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LlmTokens {
    /// Of prompts.
    pub prompt_tokens: u64,
    /// Of replies.
    pub completion_tokens: u64,
}

impl Usage {
    pub(crate) fn add(&mut self, tokens: TokenUsage) {
        let LlmTokens { prompt_tokens, completion_tokens } = &mut self.llm_tokens;
        *prompt_tokens = prompt_tokens.saturating_add(tokens.prompt);
        *completion_tokens = completion_tokens.saturating_add(tokens.completion);
        self.tokens = prompt_tokens.saturating_add(*completion_tokens);
    }
}

/// What a check of a generated text says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether the text is the answer.
    pub accepted: bool,
    /// Its sentences.
    pub sentences: usize,
    /// Those of them that contexts support.
    pub supported: usize,
}
