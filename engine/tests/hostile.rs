//! Files that are wrong on purpose: any bytes under correct checksums, hashes and seals. Nothing may panic.
//!
//! The test reads and writes the container by FORMAT.md alone, so it also shows that the page is enough.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::build::{BuildOptions, build_documents};
use maxsimd_engine::collection::Store;
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{Change, LiveCollection};
use maxsimd_engine::raptor::{Nodes, Raptor, Represent, Strategy};
use maxsimd_engine::search::{Mode, Pruning, Returns, Scope, SearchRequest};
use maxsimd_engine::split::{Budget, Splitting};
use maxsimd_engine::{Context, Error};
use support::words::{Words, document, story};
use support::{Noise, build, items, name, vectors};

const WIDTH: usize = 8;
const BLOCK: usize = 64 * 1024;

fn u64_at(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
}

/// Byte ranges of the sections, from the footer and the table.
fn sections(file: &[u8]) -> Vec<std::ops::Range<usize>> {
    let footer = file.len() - 64;
    let (table, count) = (u64_at(file, footer), u32::from_le_bytes(file[footer + 16..][..4].try_into().unwrap()));
    let entry = |n: u32| {
        let at = table + n as usize * 24;
        u64_at(file, at + 8)..u64_at(file, at + 8) + u64_at(file, at + 16)
    };
    (0..count).map(entry).collect()
}

/// Makes all checksums of a file right again.
fn seal(file: &mut [u8]) {
    let footer = file.len() - 64;
    let table = u64_at(file, footer);
    let count = u32::from_le_bytes(file[footer + 16..][..4].try_into().unwrap()) as usize;
    let checksums: Vec<u8> =
        file[..table].chunks(BLOCK).flat_map(|block| crc32c::crc32c(block).to_le_bytes()).collect();
    file[table + count * 24..][..checksums.len()].copy_from_slice(&checksums);
    let crc = crc32c::crc32c(&file[table..file.len() - 12]).to_le_bytes();
    file[footer + 52..][..4].copy_from_slice(&crc);
}

/// Puts a file in place of another under the name of its hash, and lets the manifest name it.
fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> PathBuf {
    let hash = blake3::hash(bytes).to_hex().to_string();
    let new = folder.join(format!("{hash}.{}", path.extension().unwrap().to_str().unwrap()));
    fs::remove_file(path).unwrap();
    fs::write(&new, bytes).unwrap();
    let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let (body, _) = manifest.rsplit_once("blake3 ").unwrap();
    let body = body.replace(path.file_stem().unwrap().to_str().unwrap(), &hash);
    let sealed = format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex());
    fs::write(folder.join("manifest.json"), sealed).unwrap();
    new
}

/// Everything that reads; errors are fine, panics are not.
fn use_it(root: &Path) -> usize {
    let store = Store::open(root).unwrap();
    let damage = store.verify(&Context::unbounded(), &name()).unwrap();
    let Ok(generation) = store.open_generation(&name()) else { return damage.len() };
    let query = vectors(&mut Noise::new(3), generation.description().width, 4, 0.5);
    let filter = Filter::parse("n >= 2 or not exists(n)", &generation.description().fields).ok();
    for mode in Mode::ALL {
        for pruning in [None, Some(Pruning::NONE)] {
            let (texts, filter) = (vec!["text of document 5".to_owned()], filter.clone().filter(|_| pruning.is_none()));
            let explain = mode != Mode::Bm25;
            let request = SearchRequest::new(vec![query.clone()], 9, mode);
            let request = SearchRequest { texts, filter, explain, pruning, ..request };
            if let Ok(reply) = generation.search(&Context::unbounded(), &request) {
                assert!(reply.hits.iter().all(|hit| hit.score.is_finite()));
            }
        }
    }
    for scope in [Scope::Summaries, Scope::All, Scope::Representations] {
        for (mode, per_layer) in [(Mode::Late, None), (Mode::Late, Some(3)), (Mode::Hybrid, None)] {
            let texts = vec!["w1 w2 w105".to_owned()];
            let request = SearchRequest::new(vec![query.clone()], 9, mode);
            let request = SearchRequest { texts, scope, per_layer, ..request };
            for returns in Returns::ALL {
                let _ = generation.search(&Context::unbounded(), &SearchRequest { returns, ..request.clone() });
            }
        }
    }
    let _ = (generation.layers(&Context::unbounded()), generation.tree_across(&Context::unbounded(), usize::MAX));
    let _ = (generation.tree("doc-5"), generation.tree("story"));
    damage.len()
}

