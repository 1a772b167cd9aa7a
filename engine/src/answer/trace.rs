//! An answer under way: what was done, what it took, what was degraded, and who is told of it meanwhile.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

use super::contexts::ContextHit;
use super::reply::{Citation, Degraded, Usage, Verdict};
use super::request::Budget;
use crate::generate::{GeneratorError, TokenUsage};
use crate::named::named;
use crate::{Context, Stage};

/// What is told while an answer is made.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A stage begins.
    Stage(&'static str),
    /// What an answer may be from.
    Retrieval(&'a [ContextHit]),
    /// A piece of a text that is not checked yet.
    Token(&'a str),
    /// A part of the answer, and where it is from.
    Citation(&'a Citation),
    /// What the check of a generated text says.
    Verdict(Verdict),
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What.
    pub stage: &'static str,
    /// How long it took.
    pub ms: f64,
    /// Inputs, outputs and scores.
    #[serde(flatten)]
    pub details: Map<String, Value>,
}

/// How much of what was done is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Nothing.
    None,
    /// Stages, times and numbers.
    #[default]
    Summary,
    /// Texts and lists, too.
    Full,
}

named!(Detail in "trace": None = "none", Summary = "summary", Full = "full");

impl Detail {
    /// So much of some steps.
    pub fn of(self, steps: Vec<Step>) -> Vec<Step> {
        let brief = |mut step: Step| {
            step.details.retain(|_, value| value.is_number() || value.is_boolean());
            step
        };
        match self {
            Self::None => Vec::new(),
            Self::Summary => steps.into_iter().map(brief).collect(),
            Self::Full => steps,
        }
    }
}

/// An answer under way.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context,
    pub(super) usage: Usage,
    pub(super) degraded: Vec<Degraded>,
    pub(super) steps: Vec<Step>,
    begun: Instant,
    calls_left: u32,
    tell: &'a mut dyn FnMut(Event<'_>),
}

impl<'a> Run<'a> {
    pub(super) fn new(context: &'a Context, budget: &Budget, tell: &'a mut dyn FnMut(Event<'_>)) -> Self {
        let (usage, degraded, steps) = (Usage::default(), Vec::new(), Vec::new());
        Self { context, usage, degraded, steps, begun: Instant::now(), calls_left: budget.max_llm_calls, tell }
    }

    pub(super) fn tell(&mut self, event: Event<'_>) {
        (self.tell)(event);
    }

    /// Does a stage, which gives what is to be noted of it.
    pub(super) fn stage<T>(&mut self, stage: &'static str, work: impl FnOnce(&mut Self) -> (T, Value)) -> T {
        self.tell(Event::Stage(stage));
        let start = Instant::now();
        let (done, details) = work(self);
        let details = match details {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        self.steps.push(Step { stage, ms: start.elapsed().as_secs_f64() * 1e3, details });
        done
    }

    /// Notes that something is not how it was asked for.
    pub(super) fn degrade(&mut self, stage: &'static str, why: (&'static str, String), fallback: &'static str) {
        let (reason, detail) = why;
        self.degraded.push(Degraded { stage, reason, detail, fallback });
    }

    /// Calls a language model, if the budget has a call left.
    pub(super) fn call<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<T, GeneratorError>,
        usage: impl FnOnce(&T) -> TokenUsage,
    ) -> Result<T, GeneratorError> {
        self.calls_left = self.calls_left.checked_sub(1).ok_or(GeneratorError::Budget)?;
        self.usage.llm_calls += 1;
        let start = Instant::now();
        let called = call(self);
        self.context.note(Stage::Generate, start.elapsed());
        let called = called?;
        self.usage.add(usage(&called));
        Ok(called)
    }

    /// The context of a part that has a share of the time that is left.
    pub(super) fn within(&self, share: impl FnOnce(Duration) -> Duration) -> Context {
        match self.context.remaining() {
            Some(remaining) => self.context.by(Instant::now() + share(remaining)),
            None => self.context.fork(),
        }
    }

    /// What it took so far.
    pub(super) fn usage(&self) -> Usage {
        Usage { ms: self.begun.elapsed().as_secs_f64() * 1e3, ..self.usage }
    }
}
