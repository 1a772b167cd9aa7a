//! A client of the chat completions protocol of OpenAI, which vLLM, llama.cpp, Ollama and hosted models speak. Streams;
//! reads no more than a reply may have; is given up within 20 ms of its call.
//!
//! # Layout
//!
//! `settings` say whom to ask, `body` is what is sent and read, `stream` reads server-sent events, `retry` waits and asks
//! again, `labels` reads a choice.

mod body;
mod labels;
mod retry;
mod settings;
mod stream;

use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

pub use self::settings::OpenAiSettings;
pub use crate::secret::Secret;

use self::body::Request;
use super::{Choice, Generator, GeneratorError, Prompt, Written};
use crate::http::{USER_AGENT, given_up_with, said};
use crate::{Context, http};

/// Bytes of a reply that is no stream, and of what is repeated of a refusal.
const MOST_BYTES: u64 = 1 << 20;
const MOST_SAID: usize = 300;
/// Bytes of a text for each token that it may have.
const TEXT_PER_TOKEN: usize = 64;

/// A model behind the protocol.
#[derive(Debug)]
pub struct OpenAi {
    settings: OpenAiSettings,
    name: String,
}

impl OpenAi {
    /// A model; nothing is asked yet.
    pub fn new(settings: OpenAiSettings) -> Self {
        let name = format!("{}:{}", settings.kind, settings.model);
        Self { settings, name }
    }

    /// Asks once and hands over what comes.
    fn ask<T>(
        &self,
        context: &Context,
        request: &Request<'_>,
        read: impl FnOnce(Response<Body>) -> Result<T, GeneratorError>,
    ) -> Result<T, GeneratorError> {
        let remaining = context.remaining();
        if remaining.is_some_and(|remaining| remaining.is_zero()) {
            return Err(GeneratorError::Deadline);
        }
        let silence = Some(self.settings.silence);
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(USER_AGENT)
            .timeout_global(remaining)
            .timeout_connect(silence)
            .timeout_recv_response(silence)
            .timeout_per_read(silence)
            .build()
            .into();
        let done = given_up_with(context, &agent, || {
            let mut post = agent.post(format!("{}/chat/completions", self.settings.url.trim_end_matches('/')));
            if let Some(key) = &self.settings.key {
                post = post.header(header::AUTHORIZATION, format!("Bearer {}", key.reveal()));
            }
            let response = post.send_json(request).map_err(|error| self.failure(&error))?;
            read(refused(response)?)
        });
        // Whatever the socket said when it was shut, this is why.
        if context.cancelled() {
            return Err(GeneratorError::Cancelled);
        }
        done.map_err(|error| self.hidden(error))
    }

    /// What a server repeats of what it was sent is told to people, who are not to see the key.
    fn hidden(&self, error: GeneratorError) -> GeneratorError {
        let hide = |text: String| match &self.settings.key {
            Some(key) => key.cut_from(&text),
            None => text,
        };
        match error {
            GeneratorError::Refused { status, said } => {
                GeneratorError::Refused { status, said: hide(said).chars().take(MOST_SAID).collect() }
            }
            GeneratorError::Unreadable { reason } => {
                GeneratorError::Unreadable { reason: hide(reason).chars().take(MOST_SAID).collect() }
            }
            other => other,
        }
    }

    fn failure(&self, error: &ureq::Error) -> GeneratorError {
        failure(error, self.settings.silence)
    }
}

impl Generator for OpenAi {
    fn name(&self) -> &str {
        &self.name
    }

    fn write(&self, context: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        let request = Request::text(&self.settings.model, prompt);
        let mut told = false;
        retry::patiently(context, || {
            let mut tell = |piece: &str| {
                told = true;
                tell(piece);
            };
            let silence = self.settings.silence;
            let asked = self.ask(context, &request, |response| match is_stream(&response) {
                true => stream::read(response.into_body().into_reader(), prompt.max_tokens, silence, &mut tell),
                false => body::read(&whole(response, silence)?, prompt.max_tokens, &mut tell),
            });
            // Who heard a beginning does not want to hear another.
            asked.map_err(|error| (error, !told))
        })
    }

    fn choose(&self, context: &Context, prompt: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError> {
        let ask = |request: &Request<'_>| {
            retry::patiently(context, || {
                let asked = self.ask(context, request, |response| whole(response, self.settings.silence));
                asked.map_err(|error| (error, true))
            })
        };
        let first = body::completion(&ask(&Request::first_token(&self.settings.model, prompt))?)?;
        if let Some(choice) = labels::by_logprobs(&first, labels) {
            return Ok(choice);
        }
        let text = body::completion(&ask(&Request::short(&self.settings.model, prompt))?)?;
        labels::by_text(&text, labels, first.usage())
    }
}

fn failure(error: &ureq::Error, silence: Duration) -> GeneratorError {
    use ureq::Timeout;
    match error {
        ureq::Error::Timeout(Timeout::Global) => GeneratorError::Deadline,
        ureq::Error::Timeout(_) => GeneratorError::Silent { after: silence },
        ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::BadUri(_) => {
            GeneratorError::Unreadable { reason: error.to_string() }
        }
        other => GeneratorError::Unreachable { reason: other.to_string() },
    }
}

/// Reading failed in the middle of a reply.
fn cut_off(error: &std::io::Error, silence: Duration) -> GeneratorError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(inner @ ureq::Error::Timeout(_)) => failure(inner, silence),
        _ => GeneratorError::CutOff { reason: error.to_string() },
    }
}

fn is_stream(response: &Response<Body>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/event-stream"))
}

fn whole(response: Response<Body>, silence: Duration) -> Result<Vec<u8>, GeneratorError> {
    let bytes = http::whole(response.into_body(), MOST_BYTES).map_err(|error| cut_off(&error, silence))?;
    bytes.ok_or_else(|| GeneratorError::Unreadable { reason: format!("it is longer than {MOST_BYTES} bytes") })
}

fn refused(response: Response<Body>) -> Result<Response<Body>, GeneratorError> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response);
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() {
        let wait = response.headers().get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        return Err(GeneratorError::Busy { status: status.as_u16(), wait: wait.map(Duration::from_secs) });
    }
    Err(GeneratorError::Refused { status: status.as_u16(), said: said(response) })
}