/// Writes any bytes into the sections of a file, with right checksums, and uses the collection each time.
fn distort(root: &Path, kind: &str, rounds: usize) {
    let mut noise = Noise::new(0xdead_beef);
    let folder = root.join("synthetic");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let paths: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == kind)).collect();
    assert!(!paths.is_empty());
    paths.into_iter().for_each(|path| distort_file(root, path, &mut noise, rounds));
}

fn distort_file(root: &Path, mut path: PathBuf, noise: &mut Noise, rounds: usize) {
    let folder = root.join("synthetic");
    let sound = fs::read(&path).unwrap();
    let mut noticed = 0;
    for round in 0..rounds {
        let mut file = sound.clone();
        let places = sections(&file);
        let place = places[round % places.len()].clone();
        for _ in 0..=noise.below(3) {
            let at = place.start + noise.below(place.len().max(1));
            let extreme = [0, 1, 0x7f, 0x80, 0xff, noise.next() as u8][noise.below(6)];
            let end = (at + [1, 2, 4, 8][noise.below(4)]).min(place.end);
            file[at.min(end)..end].fill(extreme);
        }
        seal(&mut file);
        path = replace(&folder, &path, &file);
        noticed += usize::from(use_it(root) > 0);
    }
    println!("{}: {noticed} of {rounds} are noticed although all checksums are right", path.display());
    path = replace(&folder, &path, &sound);
    assert_eq!(use_it(root), 0, "{} is sound again", path.display());
}

#[test]
fn any_bytes_in_trees_give_errors_or_answers_but_no_panic() {
    for nodes in Nodes::ALL {
        let represent = (nodes == Nodes::Vectors).then_some(Represent::Sentence);
        let raptor = Raptor::new(Strategy::Gmm, nodes, 20).unwrap();
        let raptor = Some(Raptor { across: nodes == Nodes::Text, ..raptor });
        distort_trees(&BuildOptions { raptor, represent, router_from: 1, ..BuildOptions::default() });
    }
}

fn distort_trees(options: &BuildOptions) {
    let root = tempfile::tempdir().unwrap();
    let documents = [("story", 120), ("short", 1), ("other", 40)].map(|(id, length)| document(id, story(7, length)));
    let store = Store::open(root.path()).unwrap();
    let splitting = Splitting::Structure(Budget::new(24, 0).unwrap());
    let (target, encoder) = ((&store, &name()), Words::new());
    let how = (&encoder as _, splitting);
    build_documents(&Context::unbounded(), target, options, how, documents.into_iter(), &mut |_| ()).unwrap();
    distort(root.path(), "segment", 1500);
}

#[test]
fn any_bytes_under_correct_checksums_give_errors_or_answers_but_no_panic() {
    for kind in ["segment", "vectors", "router", "postings"] {
        let root = tempfile::tempdir().unwrap();
        let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
        build(root.path(), &items(8, 6, WIDTH, 2), &options).unwrap();
        distort(root.path(), kind, 600);
    }
}

