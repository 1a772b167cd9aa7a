//! A question as the daemon uses it: parsed once, every value within its bounds.

use std::time::Duration;

use maxsimd_engine::answer::{
    AnswerRequest, Around, Budget, Detail, MAX_CONTEXTS, MAX_HISTORY, MAX_QUESTION_BYTES, Order, Thinking,
};
use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::generate::{Message, Role};
use maxsimd_engine::search::Scope;
use maxsimd_engine::techniques::{self, Technique};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use super::compact::{compact, request};
use super::filter::as_text_or_json;
use super::list::List;
use super::request::{self, MAX_DEADLINE_MS};
use super::schema::{COLLECTION_NAME, Shape};
use super::text::{Free, Named, Text};
use super::whole::Whole;
use super::{Request, object};
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
/// Bytes of a technique's knobs, as JSON.
const MAX_OPTIONS_BYTES: usize = 64 * 1024;
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

request! {
    /// A question, as it came.
    "a question" => pub struct AnswerBody<'a> {
        /// The question.
        question: Text<'a> where as_question,
        /// The conversation before it.
        history: List<TurnBody<'a>, MAX_HISTORY>,
        /// Collections that are asked.
        collections: List<Text<'a>, MOST_COLLECTIONS> where as_collections,
        /// How contexts are found.
        technique: Text<'a> where |it| it.one_of(techniques::names()),
        /// Knobs of the technique.
        options: Free<&'a RawValue> where Shape::free_object,
        /// Who thinks.
        thinking: Text<'a> where |it| it.one_of(Thinking::ALL.map(Thinking::name)),
        /// What writes the answer.
        generator: Text<'a> where |it| it.one_of(GeneratorKind::ALL.map(GeneratorKind::name)),
        /// Hits of each collection.
        k: Whole<1, MOST_K>,
        /// Only documents that match.
        filter: Free<&'a RawValue> where as_text_or_json,
        /// What it may cost.
        budget: BudgetBody,
        /// What is looked among.
        scope: Text<'a> where |it| it.one_of(Scope::ALL.map(Scope::name)),
        /// What of a hit's document comes with it.
        around: Text<'a> where |it| it.one_of(Around::ALL.map(Around::name)),
        /// In which order contexts stand.
        order: Text<'a> where |it| it.one_of(Order::ALL.map(Order::name)),
        /// How sure an answer has to be.
        threshold: f64 where |it| it.within(0.0..=1.0),
        /// Whether it is told as it is made.
        stream: bool,
        /// How much is told of how it was made.
        trace: Text<'a> where |it| it.one_of(Detail::ALL.map(Detail::name)),
    }
}

/// What a question looks like.
pub(super) fn as_question(shape: Shape) -> Shape {
    shape
        .visible(MAX_QUESTION_BYTES)
        .needed()
        .example(json!("How does late interaction compare a query with a passage?"))
}

/// What names of collections look like.
pub(super) fn as_collections(shape: Shape) -> Shape {
    shape.least(1).unique().items(|it| it.pattern(COLLECTION_NAME)).needed().example(json!(["docs"]))
}

compact! {
    /// Somebody's turn in a conversation.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct TurnBody<'a> {
        /// Who speaks.
        pub role: Named<Role> where |it| it.one_of(["user", "assistant"]),
        /// What is said.
        #[serde(borrow)]
        pub content: Text<'a> where |it| it.text(0..=MOST_TURN_BYTES),
    }
}

compact! {
    /// What an answer may cost.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct BudgetBody {
        /// Calls of a language model.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_llm_calls: Option<Whole<0, MOST_CALLS>>,
        /// Milliseconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_ms: Option<Whole<1, MAX_DEADLINE_MS>>,
        /// Rounds of retrieving.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_iterations: Option<Whole<1, MOST_ITERATIONS>>,
        /// Token vectors of all contexts together.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub max_context_tokens: Option<Whole<1, MOST_CONTEXT_TOKENS>>,
    }
}

impl Request for AnswerAsk {
    type Body<'a> = AnswerBody<'a>;

    fn check(body: AnswerBody<'_>) -> Result<Self, Problem> {
        let question = body.question.ok_or_else(|| Problem::field("question", "a question is needed"))?;
        let technique = Technique::named(body.technique.as_deref().unwrap_or(techniques::AUTO), knobs(body.options)?)?;
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
            filter: body.filter.map(|Free(raw)| request::filter(raw)).transpose()?,
            threshold: body.threshold.map(threshold).transpose()?,
            deadline: Duration::from_millis(wanted.max_ms.map_or(DEFAULT_MS, |ms| ms.0)),
            stream: body.stream.unwrap_or(false),
            trace: body.trace.map_or(Ok(Detail::default()), |name| name.parse())?,
        })
    }
}

impl AnswerAsk {
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

/// Knobs of a technique.
pub(super) fn knobs(options: Option<Free<&RawValue>>) -> Result<Map<String, Json>, Problem> {
    options.map_or_else(|| Ok(Map::new()), |Free(raw)| object::bounded("options", raw, MAX_OPTIONS_BYTES))
}

/// Names of collections, each once.
pub(super) fn collections<'a>(names: impl IntoIterator<Item = Text<'a>>) -> Result<Vec<CollectionName>, Problem> {
    let mut collections = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        if at == MOST_COLLECTIONS {
            return Err(Problem::field("collections", format!("more than {MOST_COLLECTIONS} collections")));
        }
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

fn history(turns: Vec<TurnBody<'_>>) -> Result<Vec<Message>, Problem> {
    let turn = |(at, TurnBody { role: Named(role), content })| {
        let field = |name: &str| format!("history[{at}].{name}");
        if role == Role::System {
            return Err(Problem::field(field("role"), "a turn is of user or assistant"));
        }
        if content.len() > MAX_QUESTION_BYTES {
            let detail = format!("{} bytes, at most {MAX_QUESTION_BYTES} are taken", content.len());
            return Err(Problem::field(field("content"), detail));
        }
        Ok(Message { role, content: content.into_owned() })
    };
    turns.into_iter().enumerate().map(turn).collect()
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
