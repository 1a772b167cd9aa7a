//! Collections that releases wrote, kept as they are: each is read, searched and written on by this release, or refused
//! by its version. `fixtures/frozen/README.md` says how one is made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::collection::{CollectionName, EncoderId, Generation, Store};
use maxsimd_engine::encode::Encoder;
use maxsimd_engine::filter::{FieldType, Filter};
use maxsimd_engine::live::{Applied, Change, LiveCollection, NewCollection, StoredDocument, Upsert};
use maxsimd_engine::raptor::{Nodes, Raptor, Represent, Strategy};
use maxsimd_engine::search::{Mode, Scope, SearchRequest};
use maxsimd_engine::split::{Budget, Splitting};
use maxsimd_engine::{Context, Document, Error, Result, TextFormat, TokenMatrix};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::support::words::{WIDTH, Words, story};

/// Folder of the collection that this build froze.
const NEWEST: &str = "v5";
/// Text of its query.
const TEXT: &str = "Version 2 of ropes and w3105";

/// What a frozen collection has to say.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Expected {
    documents: BTreeMap<String, Kept>,
    deleted: Vec<String>,
    /// Acknowledged and not applied.
    waiting: BTreeMap<String, Kept>,
    /// One query token after the other.
    query: Vec<f32>,
    text: String,
    searches: Vec<Search>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    title: String,
    text: String,
    metadata: Map<String, Value>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Search {
    mode: String,
    scope: String,
    filter: Option<String>,
    /// Passages and nodes.
    hits: Vec<(String, f32)>,
}

fn frozen(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/frozen").join(version)
}

fn name() -> CollectionName {
    CollectionName::parse("frozen").unwrap()
}

impl From<StoredDocument> for Kept {
    fn from(StoredDocument { title, text, metadata, .. }: StoredDocument) -> Self {
        Self { title, text, metadata }
    }
}

impl Expected {
    fn read(version: &str) -> Self {
        serde_json::from_slice(&fs::read(frozen(version).join("expected.json")).unwrap()).unwrap()
    }

    fn answer(&self, generation: &Generation, search: &Search) -> Result<Vec<(String, f32)>> {
        let queries = vec![TokenMatrix::new(WIDTH, self.query.clone())?];
        let fields = &generation.description().fields;
        let filter = search.filter.as_ref().map(|filter| Filter::parse(filter, fields)).transpose()?;
        let request = SearchRequest::new(queries, 10, search.mode.parse::<Mode>()?);
        let request = SearchRequest { texts: vec![self.text.clone()], scope: search.scope.parse()?, filter, ..request };
        let hits = generation.search(&Context::unbounded(), &request)?.hits;
        Ok(hits.into_iter().map(|hit| (hit.passage_id, hit.score)).collect())
    }

    /// Compares what a generation has and finds.
    fn compare(&self, generation: &Generation) {
        assert_eq!(generation.description().documents, self.documents.len() as u64);
        for (id, kept) in &self.documents {
            assert_eq!(generation.stored_document(id).unwrap().map(Kept::from).as_ref(), Some(kept), "{id}");
        }
        for id in self.deleted.iter().chain(self.waiting.keys()) {
            assert_eq!(generation.stored_document(id).unwrap(), None, "{id}");
        }
        for search in &self.searches {
            let found = self.answer(generation, search).unwrap();
            let ids = |hits: &[(String, f32)]| hits.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&found), ids(&search.hits), "{search:?}");
            // Kernels add in different orders.
            let near = found.iter().zip(&search.hits).all(|(a, b)| (a.1 - b.1).abs() < 1e-3);
            assert!(near, "{found:?} for {search:?}");
        }
    }
}

/// A copy that may be written to.
fn copy(version: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("frozen")).unwrap();
    for entry in fs::read_dir(frozen(version).join("frozen")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, copy.path().join("frozen").join(path.file_name().unwrap())).unwrap();
    }
    copy
}

