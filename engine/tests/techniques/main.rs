//! Techniques: what each does with a generator, by rules, with too little of everything, and with a generator that returns rubbish.

mod adaptive;
#[path = "../support/cited.rs"]
mod cited;
mod crag;
mod decomposition;
mod every;
mod failing;
mod hyde;
mod long_context;
#[path = "../support/model_server.rs"]
mod model_server;
mod multi_query;
mod multi_representation;
mod odd;
mod plain;
mod query_construction;
mod rag_fusion;
mod raptor;
mod rerank;
mod routing;
mod rubbish;
#[path = "../support/scripted.rs"]
mod scripted;
mod self_rag;
mod step_back;
#[path = "../support/mod.rs"]
mod support;
mod web;

use std::collections::BTreeMap;
use std::sync::Arc;

use maxsimd_engine::answer::{Answer, AnswerRequest, Budget, Collections, Event, Source, Thinking, Web, Writer};
use maxsimd_engine::build::{BuildOptions, build_documents};
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::encode::{CrossEncoder, Fingerprint};
use maxsimd_engine::split::{self, Splitting};
use maxsimd_engine::techniques::{self, Asked, Technique};
use maxsimd_engine::{Context, Document, Error, Result};
use scripted::Scripted;
use serde_json::{Map, Value, json};
use support::words::{Words, document, story};

/// A question that one document of every library answers, and what is quoted of that.
const QUESTION: &str = "the moon makes the tides";
const TIDES: &str = "The moon makes the tides. It pulls the sea twice a day. Harbours keep a table of them.";

/// A technique by its name, with knobs.
type Named<'a> = (&'a str, Value);

/// Collections in a folder of their own.
struct Library {
    root: tempfile::TempDir,
    texts: BTreeMap<(String, String), String>,
    sources: Vec<Source>,
    judge: Option<Arc<dyn CrossEncoder>>,
    web: Option<Arc<Web>>,
}

impl Library {
    /// One collection of some documents.
    fn of(documents: Vec<Document>) -> Self {
        Self::built(vec![("library", documents)], &BuildOptions::default(), 24)
    }

    /// Collections by name, with passages of so many words.
    fn built(collections: Vec<(&str, Vec<Document>)>, options: &BuildOptions, words: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut library = Self { root, texts: BTreeMap::new(), sources: Vec::new(), judge: None, web: None };
        collections.into_iter().for_each(|(name, documents)| library.add(name, documents, options, words));
        library
    }

    fn add(&mut self, name: &str, documents: Vec<Document>, options: &BuildOptions, words: usize) {
        let store = Store::open(self.root.path()).unwrap();
        let collection = CollectionName::parse(name).unwrap();
        let text = |document: &Document| ((name.to_owned(), document.id.clone()), document.text.clone());
        self.texts.extend(documents.iter().map(text));
        let how = (&Words::new() as _, Splitting::Structure(split::Budget::new(words, 0).unwrap()));
        let target = (&store, &collection);
        build_documents(&Context::unbounded(), target, options, how, documents.into_iter(), &mut |_| ()).unwrap();
        let generation = Arc::new(store.open_generation(&collection).unwrap());
        self.sources.push(Source { name: name.to_owned(), generation, filter: None });
    }

    fn judged_by(self, judge: Judge) -> Self {
        Self { judge: Some(Arc::new(judge)), ..self }
    }

    fn collections(&self) -> Collections {
        let mut collections = Collections::new(self.sources.clone(), Arc::new(Words::new())).unwrap();
        if let Some(judge) = &self.judge {
            collections = collections.judged_by(Arc::clone(judge));
        }
        if let Some(web) = &self.web {
            collections = collections.online(Arc::clone(web));
        }
        collections
    }

    fn try_ask(
        &self,
        context: &Context,
        (name, knobs): Named<'_>,
        writer: Writer<'_>,
        request: &AnswerRequest,
        tell: &mut dyn FnMut(Event<'_>),
    ) -> Result<Answer> {
        let Value::Object(knobs) = knobs else { panic!("knobs are an object") };
        let technique = Technique::named(name, knobs).unwrap();
        let asked = Asked { sources: &self.collections(), writer, technique: &technique, request };
        techniques::answer(context, &asked, tell)
    }

    /// An answer whose citations check out, within its budget.
    fn ask(&self, technique: Named<'_>, writer: Writer<'_>, request: &AnswerRequest) -> Answer {
        let name = technique.0.to_owned();
        let answer = self.try_ask(&Context::unbounded(), technique, writer, request, &mut |_| ());
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error}"));
        cited::check(&answer, &self.texts);
        assert!(answer.usage.llm_calls <= request.budget.max_llm_calls, "{name}: {:?}", answer.usage);
        answer
    }

