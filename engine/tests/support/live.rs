//! A live collection beside what it should hold: a map of documents.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::{Applied, Change, Compacted, LiveCollection, NewCollection, StoredDocument, Upsert};
use maxsimd_engine::raptor::Raptor;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::storage::{Disk, Output, Storage};
use maxsimd_engine::{Context, Document, Result, TextFormat};
use serde_json::json;

use super::words::Words;
use super::{Noise, encoder, vectors};

pub const WIDTH: usize = 16;

/// The file system without its syncs: for tests that do not lose power.
#[derive(Debug)]
pub struct Unsynced;

#[derive(Debug)]
struct UnsyncedFile(Arc<dyn Output>);

impl Storage for Unsynced {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Output>> {
        Ok(Arc::new(UnsyncedFile(Disk.create(path)?)))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk.create_folder(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)
    }
    fn sync_file(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

impl Output for UnsyncedFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.append(bytes)
    }
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
    fn cut(&self, length: u64) -> io::Result<()> {
        self.0.cut(length)
    }
    fn freeze(&self) -> io::Result<()> {
        self.0.freeze()
    }
}

pub fn name() -> CollectionName {
    CollectionName::parse("live").unwrap()
}

/// A version of a document: what it says depends on its id and the version alone.
pub fn upsert(id: &str, version: u64) -> Upsert {
    let mut noise = Noise::new(version * 7919 + id.len() as u64);
    let rows = 1 + noise.below(3);
    let document = Document {
        id: id.to_owned(),
        title: format!("Title of {id}"),
        text: format!("Version {version} of {id}."),
        format: TextFormat::Plain,
        metadata: json!({"version": version, "even": version.is_multiple_of(2)}).as_object().unwrap().clone(),
    };
    Upsert { document, vectors: Some(vectors(&mut noise, WIDTH, rows, 0.7)) }
}

/// A collection of vectors, with a tree across documents.
pub fn new() -> NewCollection {
    let raptor = Some(Raptor { across: true, ..Raptor::default() });
    NewCollection { raptor, ..NewCollection::of(encoder(), WIDTH) }
}

/// Creates the collection in a store.
pub fn create(store: &Store) {
    store.create(&name(), new()).unwrap();
}

/// Mends the tree across documents, whatever changed.
pub fn mend(live: &LiveCollection) -> Result<bool> {
    live.mend(&Context::unbounded(), Some(&Words::of("synthetic", WIDTH)), true)
}

/// Applies all that waits.
pub fn apply_all(live: &LiveCollection) {
    while !matches!(live.apply(&Context::unbounded(), None).unwrap(), Applied::Nothing) {}
}

/// Compacts until nothing is due.
pub fn compact(live: &LiveCollection) {
    while live.compact(&Context::unbounded()).unwrap() != Compacted::Nothing {}
}

/// What a collection should hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model(pub BTreeMap<String, Upsert>);

impl Model {
    /// What a change makes of it. Filters are those that `Change::DeleteMatching` of these tests has: `version < N`.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Upsert(upserts) => {
                self.0.extend(upserts.iter().map(|upsert| (upsert.document.id.clone(), upsert.clone())));
            }
            Change::Delete(ids) => self.0.retain(|id, _| !ids.contains(id)),
            Change::DeleteMatching(filter) => {
                let below = filter["value"].as_u64().unwrap();
                self.0.retain(|_, upsert| upsert.document.metadata["version"].as_u64().unwrap() >= below);
            }
        }
    }

    /// What should be read of a document.
    pub fn document(&self, id: &str) -> Option<StoredDocument> {
        let document = self.0.get(id)?.document.clone();
        let Document { id, title, text, metadata, .. } = document;
        Some(StoredDocument { id, title, text, metadata, passages: Some(1) })
    }

    /// Whether documents read as they should.
    pub fn is_what(&self, live: &LiveCollection, ids: &[String]) -> bool {
        ids.iter().all(|id| live.document(id).unwrap() == self.document(id))
    }

    /// Compares every document that there is or was, by reading and, once all is applied, by searching.
    pub fn compare(&self, live: &LiveCollection, ids: &[String]) {
        for id in ids {
            assert_eq!(live.document(id).unwrap(), self.document(id), "document {id}");
        }
    }

    /// Compares what searches find with what there is; all must be applied.
    pub fn compare_searches(&self, live: &LiveCollection) {
        let generation = live.generation();
        assert_eq!(generation.description().documents, self.0.len() as u64, "number of documents");
        assert_eq!(generation.description().passages, self.0.len() as u64, "number of passages");
        let query = vectors(&mut Noise::new(3), WIDTH, 4, 0.7);
        let request = SearchRequest::new(vec![query], 1000, Mode::Exhaustive);
        let hits = generation.search(&Context::unbounded(), &request).unwrap().hits;
        let mut found: Vec<(String, String)> =
            hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.text))).collect();
        found.sort();
        let expected: Vec<(String, String)> =
            self.0.iter().map(|(id, upsert)| (id.clone(), upsert.document.text.clone())).collect();
        assert_eq!(found, expected, "what a search finds");
    }
}

/// Deletes the documents of versions below a number.
pub fn delete_below(version: u64) -> Change {
    Change::DeleteMatching(json!({"field": "version", "op": "<", "value": version}))
}
