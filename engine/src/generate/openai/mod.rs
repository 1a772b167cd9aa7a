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

use std::io::Read;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

pub use settings::{OpenAiSettings, Secret};

use self::body::Request;
use super::{Choice, Generator, GeneratorError, Prompt, Written};
use crate::Context;

/// How often a call is looked at for whether anybody waits for it.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes of a reply that is no stream, and of what is repeated of a refusal.
const MOST_BYTES: u64 = 1 << 20;
const MOST_SAID: usize = 300;
const MOST_READ: u64 = 16 * 1024;
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
            .user_agent(concat!("maxsimd/", env!("CARGO_PKG_VERSION")))
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
            Some(key) if !key.reveal().is_empty() => text.replace(key.reveal(), "(key)"),
            _ => text,
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

/// Does work that talks through an agent, which is shut down once nobody waits for it.
fn given_up_with<T>(context: &Context, agent: &Agent, work: impl FnOnce() -> T) -> T {
    let (alive, watched) = channel::<()>();
    let agent = agent.clone();
    let cancelled = context.cancellation();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while watched.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if cancelled.load(Ordering::Relaxed) {
                    agent.shutdown();
                    return;
                }
            }
        });
        let done = work();
        drop(alive);
        done
    })
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
    let mut bytes = Vec::new();
    let mut body = response.into_body().into_reader().take(MOST_BYTES + 1);
    body.read_to_end(&mut bytes).map_err(|error| cut_off(&error, silence))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(GeneratorError::Unreadable { reason: format!("it is longer than {MOST_BYTES} bytes") });
    }
    Ok(bytes)
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
    let mut said = Vec::new();
    // What it says is for people only.
    let _ = response.into_body().into_reader().take(MOST_READ).read_to_end(&mut said);
    let said = String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ");
    Err(GeneratorError::Refused { status: status.as_u16(), said })
}
