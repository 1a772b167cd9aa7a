//! A generator that says what a test tells it to.

use std::sync::Mutex;

use maxsimd_engine::Context;
use maxsimd_engine::generate::{Choice, Finish, Generator, GeneratorError, Prompt, TokenUsage, Written};

/// Says one thing after another, and keeps what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    lines: Mutex<Vec<Result<String, GeneratorError>>>,
    pub(crate) asked: Mutex<Vec<Prompt>>,
    finish: Option<Finish>,
}

impl Scripted {
    pub(crate) fn saying(text: &str) -> Self {
        Self::of([Ok(text.to_owned())])
    }

    pub(crate) fn failing(error: GeneratorError) -> Self {
        Self::of([Err(error)])
    }

    pub(crate) fn of(lines: impl IntoIterator<Item = Result<String, GeneratorError>>) -> Self {
        Self { lines: Mutex::new(lines.into_iter().collect()), ..Self::default() }
    }

    /// Cut off where it is as long as it may be.
    pub(crate) fn cut(text: &str) -> Self {
        Self { finish: Some(Finish::Length), ..Self::saying(text) }
    }

    pub(crate) fn prompts(&self) -> Vec<String> {
        let content = |prompt: &Prompt| prompt.messages.iter().map(|message| message.content.clone()).collect();
        self.asked.lock().unwrap().iter().map(content).collect()
    }
}

impl Generator for Scripted {
    fn name(&self) -> &'static str {
        "scripted:lines"
    }

    fn write(&self, _: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        self.asked.lock().unwrap().push(prompt.clone());
        let text = self.lines.lock().unwrap().remove(0)?;
        // What is in the prompt can be said back.
        let text = text.replace("{prompt}", &prompt.messages.last().unwrap().content);
        text.split_inclusive(' ').for_each(tell);
        let usage = TokenUsage { prompt: 100, completion: 10 };
        Ok(Written { text, finish: self.finish.unwrap_or(Finish::Stop), usage })
    }

    fn choose(&self, _: &Context, _: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError> {
        let probabilities = vec![1.0 / labels.len() as f64; labels.len()];
        Ok(Choice { probabilities, by_logprobs: false, usage: TokenUsage::default() })
    }
}
