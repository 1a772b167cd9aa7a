//! A question as the daemon uses it: parsed once, every value within its bounds.

use std::borrow::Cow;
use std::time::Duration;

use maxsimd_engine::answer::{AnswerRequest, Budget, Detail, MAX_CONTEXTS, MAX_HISTORY, MAX_QUESTION_BYTES};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::generate::{Message, Role};
use maxsimd_engine::techniques::{self, Technique};
use serde::Deserialize;
use serde::de::MapAccess;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};

use super::list::List;
use super::object::{self, Object, text};
use super::request::{self, MAX_DEADLINE_MS};
use super::whole::Whole;
use crate::error::Problem;
use crate::generators::GeneratorKind;

/// Bytes of a turn of a conversation.
pub(super) const MOST_TURN_BYTES: usize = MAX_QUESTION_BYTES;
/// Collections that are asked at once.
pub(super) const MOST_COLLECTIONS: usize = 16;
/// How long an answer may take that names no budget.
const DEFAULT_MS: u64 = 30_000;
/// Hits of each collection.
const MOST_K: u64 = MAX_CONTEXTS as u64;
/// Bounds of a budget.
const MOST_CALLS: u64 = 64;
const MOST_ITERATIONS: u64 = 16;
const MOST_CONTEXT_TOKENS: u64 = 100_000;
/// A question and how it is to be answered.
#[derive(Debug, Clone)]
pub struct AnswerAsk {
    /// Collections that are asked.
    pub collections: Vec<CollectionName>,
    /// Question, conversation and budget; its calibration is the daemon's.
    pub request: AnswerRequest,
    /// How contexts are found.
    pub technique: Technique,
    /// What writes the answer.
    pub generator: GeneratorKind,
    /// Only documents that match, as text or as JSON.
    pub filter: Option<Json>,
    /// How sure an answer has to be, in place of what was calibrated.
    pub threshold: Option<f64>,
    /// How long it may take.
    pub deadline: Duration,
    /// Whether it is told as it is made.
    pub stream: bool,
    /// How much is told of how it was made.
    pub trace: Detail,
}

#[derive(Default)]
struct AnswerBody<'a> {
    question: Option<Cow<'a, str>>,
    history: Option<List<Message, MAX_HISTORY>>,
    collections: Option<List<String, MOST_COLLECTIONS>>,
    technique: Option<Cow<'a, str>>,
    options: Option<Map<String, Json>>,
    thinking: Option<Cow<'a, str>>,
    generator: Option<Cow<'a, str>>,
    k: Option<Whole<1, MOST_K>>,
    filter: Option<&'a RawValue>,
    budget: Option<BudgetBody>,
    scope: Option<Cow<'a, str>>,
    around: Option<Cow<'a, str>>,
    order: Option<Cow<'a, str>>,
    threshold: Option<f64>,
    stream: Option<bool>,
    trace: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BudgetBody {
    max_llm_calls: Option<Whole<0, MOST_CALLS>>,
    max_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
    max_iterations: Option<Whole<1, MOST_ITERATIONS>>,
    max_context_tokens: Option<Whole<1, MOST_CONTEXT_TOKENS>>,
}

impl<'de> Object<'de> for AnswerBody<'de> {
    const KIND: &'static str = "a question";
    const FIELDS: &'static [&'static str] = &[
        "question",
        "history",
        "collections",
        "technique",
        "options",
        "thinking",
        "generator",
        "k",
        "filter",
        "budget",
        "scope",
        "around",
        "order",
        "threshold",
        "stream",
        "trace",
    ];

    fn take<A: MapAccess<'de>>(&mut self, field: &'static str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "question" => self.question = text(map)?,
            "history" => self.history = map.next_value()?,
            "collections" => self.collections = map.next_value()?,
            "technique" => self.technique = text(map)?,
            "options" => self.options = map.next_value()?,
            "thinking" => self.thinking = text(map)?,
            "generator" => self.generator = text(map)?,
            "k" => self.k = map.next_value()?,
            "filter" => self.filter = map.next_value()?,
            "budget" => self.budget = map.next_value()?,
            "scope" => self.scope = text(map)?,
            "around" => self.around = text(map)?,
            "order" => self.order = text(map)?,
            "threshold" => self.threshold = map.next_value()?,
            "stream" => self.stream = map.next_value()?,
            _ => self.trace = text(map)?,
        }
        Ok(())
    }
}

