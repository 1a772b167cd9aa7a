//! The techniques of retrieval-augmented generation behind one interface: each finds contexts for a question, and says what
//! it did. What becomes of the contexts is the same for all but `self_rag`.
//!
//! # Layout
//!
//! One file each, named as the technique. `knobs` is what requests may set of them, `variants` other questions for the same,
//! `grading` how relevant contexts are.

mod adaptive;
mod crag;
mod decomposition;
mod grading;
mod hyde;
mod knobs;
mod long_context;
mod multi_query;
mod multi_representation;
mod plain;
mod query_construction;
mod rag_fusion;
mod raptor;
mod rerank;
mod routing;
mod self_rag;
mod step_back;
mod variants;

use std::cell::OnceCell;
use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use knobs::{Knob, Takes};
pub use routing::{Routed, Routing};

use crate::answer::{
    Answer, AnswerRequest, Concluded, Decision, Event, Found, Path, QUOTE, Retrieved, Run, Sources, Step, Usage,
    Writer, conclude, standalone,
};
use crate::{Context, Error, Result};

/// What a technique is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct About {
    /// Name in commands and on the wire.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// Whether it can think with a generator; rules do it without one.
    pub thinks: bool,
    /// What collections have to have for it.
    pub needs: &'static str,
    /// What requests may set of it.
    pub knobs: &'static [Knob],
}

/// Finds contexts for a question, and makes an answer of them.
trait Recipe: Debug + Send + Sync {
    fn about(&self) -> &'static About;

    /// Contexts for a question.
    fn find(&self, run: &mut Run<'_>, question: &str) -> Result<Found>;

    /// An answer to it.
    fn answer(&self, run: &mut Run<'_>, question: &str) -> Result<Concluded> {
        let found = self.find(run, question)?;
        conclude(run, question, found)
    }
}

/// A technique with its knobs as they are set.
#[derive(Debug, Clone)]
pub struct Technique(Arc<dyn Recipe>);

/// A technique that there is.
struct Entry {
    about: &'static About,
    defaults: fn() -> Value,
    make: fn(Value) -> serde_json::Result<Technique>,
}

/// Techniques that others hand a question on to.
const THEN: [&str; 7] = ["plain", "multi_query", "rag_fusion", "decomposition", "step_back", "hyde", "rerank"];

/// One of them with its knobs as they are.
fn then(name: &str) -> Result<Arc<dyn Recipe>> {
    Ok(Technique::named(name, Map::new())?.0)
}

/// What stands for the best that is known.
pub const AUTO: &str = "auto";

const fn entry<T: Recipe + Default + Serialize + DeserializeOwned + 'static>(about: &'static About) -> Entry {
    Entry {
        about,
        defaults: || serde_json::to_value(T::default()).unwrap_or_default(),
        make: |options| Ok(Technique(Arc::new(serde_json::from_value::<T>(options)?))),
    }
}

/// All of them.
static ALL: [Entry; 15] = [
    entry::<plain::Plain>(&plain::ABOUT),
    entry::<multi_query::MultiQuery>(&multi_query::ABOUT),
    entry::<rag_fusion::RagFusion>(&rag_fusion::ABOUT),
    entry::<decomposition::Decomposition>(&decomposition::ABOUT),
    entry::<step_back::StepBack>(&step_back::ABOUT),
    entry::<hyde::Hyde>(&hyde::ABOUT),
    entry::<routing::Routing>(&routing::ABOUT),
    entry::<query_construction::QueryConstruction>(&query_construction::ABOUT),
    entry::<multi_representation::MultiRepresentation>(&multi_representation::ABOUT),
    entry::<raptor::Raptor>(&raptor::ABOUT),
    entry::<rerank::Rerank>(&rerank::ABOUT),
    entry::<long_context::LongContext>(&long_context::ABOUT),
    entry::<crag::Crag>(&crag::ABOUT),
    entry::<self_rag::SelfRag>(&self_rag::ABOUT),
    entry::<adaptive::Adaptive>(&adaptive::ABOUT),
];

/// A technique, and its knobs as they are without a wish.
#[derive(Debug, Clone, Serialize)]
pub struct Described {
    /// The technique.
    #[serde(flatten)]
    pub about: About,
    /// Values of its knobs.
    pub defaults: Value,
}

/// All techniques, in the order of the course.
pub fn all() -> impl Iterator<Item = Described> {
    ALL.iter().map(|entry| Described { about: *entry.about, defaults: (entry.defaults)() })
}

/// Names of all techniques, `auto` first.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once(AUTO).chain(ALL.iter().map(|entry| entry.about.name))
}

impl Technique {
    /// The technique of a name, with some knobs set.
    pub fn named(name: &str, options: Map<String, Value>) -> Result<Self> {
        let wanted = if name == AUTO { adaptive::ABOUT.name } else { name };
        let entry = ALL.iter().find(|entry| entry.about.name == wanted).ok_or_else(|| {
            let shown: String = name.chars().take(100).collect();
            let known: Vec<&str> = names().collect();
            Error::invalid("technique", format!("{shown:?} is none of {}", known.join(", ")))
        })?;
        knobs::check(name, entry.about.knobs, &options)?;
        (entry.make)(Value::Object(options)).map_err(|error| Error::invalid("options", error.to_string()))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.about().name
    }
}

impl Default for Technique {
    fn default() -> Self {
        Technique(Arc::new(adaptive::Adaptive::default()))
    }
}

