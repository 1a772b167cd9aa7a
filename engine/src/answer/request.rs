//! What is asked of an answer, and what it may cost.

use serde::{Deserialize, Serialize};

use super::confidence::Calibration;
use super::pack::{Around, Order};
use super::think::Thinking;
use crate::construct::Now;
use crate::generate::{Generator, Message};
use crate::search::Scope;
use crate::{Error, Result};

/// Turns of a conversation that are looked at.
pub const MAX_HISTORY: usize = 32;
/// Bytes of a question, and of a turn of the conversation before it.
pub const MAX_QUESTION_BYTES: usize = 8192;

/// What is asked.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    /// The question.
    pub question: String,
    /// What was said before it, oldest first.
    pub history: Vec<Message>,
    /// Hits of each collection at most, 1 to `MAX_CONTEXTS`.
    pub k: usize,
    /// What is looked among.
    pub scope: Scope,
    /// What comes with a hit.
    pub around: Around,
    /// In which order a generator gets contexts.
    pub order: Order,
    /// Who expands questions, routes them and grades what is found.
    pub thinking: Thinking,
    /// How sure an answer has to be, and how that is told.
    pub calibration: Calibration,
    /// The moment that it is asked at, which dates such as `last month` are told from.
    pub now: Option<Now>,
    /// What it may cost.
    pub budget: Budget,
}

impl AnswerRequest {
    /// A question without further wishes.
    pub fn new(question: impl Into<String>) -> Self {
        Self {
            question: question.into(),
            history: Vec::new(),
            k: 8,
            scope: Scope::default(),
            around: Around::default(),
            order: Order::default(),
            thinking: Thinking::default(),
            calibration: Calibration::default(),
            now: None,
            budget: Budget::default(),
        }
    }

    /// Fails unless every text is within its bounds.
    pub(crate) fn check(&self) -> Result<()> {
        let too_long = |field: &'static str, text: &str| match text.len() {
            ..=MAX_QUESTION_BYTES => Ok(()),
            bytes => Err(Error::invalid(field, format!("{bytes} bytes, at most {MAX_QUESTION_BYTES} are taken"))),
        };
        if self.question.trim().is_empty() {
            return Err(Error::invalid("question", "an empty question cannot be answered"));
        }
        too_long("question", &self.question)?;
        if self.history.len() > MAX_HISTORY {
            return Err(Error::invalid("history", format!("{} turns, at most {MAX_HISTORY}", self.history.len())));
        }
        self.history.iter().try_for_each(|turn| too_long("history", &turn.content))
    }
}

/// What an answer may cost; time is the deadline of its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Calls of a language model.
    pub max_llm_calls: u32,
    /// Rounds of retrieving and answering.
    pub max_iterations: u32,
    /// Token vectors of all contexts together.
    pub max_context_tokens: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { max_llm_calls: 4, max_iterations: 2, max_context_tokens: 2000 }
    }
}

/// What writes the answer.
#[derive(Debug, Clone, Copy)]
pub enum Writer<'a> {
    /// The documents' own sentences.
    Quote,
    /// A language model.
    Generator(&'a dyn Generator),
    /// A language model was asked for, and there is none.
    Missing {
        /// Why not.
        reason: &'a str,
    },
}
