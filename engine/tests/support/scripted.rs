//! A generator that says what a test tells it to.

#![allow(clippy::allow_attributes, dead_code, missing_docs, unreachable_pub, reason = "each test target uses its part")]

use std::sync::Mutex;

use maxsimd_engine::Context;
use maxsimd_engine::generate::{Choice, Finish, Generator, GeneratorError, Prompt, TokenUsage, Written};

/// Says one thing after another, and keeps what it was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripted {
    lines: Mutex<Vec<Result<String, GeneratorError>>>,
    /// Of labels; all the same once there are no more.
    choices: Mutex<Vec<Result<Vec<f64>, GeneratorError>>>,
    pub(crate) asked: Mutex<Vec<Prompt>>,
    finish: Option<Finish>,
    /// Whether the last of each is said for ever.
    again: bool,
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

    /// What texts are, in order.
    pub(crate) fn lines(lines: &[&str]) -> Self {
        Self::of(lines.iter().map(|line| Ok((*line).to_owned())))
    }

    /// The same text, and the same probabilities of labels, for ever.
    pub(crate) fn always(line: Result<String, GeneratorError>, choice: Result<Vec<f64>, GeneratorError>) -> Self {
        Self { again: true, ..Self::of([line]).choosing([choice]) }
    }

    /// The same text for ever; no label is likelier than others.
    pub(crate) fn endless(text: &str) -> Self {
        Self { again: true, ..Self::saying(text) }
    }

    /// How likely labels are, in order.
    pub(crate) fn choosing(self, choices: impl IntoIterator<Item = Result<Vec<f64>, GeneratorError>>) -> Self {
        Self { choices: Mutex::new(choices.into_iter().collect()), ..self }
    }

    /// Cut off where it is as long as it may be.
    pub(crate) fn cut(text: &str) -> Self {
        Self { finish: Some(Finish::Length), ..Self::saying(text) }
    }

    pub(crate) fn prompts(&self) -> Vec<String> {
        let content = |prompt: &Prompt| prompt.messages.iter().map(|message| message.content.clone()).collect();
        self.asked.lock().unwrap().iter().map(content).collect()
    }

    fn next<T: Clone>(&self, queue: &Mutex<Vec<T>>) -> T {
        let mut queue = queue.lock().unwrap();
        if self.again { queue[0].clone() } else { queue.remove(0) }
    }
}

impl Generator for Scripted {
    fn name(&self) -> &'static str {
        "scripted:lines"
    }

    fn write(&self, _: &Context, prompt: &Prompt, tell: &mut dyn FnMut(&str)) -> Result<Written, GeneratorError> {
        self.asked.lock().unwrap().push(prompt.clone());
        let text = self.next(&self.lines)?;
        // What is in the prompt can be said back.
        let text = text.replace("{prompt}", &prompt.messages.last().unwrap().content);
        text.split_inclusive(' ').for_each(tell);
        let usage = TokenUsage { prompt: 100, completion: 10 };
        Ok(Written { text, finish: self.finish.unwrap_or(Finish::Stop), usage })
    }

    fn choose(&self, _: &Context, prompt: &Prompt, labels: &[&str]) -> Result<Choice, GeneratorError> {
        self.asked.lock().unwrap().push(prompt.clone());
        let none = self.choices.lock().unwrap().is_empty();
        let probabilities = match none {
            true => vec![1.0 / labels.len() as f64; labels.len()],
            false => self.next(&self.choices)?,
        };
        Ok(Choice { probabilities, by_logprobs: false, usage: TokenUsage::default() })
    }
}
