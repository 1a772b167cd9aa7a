//! Trees of summaries: built, searched, written to live.

mod across;
mod built;
mod live;
mod places;
mod representations;
mod searched;
#[path = "../support/mod.rs"]
mod support;
mod vectors;

use std::path::Path;

use maxsimd_engine::build::{BuildOptions, BuildReport, build_documents};
use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::encode::Encoder;
use maxsimd_engine::raptor::{Nodes, Raptor, Strategy};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::split::{Budget, Splitting};
use maxsimd_engine::{Context, Document, Error, Result};
use support::words::{Words, document, story};

fn name() -> CollectionName {
    CollectionName::parse("trees").unwrap()
}

/// Passages of at most 24 words.
fn splitting() -> Splitting {
    Splitting::Structure(Budget::new(24, 0).unwrap())
}

fn options(strategy: Strategy) -> BuildOptions {
    options_of(strategy, Nodes::Text)
}

fn options_of(strategy: Strategy, nodes: Nodes) -> BuildOptions {
    let raptor = Some(Raptor::new(strategy, nodes, 20).unwrap());
    BuildOptions { raptor, threads: 2, router_from: u64::MAX, ..BuildOptions::default() }
}

fn build(root: &Path, documents: Vec<Document>, options: &BuildOptions) -> Result<BuildReport> {
    let store = Store::open(root)?;
    let (encoder, documents) = (Words::new(), documents.into_iter());
    let how = (&encoder as &dyn maxsimd_engine::encode::Encoder, splitting());
    build_documents(&Context::unbounded(), (&store, &name()), options, how, documents, &mut |_| ())
}

fn open(root: &Path) -> Generation {
    Store::open(root).unwrap().open_generation(&name()).unwrap()
}

/// Nothing is wrong with the collection.
fn assert_sound(root: &Path) {
    let damage = Store::open(root).unwrap().verify(&Context::unbounded(), &name()).unwrap();
    assert!(damage.is_empty(), "{damage:?}");
}

/// Stories built like this.
fn fixture(options: &BuildOptions) -> (tempfile::TempDir, Generation) {
    let root = tempfile::tempdir().unwrap();
    build(root.path(), stories(&[200, 2, 90, 140, 1, 60]), options).unwrap();
    let generation = open(root.path());
    (root, generation)
}

/// Some words of one of them.
fn request(number: usize, mode: Mode) -> SearchRequest {
    let text: String =
        story(number as u64 % 4, 200).split_whitespace().skip(number * 37).take(6).collect::<Vec<_>>().join(" ");
    let vectors = Words::new().encode_queries(&Context::unbounded(), &[&text]).unwrap().remove(0).vectors;
    SearchRequest { texts: vec![text], ..SearchRequest::new(vec![vectors], 20, mode) }
}

/// Stories of some lengths.
fn stories(lengths: &[usize]) -> Vec<Document> {
    lengths.iter().enumerate().map(|(n, length)| document(&format!("story-{n}"), story(n as u64, *length))).collect()
}
