//! Answers: quotes that stand where they say, abstentions, what a generator writes and what becomes of it.

mod calibrated;
#[path = "../support/cited.rs"]
mod cited;
mod condensed;
mod generated;
mod injected;
#[path = "../support/model_server.rs"]
mod model_server;
mod quoted;
#[path = "../support/scripted.rs"]
mod scripted;
mod server;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use maxsimd_engine::answer::{Answer, AnswerRequest, Calibration, Collections, Event, Source, Sources, Writer};
use maxsimd_engine::build::{BuildOptions, build_documents};
use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::split::{Budget, Splitting};
use maxsimd_engine::techniques::{self, Asked, Technique};
use maxsimd_engine::{Context, Document, Result};
use serde_json::Map;
use support::words::{Words, document, story};

/// An answer of technique `plain`.
fn plain(
    context: &Context,
    sources: &dyn Sources,
    writer: Writer<'_>,
    request: &AnswerRequest,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<Answer> {
    let technique = Technique::named("plain", Map::new())?;
    techniques::answer(context, &Asked { sources, writer, technique: &technique, request }, tell)
}

/// Documents of noise, one of which says something.
fn documents() -> Vec<Document> {
    let mut documents: Vec<Document> =
        (0..12).map(|n| document(&format!("d{n}"), story(n, 20 + n as usize * 5))).collect();
    documents[3].text =
        "# Tides\n\nThe moon makes the tides. It pulls the sea twice a day.\n\nHarbours keep a table of \
                         them."
            .to_owned();
    for (n, document) in documents.iter_mut().enumerate() {
        document.metadata.insert("n".to_owned(), n.into());
    }
    documents
}

/// A collection in a folder of its own.
struct Fixture {
    _root: tempfile::TempDir,
    texts: BTreeMap<(String, String), String>,
    generation: Arc<Generation>,
}

impl Fixture {
    fn new() -> Self {
        Self::of(documents(), BuildOptions::default())
    }

    fn of(documents: Vec<Document>, options: BuildOptions) -> Self {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(root.path()).unwrap();
        let name = CollectionName::parse("answers").unwrap();
        let text = |document: &Document| (("answers".to_owned(), document.id.clone()), document.text.clone());
        let texts = documents.iter().map(text).collect();
        let how = (&Words::new() as _, Splitting::Structure(Budget::new(24, 8).unwrap()));
        let context = Context::unbounded();
        build_documents(&context, (&store, &name), &options, how, documents.into_iter(), &mut |_| ()).unwrap();
        let generation = Arc::new(store.open_generation(&name).unwrap());
        Self { _root: root, texts, generation }
    }

    fn source(&self) -> Source {
        Source { name: "answers".to_owned(), generation: Arc::clone(&self.generation), filter: None }
    }

    fn sources(&self) -> Collections {
        Collections::new(vec![self.source()], Arc::new(Words::new())).unwrap()
    }

    fn ask(&self, writer: Writer<'_>, request: &AnswerRequest) -> Answer {
        plain(&Context::unbounded(), &self.sources(), writer, request, &mut |_| ()).unwrap()
    }

    fn quote(&self, request: &AnswerRequest) -> Answer {
        self.ask(Writer::Quote, request)
    }

    /// Every citation is what stands in its document, whatever wrote the answer.
    fn check(&self, answer: &Answer) {
        cited::check(answer, &self.texts);
    }
}

/// Answers whatever the signals.
fn sure(question: &str) -> AnswerRequest {
    AnswerRequest {
        calibration: Calibration { threshold: 0.0, ..Calibration::default() },
        ..AnswerRequest::new(question)
    }
}
