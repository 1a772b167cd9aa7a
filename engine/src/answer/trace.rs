//! An answer under way: what it is made with, what was done, what it took, what was degraded, and who is told meanwhile.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::conclude::Note;
use super::contexts::ContextHit;
use super::pack::{Around, Order};
use super::reply::{Chosen, Citation, Degraded, QUOTE, Usage, Verdict};
use super::request::{AnswerRequest, Writer};
use super::sources::{Among, Query, Retrieved, Sources, Together, Wanted};
use super::think::Thinking;
use crate::generate::{Generator, GeneratorError, TokenUsage};
use crate::named::named;
use crate::{Context, Error, Result, Stage};

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
    /// A part of the question, and what was found to it.
    Note(&'a Note),
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

/// Passages of each ranking that several are made one from.
const DEPTH: usize = 30;

/// An answer under way.
pub(crate) struct Run<'a> {
    pub(crate) context: &'a Context,
    pub(crate) sources: &'a dyn Sources,
    /// What writes, and thinks if it is to.
    pub(crate) generator: Option<&'a dyn Generator>,
    pub(crate) request: &'a AnswerRequest,
    /// Where sources with pages of the web are kept.
    pub(crate) online: &'a OnceCell<Box<dyn Sources>>,
    /// Which collections are asked.
    pub(crate) among: Among,
    /// In which order a generator gets contexts.
    pub(crate) order: Order,
    /// Who thinks.
    pub(crate) thinking: Thinking,
    pub(crate) usage: Usage,
    pub(crate) degraded: Vec<Degraded>,
    pub(crate) chosen: Vec<Chosen>,
    pub(crate) steps: Vec<Step>,
    begun: Instant,
    calls_left: u32,
    iterations_left: u32,
    tell: &'a mut dyn FnMut(Event<'_>),
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        context: &'a Context,
        (sources, online): (&'a dyn Sources, &'a OnceCell<Box<dyn Sources>>),
        (writer, request): (Writer<'a>, &'a AnswerRequest),
        tell: &'a mut dyn FnMut(Event<'_>),
    ) -> Self {
        let mut run = Self {
            context,
            sources,
            online,
            generator: None,
            request,
            among: Among::default(),
            order: request.order,
            thinking: request.thinking,
            usage: Usage::default(),
            degraded: Vec::new(),
            chosen: Vec::new(),
            steps: Vec::new(),
            begun: Instant::now(),
            calls_left: request.budget.max_llm_calls,
            iterations_left: request.budget.max_iterations,
            tell,
        };
        match writer {
            Writer::Generator(generator) => run.generator = Some(generator),
            Writer::Quote => {}
            Writer::Missing { reason } => run.degrade("generate", ("generator_missing", reason.to_owned()), QUOTE),
        }
        run
    }

    pub(crate) fn tell(&mut self, event: Event<'_>) {
        (self.tell)(event);
    }

    /// Does a stage, which gives what is to be noted of it.
    pub(crate) fn stage<T>(&mut self, stage: &'static str, work: impl FnOnce(&mut Self) -> (T, Value)) -> T {
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

    /// Notes something that took no time of its own.
    pub(crate) fn note(&mut self, stage: &'static str, details: Value) {
        self.stage(stage, |_| ((), details));
    }

    /// Notes that something is not how it was asked for.
    pub(crate) fn degrade(&mut self, stage: &'static str, why: (&'static str, String), fallback: &'static str) {
        let (reason, detail) = why;
        self.degraded.push(Degraded { stage, reason, detail, fallback });
    }

    /// Notes what a technique chose.
    pub(crate) fn chose(&mut self, stage: &'static str, choice: impl Into<String>, reason: String) {
        self.chosen.push(Chosen { stage, choice: choice.into(), reason });
    }

    /// Calls a language model, if the budget has a call left.
    pub(crate) fn call<T>(
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

    pub(crate) fn calls_left(&self) -> u32 {
        self.calls_left
    }

    /// Takes another round of retrieving and answering, if the budget has one left.
    pub(crate) fn iterate(&mut self) -> bool {
        let left = self.iterations_left.checked_sub(1);
        self.iterations_left = left.unwrap_or(0);
        left.is_some()
    }

    /// The context of a part that has a share of the time that is left.
    pub(crate) fn within(&self, share: impl FnOnce(Duration) -> Duration) -> Context {
        match self.context.remaining() {
            Some(remaining) => self.context.by(Instant::now() + share(remaining)),
            None => self.context.fork(),
        }
    }

    /// What a question wants as it is, with `k` contexts and as many token vectors as the request has room for.
    pub(crate) fn wanted(&self, question: Query) -> Wanted {
        let AnswerRequest { k, scope, around, budget, .. } = self.request;
        Wanted {
            max_tokens: budget.max_context_tokens,
            scope: *scope,
            around: *around,
            among: self.among.clone(),
            ..Wanted::of(question, *k)
        }
    }

    /// What several queries want in a question's place.
    pub(crate) fn several(&self, question: &str, queries: Vec<Query>, together: Together) -> Wanted {
        let wanted = self.wanted(Query::of(question));
        Wanted { queries, together, each: wanted.k.max(DEPTH), ..wanted }
    }

    /// The same, but as many contexts as something else is to choose from.
    pub(crate) fn pool(&self, question: Query, each: usize) -> Wanted {
        Wanted { scope: self.request.scope, among: self.among.clone(), ..Wanted::of(question, each) }
    }

    /// Retrieves, tells what was looked for and found, and which rankings failed.
    pub(crate) fn retrieve(&mut self, wanted: &Wanted) -> Result<Retrieved> {
        let found = self.stage("retrieve", |run| {
            let found = run.sources.retrieve(run.context, wanted);
            let details = found.as_ref().map_or(Value::Null, |found| told(wanted, found));
            (found, details)
        })?;
        for leg in &found.failed {
            let why = ("leg_failed", format!("{}: {}", leg.leg, leg.reason));
            if self.degraded.iter().all(|degraded| degraded.detail != why.1) {
                self.degrade("retrieve", why, "the other ranking");
            }
        }
        Ok(found)
    }

    /// Of each context, the log-odds that it is relevant to a question, by a cross-encoder; nothing without one, and nothing of
    /// one that fails, which is said.
    pub(crate) fn judge(
        &mut self,
        (stage, fallback): (&'static str, &'static str),
        question: &str,
        found: &Retrieved,
    ) -> Result<Option<Vec<f32>>> {
        match self.sources.judge(self.context, question, &found.contexts) {
            Err(error) if !matches!(error, Error::Cancelled | Error::Deadline) => {
                self.degrade(stage, ("cross_encoder_failed", error.to_string()), fallback);
                Ok(None)
            }
            judged => judged,
        }
    }

    /// The best of what was found by other scores: `k` for each collection, with what stands around, as far as there is room.
    pub(crate) fn packed(&mut self, found: Retrieved, scores: &[f32]) -> Result<Retrieved> {
        let AnswerRequest { k, around, budget, .. } = self.request;
        let found = found.ranked(scores, *k);
        match around {
            Around::Chunks => Ok(found.fitting(budget.max_context_tokens)),
            around => self.sources.widen(self.context, &found, *around, budget.max_context_tokens),
        }
    }

    /// What it took so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage { ms: self.begun.elapsed().as_secs_f64() * 1e3, ..self.usage }
    }
}

/// What is told of contexts that were looked for.
fn told(wanted: &Wanted, found: &Retrieved) -> Value {
    let hits = &found.contexts.hits;
    let passage = |found: &ContextHit| {
        let mut told = json!({"passage_id": found.hit.passage_id, "score": found.hit.score});
        if !found.ranks.is_empty() {
            told["ranks"] = json!(found.ranks);
        }
        told
    };
    let tokens: usize = hits.iter().map(|found| found.hit.tokens).sum();
    let queries: Vec<&str> = wanted.queries.iter().map(|query| query.text.as_str()).collect();
    let passages: Vec<Value> = hits.iter().map(passage).collect();
    json!({"queries": queries, "contexts": hits.len(), "tokens": tokens, "passages": passages})
}
