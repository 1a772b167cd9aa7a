//! Generators: what writes text to a prompt, and how likely each of some labels is as a reply. One trait, few siblings: the
//! protocol of OpenAI, which any model server speaks; a server that somebody else starts (the daemon, a tool) is one of these.

mod error;
pub mod openai;

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

pub use error::GeneratorError;

use crate::Context;

/// Writes text to a prompt.
pub trait Generator: Debug + Send + Sync {
    /// Kind and model, as replies name it, e.g. `managed:SmolLM2-135M-Instruct`.
    fn name(&self) -> &str;

    /// Whether what it says about questions is better than rules; small models write, and no more.
    fn thinks(&self) -> bool {
        true
    }

    /// Writes, and tells each piece as it comes. What was told before an error was part of no reply.
    fn write(&self, context: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError>;

    /// How likely each label is as the reply; the labels differ in their first letters.
    fn choose(&self, context: &Context, prompt: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError>;
}

/// What is said to a generator.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// What was said so far, the last by the user.
    pub messages: Vec<Message>,
    /// Tokens of the reply at most.
    pub max_tokens: u32,
    /// 0 for the most likely text.
    pub temperature: f32,
    /// JSON schema that the reply has to follow.
    pub schema: Option<serde_json::Value>,
}

/// Somebody's turn in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// What the generator is to do.
    System,
    /// Who asks.
    User,
    /// The generator.
    Assistant,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// All pieces.
    pub text: String,
    /// Why it ends there.
    pub finish: Finish,
    /// What it took.
    pub usage: TokenUsage,
}

/// Why a text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// It is complete.
    Stop,
    /// It is as long as it may be.
    Length,
}

/// Tokens of the generator's vocabulary, as far as it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TokenUsage {
    /// Tokens of prompts.
    pub prompt: u64,
    /// Tokens of replies.
    pub completion: u64,
}

impl std::ops::AddAssign for TokenUsage {
    fn add_assign(&mut self, other: Self) {
        self.prompt = self.prompt.saturating_add(other.prompt);
        self.completion = self.completion.saturating_add(other.completion);
    }
}

/// Which label a generator takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Of each label; their sum is 1.
    pub probabilities: Vec<f64>,
    /// Whether they are the generator's own; else one label was read from its text.
    pub by_logprobs: bool,
    /// What it took.
    pub usage: TokenUsage,
}

impl Message {
    /// What the generator is to do.
    pub fn system(content: impl Into<String>) -> Self {
        Self { role: Role::System, content: content.into() }
    }

    /// What somebody asks.
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }
}