impl AnswerAsk {
    /// Reads the body of a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let body: AnswerBody<'_> = object::parse(bytes)?;
        let question = body.question.ok_or_else(|| Problem::field("question", "a question is needed"))?;
        let technique =
            Technique::named(body.technique.as_deref().unwrap_or(techniques::AUTO), body.options.unwrap_or_default())?;
        let wanted = body.budget.unwrap_or_default();
        let own = AnswerRequest::new(bounded("question", question.into_owned())?);
        let request = AnswerRequest {
            history: history(body.history.map_or_else(Vec::new, |history| history.0))?,
            k: body.k.and_then(|k| usize::try_from(k.0).ok()).unwrap_or(own.k),
            scope: body.scope.map_or(Ok(own.scope), |name| name.parse())?,
            around: body.around.map_or(Ok(own.around), |name| name.parse())?,
            order: body.order.map_or(Ok(own.order), |name| name.parse())?,
            thinking: body.thinking.map_or(Ok(own.thinking), |name| name.parse())?,
            budget: budget(&wanted),
            ..own
        };
        Ok(Self {
            collections: collections(body.collections.map_or_else(Vec::new, |names| names.0))?,
            request,
            technique,
            generator: body.generator.map_or(Ok(GeneratorKind::default()), |name| generator(&name))?,
            filter: body.filter.map(request::filter).transpose()?,
            threshold: body.threshold.map(threshold).transpose()?,
            deadline: Duration::from_millis(wanted.max_ms.map_or(DEFAULT_MS, |ms| ms.0)),
            stream: body.stream.unwrap_or(false),
            trace: body.trace.map_or(Ok(Detail::default()), |name| name.parse())?,
        })
    }

    /// A question without further wishes.
    pub fn new(collections: Vec<CollectionName>, request: AnswerRequest) -> Self {
        Self {
            collections,
            request,
            technique: Technique::default(),
            generator: GeneratorKind::default(),
            filter: None,
            threshold: None,
            deadline: Duration::from_millis(DEFAULT_MS),
            stream: false,
            trace: Detail::default(),
        }
    }
}

/// Names of collections, each once.
pub(super) fn collections(names: Vec<String>) -> Result<Vec<CollectionName>, Problem> {
    if names.len() > MOST_COLLECTIONS {
        return Err(Problem::field("collections", format!("more than {MOST_COLLECTIONS} collections")));
    }
    let mut collections = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let refuse = |detail: String| Problem::field(format!("collections[{at}]"), detail);
        let name = CollectionName::parse(&name).map_err(|error| refuse(error.to_string()))?;
        if collections.contains(&name) {
            return Err(refuse(format!("{} is named twice", name.as_str())));
        }
        collections.push(name);
    }
    match collections.is_empty() {
        true => Err(Problem::field("collections", "at least one collection is needed")),
        false => Ok(collections),
    }
}

/// A question or a turn, not empty and not too long.
pub(super) fn bounded(field: &str, text: String) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::field(field, "an empty text cannot be answered"));
    }
    if text.len() > MAX_QUESTION_BYTES {
        return Err(Problem::field(field, format!("{} bytes, at most {MAX_QUESTION_BYTES} are taken", text.len())));
    }
    Ok(text)
}

fn history(turns: Vec<Message>) -> Result<Vec<Message>, Problem> {
    for (at, turn) in turns.iter().enumerate() {
        let field = |name: &str| format!("history[{at}].{name}");
        if turn.role == Role::System {
            return Err(Problem::field(field("role"), "a turn is of user or assistant"));
        }
        if turn.content.len() > MAX_QUESTION_BYTES {
            let detail = format!("{} bytes, at most {MAX_QUESTION_BYTES} are taken", turn.content.len());
            return Err(Problem::field(field("content"), detail));
        }
    }
    Ok(turns)
}

/// The kind of generator of a name.
pub(super) fn generator(name: &str) -> Result<GeneratorKind, Problem> {
    let all = GeneratorKind::ALL;
    let names = || all.map(GeneratorKind::name).join(", ");
    let found = all.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| Problem::field("generator", format!("{name:?} is none of {}", names())))
}

fn budget(wanted: &BudgetBody) -> Budget {
    let own = Budget::default();
    let narrow = |whole: u64| u32::try_from(whole).unwrap_or(u32::MAX);
    let tokens = wanted.max_context_tokens.and_then(|tokens| usize::try_from(tokens.0).ok());
    Budget {
        max_llm_calls: wanted.max_llm_calls.map_or(own.max_llm_calls, |calls| narrow(calls.0)),
        max_iterations: wanted.max_iterations.map_or(own.max_iterations, |iterations| narrow(iterations.0)),
        max_context_tokens: tokens.unwrap_or(own.max_context_tokens),
    }
}

fn threshold(threshold: f64) -> Result<f64, Problem> {
    let known = (0.0..=1.0).contains(&threshold).then_some(threshold);
    known.ok_or_else(|| Problem::field("threshold", format!("{threshold} is not from 0 to 1")))
}