/// A question with all that it takes to answer it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Where an answer may be from.
    pub sources: &'a dyn Sources,
    /// What writes it.
    pub writer: Writer<'a>,
    /// How contexts are found.
    pub technique: &'a Technique,
    /// The question.
    pub request: &'a AnswerRequest,
}

/// Answers a question; who listens hears of it meanwhile.
pub fn answer(context: &Context, asked: &Asked<'_>, tell: &mut dyn FnMut(Event<'_>)) -> Result<Answer> {
    asked.request.check()?;
    let online = OnceCell::new();
    let mut run = Run::new(context, (asked.sources, &online), (asked.writer, asked.request), tell);
    let standalone = standalone(&mut run, asked.request.question.trim(), &asked.request.history);
    let question = standalone.as_deref().unwrap_or(asked.request.question.trim());
    let Concluded { said, path, retrieved, signals, confidence } = asked.technique.0.answer(&mut run, question)?;
    said.citations.iter().for_each(|citation| run.tell(Event::Citation(citation)));
    let generator = run.generator.filter(|_| path == Path::Generated).map_or(QUOTE, |generator| generator.name());
    let decision = Decision {
        technique: asked.technique.name(),
        chosen: std::mem::take(&mut run.chosen),
        path,
        generator: generator.to_owned(),
        standalone_question: standalone.clone(),
        confidence,
        threshold: asked.request.calibration.threshold,
        signals,
    };
    Ok(Answer {
        abstained: path == Path::Abstained,
        answer: said.text,
        citations: said.citations,
        unsupported: said.unsupported,
        contexts: Arc::unwrap_or_clone(retrieved.contexts).into_hits(),
        decision,
        usage: run.usage(),
        degraded: run.degraded,
        trace: run.steps,
    })
}

/// Contexts that a technique finds for a question, without an answer; what it took, and what it did.
pub fn find(context: &Context, asked: &Asked<'_>) -> Result<(Retrieved, Usage, Vec<Step>)> {
    asked.request.check()?;
    let tell = &mut |_: Event<'_>| ();
    let online = OnceCell::new();
    let mut run = Run::new(context, (asked.sources, &online), (asked.writer, asked.request), tell);
    let found = asked.technique.0.find(&mut run, asked.request.question.trim())?;
    Ok((found.retrieved, run.usage(), run.steps))
}

/// Tells which collections a question is for.
pub fn route(context: &Context, asked: &Asked<'_>, routing: &Routing) -> Result<(Routed, Usage, Vec<Step>)> {
    asked.request.check()?;
    let tell = &mut |_: Event<'_>| ();
    let online = OnceCell::new();
    let mut run = Run::new(context, (asked.sources, &online), (asked.writer, asked.request), tell);
    let routed = routing.route(&mut run, asked.request.question.trim())?;
    Ok((routed, run.usage(), run.steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, options: Value) -> String {
        let Value::Object(options) = options else { panic!("no object") };
        Technique::named(name, options).unwrap_err().to_string()
    }

    #[test]
    fn every_technique_has_a_default_within_the_bounds_of_each_of_its_knobs() {
        for described in all() {
            let Value::Object(defaults) = described.defaults else { panic!("{}", described.about.name) };
            let mut knobs: Vec<&str> = described.about.knobs.iter().map(|knob| knob.name).collect();
            knobs.sort_unstable();
            let mut known: Vec<&String> = defaults.keys().collect();
            known.sort_unstable();
            assert_eq!(known, knobs, "{}", described.about.name);
            let technique = Technique::named(described.about.name, defaults).unwrap();
            assert_eq!(technique.name(), described.about.name);
        }
    }

    #[test]
    fn knobs_take_their_bounds_and_every_name_of_theirs() {
        for about in all().map(|described| described.about) {
            for knob in about.knobs {
                let values: Vec<Value> = match knob.takes {
                    Takes::Whole { from, to } => vec![from.into(), to.into()],
                    Takes::Number { from, to } => vec![from.into(), to.into()],
                    Takes::Name { of } => of.iter().map(|name| (*name).into()).collect(),
                    Takes::Text { .. } => vec!["".into()],
                    Takes::Lists { .. } => vec![serde_json::json!({"docs": ["a question"]})],
                };
                for value in values {
                    let options = Map::from_iter([(knob.name.to_owned(), value.clone())]);
                    let made = Technique::named(about.name, options);
                    assert!(made.is_ok(), "{} {} {value}: {made:?}", about.name, knob.name);
                }
            }
        }
    }

    #[test]
    fn names_are_each_once_and_others_are_refused_with_those_that_there_are() {
        let mut known: Vec<&str> = names().collect();
        known.sort_unstable();
        let count = known.len();
        known.dedup();
        assert_eq!(known.len(), count);
        let refused = refused("magic", serde_json::json!({}));
        assert!(names().all(|name| refused.contains(name)), "{refused}");
    }

    #[test]
    fn knobs_that_there_are_none_of_or_beyond_their_bounds_are_refused() {
        use serde_json::json;
        assert!(refused("plain", json!({"queries": 3})).contains("it has none"));
        assert!(refused("multi_query", json!({"queries": 0})).contains("from 1 to 10"));
        assert!(refused("multi_query", json!({"queries": 2.5})).contains("from 1 to 10"));
        assert!(refused("multi_query", json!({"colour": "red"})).contains("it has queries"));
        assert!(refused("decomposition", json!({"how": "magic"})).contains("recursive"));
    }
}
