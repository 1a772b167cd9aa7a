//! The documents of a list of inputs, one after another.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use maxsimd_engine::{Document, TextFormat};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::extract::Extracted;
use super::inventory::{Entry, list};
use super::jsonl::Records;
use super::kind::Kind;
use super::{Limits, Plan, PlannedFile, ReadError, SkipReason, Skipped, child, html, plain, title};

/// What reading gives, step by step.
#[derive(Debug)]
pub enum Item {
    /// A document.
    Document(Document),
    /// A file or line that gave none.
    Skipped(Skipped),
}

/// Iterator over the documents of inputs, in a fixed order: inputs as given, folders by name, records by line.
/// Holds one document at a time, and 16 bytes for every id so far.
#[derive(Debug)]
pub struct Source {
    entries: VecDeque<Entry>,
    plan: Plan,
    limits: Limits,
    records: Option<(PathBuf, Records)>,
    seen: HashSet<u128>,
    consumed: Arc<AtomicU64>,
}

impl Source {
    /// Lists the inputs, which must exist; reads no file yet.
    pub fn open(inputs: &[PathBuf], limits: Limits) -> Result<Self, ReadError> {
        let entries = list(inputs)?;
        let file = |entry: &Entry| match entry {
            Entry::File(file) => Some(file.clone()),
            Entry::Skipped(_) => None,
        };
        let plan = Plan { files: entries.iter().filter_map(file).collect() };
        Ok(Self {
            entries: entries.into(),
            plan,
            limits,
            records: None,
            seen: HashSet::new(),
            consumed: Arc::default(),
        })
    }

    /// The files that are read, with their sizes.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Bytes of the plan's files read so far.
    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }

    fn next_record(&mut self) -> Option<Item> {
        let (path, records) = self.records.as_mut()?;
        let Some((line, record)) = records.next() else {
            self.records = None;
            return None;
        };
        let path = path.clone();
        Some(self.unique(path, Some(line), record))
    }

    /// The next file's document or skip; none if the file is JSONL, whose records follow.
    fn next_file(&mut self, file: PlannedFile) -> Option<Item> {
        if let Kind::Jsonl | Kind::JsonlGz = file.kind {
            let gzip = file.kind == Kind::JsonlGz;
            return match Records::open(&file.path, gzip, self.limits.line_bytes, Arc::clone(&self.consumed)) {
                Ok(records) => {
                    self.records = Some((file.path, records));
                    None
                }
                Err(reason) => Some(Item::Skipped(Skipped { path: file.path, line: None, reason })),
            };
        }
        self.consumed.fetch_add(file.bytes, Ordering::Relaxed);
        let document = read(&file.path, file.kind, &self.limits).map(|(extracted, format)| {
            let title = extracted.title.unwrap_or_else(|| title::of_file(&file.path));
            let metadata = metadata(&file.id, file.kind);
            Document { id: file.id, title, text: extracted.text, format, metadata }
        });
        Some(self.unique(file.path, None, document))
    }

    fn unique(&mut self, path: PathBuf, line: Option<u64>, read: Result<Document, SkipReason>) -> Item {
        let unique = read.and_then(|document| match self.seen.insert(digest(&document.id)) {
            true => Ok(document),
            false => Err(SkipReason::DuplicateId(document.id)),
        });
        match unique {
            Ok(document) => Item::Document(document),
            Err(reason) => Item::Skipped(Skipped { path, line, reason }),
        }
    }
}

impl Iterator for Source {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.next_record() {
                return Some(item);
            }
            match self.entries.pop_front()? {
                Entry::Skipped(skipped) => return Some(Item::Skipped(skipped)),
                Entry::File(file) => {
                    if let Some(item) = self.next_file(file) {
                        return Some(item);
                    }
                }
            }
        }
    }
}

fn read(path: &Path, kind: Kind, limits: &Limits) -> Result<(Extracted, TextFormat), SkipReason> {
    match kind {
        Kind::Html => html::read(path, limits).map(|extracted| (extracted, TextFormat::Markdown)),
        Kind::Pdf => child::extract(path, child::Parser::Pdf, limits).map(|extracted| (extracted, TextFormat::Plain)),
        Kind::Docx => {
            child::extract(path, child::Parser::Docx, limits).map(|extracted| (extracted, TextFormat::Markdown))
        }
        _ => plain::read(path, kind, limits),
    }
}

fn metadata(id: &str, kind: Kind) -> Map<String, Value> {
    [("path", id), ("type", kind.name())].map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect()
}

/// Half of a SHA-256: ids by the million take little room, and no two are ever mistaken for each other.
fn digest(id: &str) -> u128 {
    let hash = Sha256::digest(id);
    hash.iter().take(16).fold(0, |digest, &byte| digest << 8 | u128::from(byte))
}
