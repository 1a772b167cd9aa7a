//! Damage to a live collection is detected: in segments, tombstones, router and manifest as in its log. An answer is the
//! right one or an error, whichever byte is flipped, wherever a file ends, and whichever file is gone.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::Store;
use maxsimd_engine::live::{Change, LiveCollection};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Result, TokenMatrix};
use support::live::{WIDTH, apply_all, upsert};
use support::{Noise, build, items, name, vectors};
use tempfile::TempDir;

/// Every byte is flipped. Files of several kilobytes are cut to every length that ends in the header, or in the table of
/// sections, the checksums or the footer, and between these to one length in so many.
const ENDS: (usize, usize) = (64, 640);
const STRIDE: usize = 13;
const SMALL: usize = 2048;

/// A collection at rest.
struct Rest {
    folder: TempDir,
    query: TokenMatrix,
}

/// What one damaged state of the folder answers.
#[derive(Debug, PartialEq)]
struct Answers(Vec<Result<String, String>>);

fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn upserts(ids: &[&str], version: u64) -> Change {
    Change::Upsert(ids.iter().map(|id| upsert(id, version)).collect())
}

impl Rest {
    /// A router, three segments, tombstones and three files of the log; the last changes are applied or wait.
    fn new(applied: bool) -> Self {
        let folder = folder();
        let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
        build(folder.path(), &items(8, 6, WIDTH, 2), &options).unwrap();
        let rest = Self { folder, query: vectors(&mut Noise::new(3), WIDTH, 4, 0.5) };
        let batches = [
            vec![upserts(&["doc-0", "new-1"], 1)],
            vec![Change::Delete(vec!["doc-1".to_owned()]), upserts(&["new-2"], 2)],
            vec![upserts(&["new-2"], 3), Change::Delete(vec!["doc-2".to_owned()]), upserts(&["new-3"], 4)],
        ];
        for (at, batch) in batches.into_iter().enumerate() {
            let live = rest.open().unwrap();
            for change in batch {
                live.submit(change, None).unwrap();
            }
            if applied || at < 2 {
                apply_all(&live);
            }
        }
        rest
    }

    fn store(&self) -> Store {
        Store::open(self.folder.path()).unwrap()
    }

    fn open(&self) -> Result<LiveCollection> {
        LiveCollection::open(&self.store(), &name())
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder.path().join("synthetic")).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<PathBuf> = files.filter(|path| path.file_name().unwrap() != "lock").collect();
        files.sort();
        files
    }

    /// Every document, and what each mode finds, down to the bits of the scores.
    fn answers(&self) -> Answers {
        let live = match self.open() {
            Ok(live) => live,
            Err(error) => return Answers(vec![Err(error.to_string())]),
        };
        let ids = ["doc-0", "doc-1", "doc-2", "doc-3", "new-1", "new-2", "new-3", "absent"];
        let documents = ids.iter().map(|id| Ok(format!("{:?}", live.document(id)?)));
        let generation = live.generation();
        let search = |mode| {
            let texts = vec!["text of a document or a version".to_owned()];
            let request = SearchRequest::new(vec![self.query.clone()], 4, mode);
            let request = SearchRequest { texts, explain: mode != Mode::Bm25, ..request };
            let reply = generation.search(&Context::unbounded(), &request)?;
            Ok(format!("{:?}", reply.hits))
        };
        let modes = [Mode::Late, Mode::Exhaustive, Mode::Exact, Mode::Bm25].into_iter().map(search);
        Answers(documents.chain(modes).map(|answer: Result<String>| answer.map_err(|e| e.to_string())).collect())
    }

    /// What `verify` finds, each with the file it names and whether it names a section.
    fn found(&self) -> Vec<(PathBuf, bool)> {
        match self.store().verify(&Context::unbounded(), &name()) {
            Ok(found) => found.into_iter().map(|damage| (damage.path, names_section(&damage.error))).collect(),
            Err(Error::CollectionNotFound { .. }) => vec![(self.folder.path().join("synthetic/manifest.json"), false)],
            Err(error) => panic!("{error}"),
        }
    }
}

fn names_section(error: &Error) -> bool {
    match error {
        Error::Corrupt { section, .. } => !section.is_empty(),
        Error::Version { .. } => true,
        _ => false,
    }
}

/// Puts other bytes in place of a file, as rename does; readers of the old one are not disturbed.
fn replace(path: &Path, bytes: &[u8]) {
    let other = path.with_extension("damaged");
    fs::write(&other, bytes).unwrap();
    fs::rename(&other, path).unwrap();
}