#[test]
fn hostile_tables_and_footers_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    build(root.path(), &items(8, 6, WIDTH, 2), &options).unwrap();
    let folder = root.path().join("synthetic");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut path = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "segment")).unwrap();
    let sound = fs::read(&path).unwrap();
    let (table, end) = (u64_at(&sound, sound.len() - 64), sound.len());
    // Every eight bytes of table and footer, in turn, as large, as one too many, as nothing.
    for at in (table..end - 12).step_by(4) {
        for value in [u64::MAX, u64::MAX / 2, 1 << 32, end as u64 + 1, 0] {
            let mut file = sound.clone();
            let stop = (at + 8).min(end - 12);
            file[at..stop].copy_from_slice(&value.to_le_bytes()[..stop - at]);
            let tail = u64_at(&file, end - 64);
            if tail <= end - 64 {
                let crc = crc32c::crc32c(&file[tail..end - 12]).to_le_bytes();
                file[end - 12..end - 8].copy_from_slice(&crc);
            }
            path = replace(&folder, &path, &file);
            use_it(root.path());
        }
    }
}

#[test]
fn a_manifest_with_values_that_cannot_be_is_refused_whatever_reads_it() {
    let root = tempfile::tempdir().unwrap();
    build(root.path(), &items(8, 6, WIDTH, 2), &BuildOptions::default()).unwrap();
    let path = root.path().join("synthetic/manifest.json");
    let (sound, store) = (fs::read_to_string(&path).unwrap(), Store::open(root.path()).unwrap());
    let (body, _) = sound.rsplit_once("blake3 ").unwrap();
    let trees =
        |tokens| format!(r#"{{"clustering": "windows", "nodes": "text", "tokens": {tokens}, "across": false}}"#);
    for (field, value) in [
        ("generation", u64::MAX.to_string()),
        ("next_passage_key", u64::MAX.to_string()),
        ("applied", u64::MAX.to_string()),
        ("raptor", trees(0)),
        ("raptor", trees(usize::MAX)),
    ] {
        let mut manifest: serde_json::Value = serde_json::from_str(body).unwrap();
        manifest[field] = serde_json::from_str(&value).unwrap();
        let body = manifest.to_string();
        fs::write(&path, format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex())).unwrap();
        let refused = |error: Error| assert!(matches!(error, Error::Corrupt { .. }), "{field} {value}: {error}");
        refused(store.open_generation(&name()).unwrap_err());
        refused(store.log(&name()).unwrap_err());
        refused(LiveCollection::open(&store, &name()).unwrap_err());
        refused(store.verify(&Context::unbounded(), &name()).unwrap().remove(0).error);
    }
}

/// The bytes of a section, by its number in the table.
fn section(file: &[u8], number: u32) -> std::ops::Range<usize> {
    let table = u64_at(file, file.len() - 64);
    let numbers = file[table..].chunks(24).map(|entry| u32::from_le_bytes(entry[..4].try_into().unwrap()));
    numbers.zip(sections(file)).find(|(found, _)| *found == number).unwrap().1
}

#[test]
fn damage_under_correct_checksums_that_only_merging_meets_is_an_error() {
    const PASSAGES: u32 = 5;
    const CENTROID_IDS: u32 = 13;
    for (kind, number, word) in [("postings", CENTROID_IDS, 0..2), ("segment", PASSAGES, 16..20)] {
        let root = tempfile::tempdir().unwrap();
        let options = BuildOptions { router_from: 1, ..BuildOptions::default() };
        build(root.path(), &items(8, 6, WIDTH, 2), &options).unwrap();
        let folder = root.path().join("synthetic");
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let path = files.into_iter().find(|path| path.extension().is_some_and(|e| e == kind)).unwrap();
        let mut file = fs::read(&path).unwrap();
        let start = section(&file, number).start;
        file[start + word.start..start + word.end].fill(0xff);
        seal(&mut file);
        replace(&folder, &path, &file);
        let store = Store::open(root.path()).unwrap();
        let live = LiveCollection::open(&store, &name()).unwrap();
        live.submit(Change::Delete(vec!["doc-5".to_owned()]), None).unwrap();
        live.apply(&Context::unbounded(), None).unwrap();
        let error = live.compact_all(&Context::unbounded()).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. } | Error::Invalid { .. }), "{kind}: {error}");
    }
}