    /// By rules alone.
    fn quote(&self, technique: Named<'_>, request: &AnswerRequest) -> Answer {
        self.ask(technique, Writer::Quote, request)
    }

    fn generate(&self, technique: Named<'_>, generator: &Scripted, request: &AnswerRequest) -> Answer {
        self.ask(technique, Writer::Generator(generator), request)
    }
}

/// A cross-encoder of a test: the log-odds of passages are those of the first of some words that they have.
#[derive(Debug)]
struct Judge {
    words: Vec<(&'static str, f32)>,
    fails: bool,
    fingerprint: Fingerprint,
}

impl Judge {
    fn of(words: &[(&'static str, f32)]) -> Self {
        Self { words: words.to_vec(), fails: false, fingerprint: Fingerprint("judge".to_owned()) }
    }
}

impl CrossEncoder for Judge {
    fn name(&self) -> &'static str {
        "judge"
    }
    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
    fn score(&self, context: &Context, _: &str, passages: &[&str]) -> Result<Vec<f32>> {
        context.check()?;
        if self.fails {
            return Err(Error::Runtime { message: "out of memory".to_owned() });
        }
        let has = |passage: &str| self.words.iter().find(|(word, _)| passage.contains(word));
        Ok(passages.iter().map(|passage| has(passage).map_or(-9.0, |(_, odds)| *odds)).collect())
    }
}

/// A document with a title.
fn page(id: &str, title: &str, text: &str) -> Document {
    Document { id: id.to_owned(), title: title.to_owned(), text: text.to_owned(), ..Document::default() }
}

/// Documents that say nothing of interest.
fn noise(count: u64) -> Vec<Document> {
    (0..count).map(|n| document(&format!("noise-{n}"), story(n, 4))).collect()
}

/// These, and the one that answers.
fn documents() -> Vec<Document> {
    noise(10).into_iter().chain([page("tides", "Tides", TIDES)]).collect()
}

/// Answers whatever the signals, with all the budget that it takes.
fn sure(question: &str) -> AnswerRequest {
    let mut request = AnswerRequest::new(question);
    request.calibration.threshold = 0.0;
    request.now = Some("2024-06-15".parse().unwrap());
    request.budget = Budget { max_llm_calls: 50, max_iterations: 10, ..Budget::default() };
    request
}

/// The same with so many calls.
fn calls(question: &str, max_llm_calls: u32) -> AnswerRequest {
    let request = sure(question);
    AnswerRequest { budget: Budget { max_llm_calls, ..request.budget }, ..request }
}

fn plainly(name: &str) -> Named<'_> {
    (name, json!({}))
}

/// What was noted of every step of a stage.
fn steps<'a>(answer: &'a Answer, stage: &str) -> Vec<&'a Map<String, Value>> {
    answer.trace.iter().filter(|step| step.stage == stage).map(|step| &step.details).collect()
}

/// The same of the only one.
fn step<'a>(answer: &'a Answer, stage: &str) -> &'a Map<String, Value> {
    let steps = steps(answer, stage);
    assert_eq!(steps.len(), 1, "{stage}: {:?}", stages(answer));
    steps[0]
}

fn stages(answer: &Answer) -> Vec<&'static str> {
    answer.trace.iter().map(|step| step.stage).collect()
}

/// What every search looked for.
fn queries(answer: &Answer) -> Vec<Value> {
    steps(answer, "retrieve").into_iter().map(|details| details["queries"].clone()).collect()
}

/// Documents of contexts.
fn found(answer: &Answer) -> Vec<&str> {
    answer.contexts.iter().map(|found| found.hit.document_id.as_deref().unwrap_or_default()).collect()
}

fn passages(answer: &Answer) -> Vec<&str> {
    answer.contexts.iter().map(|found| found.hit.passage_id.as_str()).collect()
}

/// Stage, reason and fallback of what is degraded.
fn degraded(answer: &Answer) -> Vec<(&'static str, &'static str, &'static str)> {
    answer.degraded.iter().map(|degraded| (degraded.stage, degraded.reason, degraded.fallback)).collect()
}

/// What was chosen on the way.
fn chosen(answer: &Answer) -> Vec<(&'static str, &str)> {
    answer.decision.chosen.iter().map(|chosen| (chosen.stage, chosen.choice.as_str())).collect()
}