fn is_log(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "log")
}

/// Lengths that a file is cut to.
fn lengths(length: usize) -> impl Iterator<Item = usize> {
    let (head, tail) = ENDS;
    (0..length).filter(move |at| length <= SMALL || *at < head || *at + tail >= length || at % STRIDE == 0)
}

/// Bytes with one damage each, and what it is.
fn damages(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> + '_ {
    let flipped = (0..bytes.len()).map(|at| {
        let flip = [0xff, 1 << (at % 8)][at % 2];
        let mut damaged = bytes.to_vec();
        damaged[at] ^= flip;
        (format!("byte {at} ^ {flip:02x}"), damaged)
    });
    let cut = lengths(bytes.len()).map(|length| (format!("cut to {length} bytes"), bytes[..length].to_vec()));
    flipped.chain(cut)
}

/// Answers that are there must be the right ones.
fn compare(now: &Answers, sound: &Answers, what: &str) {
    for (now, sound) in now.0.iter().zip(&sound.0) {
        if now.is_ok() {
            assert_eq!(now, sound, "{what} changes an answer");
        }
    }
}

/// Every damage to some of the files: `half` of `halves`.
fn damage_all(half: usize, halves: usize) {
    let rest = Rest::new(true);
    let sound = rest.answers();
    assert!(sound.0.len() == 12 && sound.0.iter().all(Result::is_ok), "{sound:?}");
    assert_eq!(rest.found(), [], "sound files");
    let files = rest.files();
    let of_kind = |kind: &str| files.iter().filter(|path| path.extension().is_some_and(|e| e == kind)).count();
    assert_eq!(["segment", "log", "router", "tombstones"].map(of_kind), [4, 3, 1, 1]);
    let mut checked = 0;
    for path in files.iter().skip(half).step_by(halves) {
        let bytes = fs::read(path).unwrap();
        for (what, damaged) in damages(&bytes) {
            let what = format!("{}: {what}", path.file_name().unwrap().display());
            replace(path, &damaged);
            let found = rest.found();
            assert!(found.iter().any(|(named, section)| named == path && *section), "{what}: {found:?}");
            compare(&rest.answers(), &sound, &what);
            checked += 1;
        }
        replace(path, &bytes);
        println!("{}: {} bytes", path.file_name().unwrap().display(), bytes.len());
    }
    assert_eq!(rest.found(), [], "sound files");
    println!("{checked} damages");
}

#[test]
fn damage_is_found_and_never_changes_an_answer_in_one_half_of_the_files() {
    damage_all(0, 2);
}

#[test]
fn damage_is_found_and_never_changes_an_answer_in_the_other_half_of_the_files() {
    damage_all(1, 2);
}

#[test]
fn damage_to_a_log_that_is_not_applied_is_found_or_taken_for_a_torn_tail() {
    let rest = Rest::new(false);
    let sound = rest.answers();
    let path = rest.files().into_iter().rfind(|path| is_log(path)).unwrap();
    let bytes = fs::read(&path).unwrap();
    // What a torn tail may leave: no change, one, two or all three.
    let mut states = Vec::new();
    let mut torn = 0;
    for (what, damaged) in damages(&bytes) {
        replace(&path, &damaged);
        let (found, now) = (rest.found(), rest.answers());
        if now.0.len() == 1 {
            assert!(found.iter().any(|(named, section)| named == &path && *section), "{what}: {found:?}");
        } else if now != sound {
            torn += usize::from(!what.starts_with("cut"));
            if !states.contains(&now) {
                states.push(now);
            }
        }
    }
    assert!(states.len() == 3 && states.iter().flat_map(|state| &state.0).all(Result::is_ok), "{states:?}");
    assert!(torn <= 16, "{torn} flipped bytes are taken for a torn tail");
}

#[test]
fn a_missing_file_is_found_and_never_changes_an_answer() {
    let rest = Rest::new(true);
    let sound = rest.answers();
    let files = rest.files();
    let oldest = files.iter().find(|path| is_log(path)).unwrap();
    for path in &files {
        let bytes = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        let found = rest.found();
        let what = format!("without {}", path.display());
        compare(&rest.answers(), &sound, &what);
        // The build's facts say how long it took; files of the log are forgotten, the oldest first.
        if path != oldest && !path.ends_with("build.json") {
            let named = |(named, _): &(PathBuf, bool)| named == path || is_log(path) && is_log(named);
            assert!(found.iter().any(named), "{what}: {found:?}");
        }
        fs::write(path, bytes).unwrap();
    }
    assert_eq!(rest.found(), [], "sound files");
}
