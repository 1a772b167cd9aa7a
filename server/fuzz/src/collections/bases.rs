//! The collections whose files are edited: the newest frozen one, which has trees, and one with a router, token vectors and
//! a change that waits.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::live::{Change, LiveCollection, Upsert};
use maxsimd_engine::{Context, Document, TextFormat, TokenMatrix};
use serde_json::json;

use super::SNAPSHOT;
use super::files::sealed;

/// Collections, each alone in its data folder.
pub(super) static BASES: LazyLock<[Base; 2]> = LazyLock::new(|| [frozen(), routed()]);

/// Another name of the collection.
pub(super) const ALIAS: &str = "alias";

const WIDTH: usize = 8;

/// A collection's files.
#[derive(Debug)]
pub(super) struct Base {
    pub(super) name: CollectionName,
    /// Their paths in the data folder, those with the same extension side by side, and what they hold.
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
}

impl Base {
    /// The files of a data folder with one collection, and a snapshot of it beside them.
    fn of(root: &Path, name: CollectionName) -> Self {
        let read = |path: PathBuf| {
            let bytes = fs::read(root.join(&path)).expect("a file");
            (path, bytes)
        };
        let folder = fs::read_dir(root.join(name.as_str())).expect("a folder");
        let paths = folder.map(|entry| Path::new(name.as_str()).join(entry.expect("an entry").file_name()));
        let mut files: Vec<_> = paths.filter(|path| path.extension().is_some()).map(read).collect();
        files.push(("aliases.json".into(), sealed(json!({ALIAS: name.as_str()}).to_string().as_bytes())));
        let generation = Store::open(root).and_then(|store| store.open_generation(&name)).expect("a collection");
        let mut snapshot = Vec::new();
        generation.snapshot(&Context::unbounded(), &mut snapshot).expect("a snapshot");
        files.push((SNAPSHOT.into(), snapshot));
        files.sort_by_cached_key(|(path, bytes)| (path.extension().map(ToOwned::to_owned), bytes.len()));
        Self { name, files }
    }

    /// Writes them to a data folder.
    pub(super) fn write(&self, root: &Path) {
        fs::create_dir(root.join(self.name.as_str())).expect("a folder to write to");
        for (path, bytes) in self.files.iter().filter(|(path, _)| path != Path::new(SNAPSHOT)) {
            fs::write(root.join(path), bytes).expect("a folder to write to");
        }
    }
}

fn frozen() -> Base {
    let versions = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/frozen")).expect("fixtures");
    let versions = versions.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let newest = versions.max_by_key(|path| (path.as_os_str().len(), path.clone())).expect("a version");
    Base::of(&newest, CollectionName::parse("frozen").expect("a name"))
}

fn routed() -> Base {
    let root = tempfile::tempdir().expect("a folder to write to");
    let (store, name) = (Store::open(root.path()).expect("a store"), CollectionName::parse("routed").expect("a name"));
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    let encoder = EncoderId { name: "fuzz".to_owned(), fingerprint: String::new() };
    let items = (0..6).map(|number| Ok((document(number), vectors(number, 1 + number % 4))));
    build_vectors(&Context::unbounded(), (&store, &name), &options, (encoder, WIDTH), items, &mut |_| ())
        .expect("a collection");
    let live = LiveCollection::open(&store, &name).expect("a collection");
    let waiting = Upsert { document: document(2), vectors: Some(vectors(9, 2)) };
    live.submit(Change::Upsert(vec![waiting]), Some("key")).expect("a change");
    live.submit(Change::Delete(vec!["doc-1".to_owned()]), None).expect("a change");
    live.submit(Change::DeleteMatching(json!({"field": "n", "op": ">=", "value": 4})), None).expect("a change");
    drop(live);
    Base::of(root.path(), name)
}

fn document(number: usize) -> Document {
    let metadata = json!({"n": number, "tag": if number.is_multiple_of(2) { "a" } else { "b" }, "at": format!("2026-01-0{}", number + 1)});
    Document {
        id: format!("doc-{number}"),
        title: format!("Title {number}"),
        text: format!("Text of document {number}."),
        format: TextFormat::Plain,
        metadata: metadata.as_object().expect("an object").clone(),
    }
}

/// Token vectors of some topic: rows of length 1 that differ.
pub(super) fn vectors(topic: usize, rows: usize) -> TokenMatrix {
    of_width(WIDTH, topic, rows)
}

/// The same of another width.
pub(super) fn of_width(width: usize, topic: usize, rows: usize) -> TokenMatrix {
    let mut values = Vec::with_capacity(rows * width);
    for row in 0..rows {
        let angle = |at: usize| ((topic * 31 + row * 7 + at * 3 + 1) as f32).sin();
        let length = (0..width).map(|at| angle(at) * angle(at)).sum::<f32>().sqrt();
        values.extend((0..width).map(|at| angle(at) / length));
    }
    TokenMatrix::new(width, values).expect("finite values")
}