fn listing(version: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(frozen(version).join("frozen")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    files
}

#[test]
fn a_frozen_collection_is_sound_and_answers_as_it_did_and_reading_writes_nothing() {
    let (before, store) = (listing(NEWEST), Store::open(frozen(NEWEST)).unwrap());
    assert!(before.iter().map(|path| fs::metadata(path).unwrap().len()).sum::<u64>() < 80_000);
    let found = store.verify(&Context::unbounded(), &name()).unwrap();
    assert!(found.is_empty(), "{found:?}");
    let generation = store.open_generation(&name()).unwrap();
    let description = generation.description();
    assert_eq!(description.segments, 2);
    assert!(description.deleted_passages > 0 && description.nodes > 0 && description.representations > 0);
    let coverage = generation.coverage(&Context::unbounded()).unwrap().unwrap();
    assert_eq!((coverage.nodes, coverage.gone), (1, 1));
    Expected::read(NEWEST).compare(&generation);
    let log = store.log(&name()).unwrap();
    assert_eq!((log.files, log.applied, log.waiting), (1, 3, 1));
    assert_eq!(listing(NEWEST), before);
}

#[test]
fn a_frozen_collection_is_written_on() {
    let copy = copy(NEWEST);
    let store = Store::open(copy.path()).unwrap();
    let live = LiveCollection::open(&store, &name()).unwrap();
    let expected = Expected::read(NEWEST);
    expected.compare(&live.generation());
    apply_all(&live);
    assert!(live.mend(&Context::unbounded(), Some(&Words::new()), true).unwrap());
    live.compact_all(&Context::unbounded()).unwrap();
    for (id, kept) in expected.documents.iter().chain(&expected.waiting) {
        assert_eq!(live.document(id).unwrap().map(Kept::from).as_ref(), Some(kept), "{id}");
    }
    assert_eq!(live.generation().description().deleted_passages, 0);
    drop(live);
    assert!(store.verify(&Context::unbounded(), &name()).unwrap().is_empty());
}

/// The same bytes, saying that they are of another version.
fn of_version(path: &Path, version: u32) {
    let mut bytes = fs::read(path).unwrap();
    let end = bytes.len();
    match path.extension().and_then(|extension| extension.to_str()).unwrap() {
        "json" => {
            let text = String::from_utf8(bytes).unwrap();
            let body =
                text.rsplit_once("blake3 ").unwrap().0.replace("\"format\": 5", &format!("\"format\": {version}"));
            bytes = format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex()).into_bytes();
        }
        "log" => {
            bytes[8..12].copy_from_slice(&version.to_le_bytes());
            let crc = crc32c::crc32c(&bytes[..60]).to_le_bytes();
            bytes[60..64].copy_from_slice(&crc);
        }
        _ => {
            bytes[8..12].copy_from_slice(&version.to_le_bytes());
            bytes[end - 40..end - 36].copy_from_slice(&version.to_le_bytes());
            let table = u64::from_le_bytes(bytes[end - 64..end - 56].try_into().unwrap()) as usize;
            let crc = crc32c::crc32c(&bytes[table..end - 12]).to_le_bytes();
            bytes[end - 12..end - 8].copy_from_slice(&crc);
        }
    }
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn files_of_an_older_version_are_refused_by_their_version() {
    let names: Vec<PathBuf> = listing(NEWEST).iter().map(|path| path.file_name().unwrap().into()).collect();
    assert_eq!(names.len(), 6, "manifest, two segments, the tree across documents, tombstones, log");
    for file in names {
        let copy = copy(NEWEST);
        of_version(&copy.path().join("frozen").join(&file), 4);
        let store = Store::open(copy.path()).unwrap();
        let error = LiveCollection::open(&store, &name()).unwrap_err();
        let Error::Version { path, found: 4, supported: 5 } = &error else { panic!("{}: {error}", file.display()) };
        assert_eq!(path.file_name(), Some(file.as_os_str()));
        let found = store.verify(&Context::unbounded(), &name()).unwrap();
        assert!(found.iter().any(|damage| matches!(damage.error, Error::Version { found: 4, .. })), "{found:?}");
    }
}

fn apply_all(live: &LiveCollection) {
    while !matches!(live.apply(&Context::unbounded(), Some(&Words::new())).unwrap(), Applied::Nothing) {}
}

fn document(number: u64, version: u64) -> Upsert {
    let metadata = json!({"year": 2000 + number, "lang": if number.is_multiple_of(2) { "en" } else { "de" },
        "draft": number == 3, "rank": number as f64 / 4.0, "day": format!("2026-01-{:02}", number + 1)});
    let document = Document {
        id: format!("note-{number}"),
        title: format!("Note {number}"),
        text: format!(
            "Version {version} of a note about {} and tides. {}",
            ["harbours", "lamps", "ropes"][number as usize % 3],
            story(number % 3, number as usize % 4 * 3)
        ),
        format: TextFormat::Plain,
        metadata: metadata.as_object().unwrap().clone(),
    };
    Upsert { document, vectors: None }
}

fn kept(upsert: Upsert) -> (String, Kept) {
    let Document { id, title, text, metadata, .. } = upsert.document;
    (id, Kept { title, text, metadata })
}

/// Writes `fixtures/frozen` for the version that this build writes; a released version is never written again.
#[test]
#[ignore = "writes fixtures"]
fn freeze() {
    let root = frozen(NEWEST);
    if root.exists() {
        fs::remove_dir_all(&root).unwrap();
    }
    fs::create_dir_all(&root).unwrap();
    let store = Store::open(&root).unwrap();
    let encoder = Words::new();
    let id = EncoderId::of(&encoder);
    let raptor = Raptor { across: true, ..Raptor::new(Strategy::Windows, Nodes::Vectors, 12).unwrap() };
    let mut new = NewCollection {
        splitting: Splitting::Structure(Budget::new(24, 0).unwrap()),
        raptor: Some(raptor),
        represent: Some(Represent::Summary),
        ..NewCollection::of(id, WIDTH)
    };
    new.fields.declare("day", FieldType::Date).unwrap();
    store.create(&name(), new).unwrap();
    let live = LiveCollection::open(&store, &name()).unwrap();
    let submit = |change| live.submit(change, None).unwrap();
    submit(Change::Upsert((0..10).map(|number| document(number, 1)).collect()));
    apply_all(&live);
    submit(Change::Upsert((9..12).map(|number| document(number, 2)).collect()));
    apply_all(&live);
    assert!(live.mend(&Context::unbounded(), Some(&encoder), true).unwrap());
    submit(Change::Delete(vec!["note-1".to_owned()]));
    apply_all(&live);
    submit(Change::Upsert(vec![document(12, 1)]));
    let mut expected = Expected {
        documents: (0..12).filter(|n| *n != 1).map(|n| kept(document(n, 1 + n / 9))).collect(),
        deleted: vec!["note-1".to_owned()],
        waiting: [kept(document(12, 1))].into(),
        query: encoder.encode_queries(&Context::unbounded(), &[TEXT]).unwrap()[0].vectors.values().to_vec(),
        text: TEXT.to_owned(),
        searches: Vec::new(),
    };
    for mode in ["late", "exhaustive", "bm25", "hybrid"] {
        for filter in [None, Some("year >= 2003 and lang = 'en' and not draft and day < '2026-01-06'")] {
            // Representations are not found by words.
            let worded = |scope: &Scope| *scope != Scope::Representations || ["late", "exhaustive"].contains(&mode);
            for scope in Scope::ALL.into_iter().filter(worded).map(|scope| scope.to_string()) {
                let filter = filter.map(str::to_owned);
                let mut search = Search { mode: mode.to_owned(), scope, filter, hits: Vec::new() };
                search.hits = expected.answer(&live.generation(), &search).unwrap();
                expected.searches.push(search);
            }
        }
    }
    drop(live);
    fs::remove_file(root.join("frozen/lock")).unwrap();
    fs::remove_file(root.join("names.lock")).unwrap();
    fs::write(root.join("expected.json"), serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
    expected.compare(&store.open_generation(&name()).unwrap());
}
