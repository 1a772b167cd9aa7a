//! What is sent, and what comes back in one piece.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::{Finish, GeneratorError, Message, Prompt, TokenUsage, Written};

/// Alternatives of a token that are asked for.
const TOP_LOGPROBS: u8 = 20;
/// Tokens in which a label has to be said.
const SHORT: u32 = 8;

/// A request's body.
#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: &'a [Message],
    max_tokens: u32,
    temperature: f32,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<u8>,
}

impl<'a> Request<'a> {
    /// A text, piece by piece.
    pub(super) fn text(model: &'a str, prompt: &'a Prompt) -> Self {
        let schema =
            |schema| json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": true}});
        Self {
            model,
            messages: &prompt.messages,
            max_tokens: prompt.max_tokens,
            temperature: prompt.temperature,
            stream: true,
            stream_options: Some(json!({"include_usage": true})),
            response_format: prompt.schema.as_ref().map(schema),
            logprobs: None,
            top_logprobs: None,
        }
    }

    /// A few tokens.
    pub(super) fn short(model: &'a str, prompt: &'a Prompt) -> Self {
        let text = Self::text(model, prompt);
        Self { stream: false, stream_options: None, response_format: None, max_tokens: SHORT, temperature: 0.0, ..text }
    }

    /// One token, and what it might have been.
    pub(super) fn first_token(model: &'a str, prompt: &'a Prompt) -> Self {
        let short = Self::short(model, prompt);
        Self { max_tokens: 1, logprobs: Some(true), top_logprobs: Some(TOP_LOGPROBS), ..short }
    }
}

/// A reply, or an event of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Completion {
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Choice {
    message: Option<Said>,
    delta: Option<Said>,
    finish_reason: Option<String>,
    logprobs: Option<Logprobs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    content: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Logprobs {
    content: Option<Vec<Position>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Position {
    top_logprobs: Vec<Alternative>,
}

/// A token that might have been.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Alternative {
    pub(super) token: String,
    pub(super) logprob: f64,
}

impl Completion {
    /// Reads a reply; an error in its place is one.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, GeneratorError> {
        let unreadable = |reason: String| GeneratorError::Unreadable { reason };
        let completion: Self = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        match &completion.error {
            None => Ok(completion),
            Some(error) => Err(unreadable(error.to_string())),
        }
    }

    /// The text, or the next piece of it.
    pub(super) fn text(&self) -> &str {
        let said = self.choices.first().and_then(|choice| choice.delta.as_ref().or(choice.message.as_ref()));
        said.and_then(|said| said.content.as_deref()).unwrap_or_default()
    }

    pub(super) fn finish(&self) -> Option<Finish> {
        self.choices.first()?.finish_reason.as_deref().map(|reason| match reason {
            "length" => Finish::Length,
            _ => Finish::Stop,
        })
    }

    pub(super) fn usage(&self) -> TokenUsage {
        let usage = self.usage.as_ref();
        usage.map_or_else(TokenUsage::default, |usage| TokenUsage {
            prompt: usage.prompt_tokens,
            completion: usage.completion_tokens,
        })
    }

    /// Whether it says what it took.
    pub(super) fn has_usage(&self) -> bool {
        self.usage.is_some()
    }

    /// What the first token might have been.
    pub(super) fn alternatives(&self) -> &[Alternative] {
        let logprobs = self.choices.first().and_then(|choice| choice.logprobs.as_ref());
        let first = logprobs.and_then(|logprobs| logprobs.content.as_ref()?.first());
        first.map_or(&[], |position| &position.top_logprobs)
    }
}

/// A reply in one piece.
pub(super) fn completion(bytes: &[u8]) -> Result<Completion, GeneratorError> {
    let completion = Completion::parse(bytes)?;
    match completion.choices.is_empty() {
        true => Err(GeneratorError::Unreadable { reason: "it has no choices".to_owned() }),
        false => Ok(completion),
    }
}

/// The text of a server that does not stream.
pub(super) fn read(bytes: &[u8], max_tokens: u32, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
    let completion = completion(bytes)?;
    let mut text = completion.text().to_owned();
    let mut finish = completion.finish().unwrap_or(Finish::Stop);
    let most = super::TEXT_PER_TOKEN * max_tokens as usize;
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        finish = Finish::Length;
    }
    if text.trim().is_empty() {
        return Err(GeneratorError::Empty);
    }
    tell(&text);
    Ok(Written { text, finish, usage: completion.usage() })
}
