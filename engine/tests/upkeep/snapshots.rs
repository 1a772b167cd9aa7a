//! Snapshots: what is restored is what was there; whatever else comes in is refused and leaves nothing behind.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::{Change, LiveCollection, OperationState};
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Result};

use super::support::live::{Model, Unsynced, apply_all, compact, create, name, upsert};
use super::support::{self, Noise, build, items, vectors};

/// Bytes of a snapshot's header.
const HEADER: usize = 64;

fn restored() -> CollectionName {
    CollectionName::parse("restored").unwrap()
}

fn unsynced(root: &Path) -> Store {
    Store::on(Arc::new(Unsynced), root).unwrap()
}

fn snapshot(store: &Store, name: &CollectionName) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = store.open_generation(name).unwrap().snapshot(&Context::unbounded(), &mut bytes).unwrap();
    assert_eq!(written, bytes.len() as u64);
    bytes
}

fn restore(store: &Store, mut bytes: &[u8]) -> Result<maxsimd_engine::collection::Description> {
    store.restore(&Context::unbounded(), &restored(), &mut bytes)
}

/// A small snapshot with a file of every kind but tombstones.
fn small() -> Vec<u8> {
    let root = tempfile::tempdir().unwrap();
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    build(root.path(), &items(8, 4, 8, 2), &options).unwrap();
    snapshot(&unsynced(root.path()), &support::name())
}

fn refused(store: &Store, root: &Path, bytes: &[u8], what: &str) {
    match restore(store, bytes) {
        Err(Error::Corrupt { section, .. }) if !section.is_empty() => {}
        Err(Error::Version { .. }) => {}
        other => panic!("{what}: {other:?}"),
    }
    let left: Vec<_> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "names.lock"), "{what} leaves {left:?}");
}

#[test]
fn a_live_collection_goes_on_elsewhere_as_it_was() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = unsynced(root.path());
    create(&store);
    let live = LiveCollection::open(&store, &name()).unwrap();
    let mut model = Model::default();
    let mut submit = |live: &LiveCollection, change: Change| {
        model.apply(&change);
        live.submit(change, None).unwrap();
        apply_all(live);
        model.clone()
    };
    let ids: Vec<String> = (0..30).map(|number| format!("doc-{number}")).collect();
    for (version, ids) in ids.chunks(5).enumerate() {
        submit(&live, Change::Upsert(ids.iter().map(|id| upsert(id, version as u64)).collect()));
    }
    let taken = submit(&live, Change::Delete(ids[3..9].to_vec()));
    let generation = live.generation();
    // The collection goes on, and removes the files that the snapshot is taken of.
    submit(&live, Change::Upsert(vec![upsert("later", 9)]));
    compact(&live);
    live.compact_all(&Context::unbounded()).unwrap();
    let mut bytes = Vec::new();
    generation.snapshot(&Context::unbounded(), &mut bytes).unwrap();

    let store = unsynced(elsewhere.path());
    let description = restore(&store, &bytes).unwrap();
    assert_eq!(description.name, restored());
    assert_eq!((description.documents, description.deleted_passages), (24, generation.description().deleted_passages));
    assert!(store.verify(&Context::unbounded(), &restored()).unwrap().is_empty());
    let live = LiveCollection::open(&store, &restored()).unwrap();
    taken.compare(&live, &ids);
    taken.compare_searches(&live);
    // A log that begins anew, keys that go on.
    let receipt = live.submit(Change::Upsert(vec![upsert("doc-1", 50)]), None).unwrap();
    assert_eq!(receipt.operation, 1);
    assert!(matches!(live.operation(1), Some((OperationState::Pending { ahead: 0 }, 1))));
    apply_all(&live);
    let mut expected = taken;
    expected.apply(&Change::Upsert(vec![upsert("doc-1", 50)]));
    expected.compare_searches(&live);
    drop(live);
    assert!(store.verify(&Context::unbounded(), &restored()).unwrap().is_empty());
}

#[test]
fn a_restored_collection_answers_like_the_first_and_its_snapshot_is_the_same() {
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    build(root.path(), &items(8, 300, 16, 6), &options).unwrap();
    let bytes = snapshot(&unsynced(root.path()), &support::name());
    let store = unsynced(elsewhere.path());
    restore(&store, &bytes).unwrap();
    assert_eq!(snapshot(&store, &restored()), bytes);
    let answers = |store: &Store, name: &CollectionName| -> Vec<String> {
        let generation = store.open_generation(name).unwrap();
        let answer = |mode| {
            let texts = vec!["document 7".to_owned()];
            let request = SearchRequest::new(vec![vectors(&mut Noise::new(5), 16, 4, 0.5)], 9, mode);
            let request = SearchRequest { texts, ..request };
            format!("{:?}", generation.search(&Context::unbounded(), &request).unwrap().hits)
        };
        Mode::ALL.into_iter().map(answer).collect()
    };
    assert_eq!(answers(&store, &restored()), answers(&unsynced(root.path()), &support::name()));
    let again = restore(&store, &bytes).unwrap_err();
    assert!(matches!(again, Error::CollectionExists { .. }), "{again}");
    assert!(store.verify(&Context::unbounded(), &restored()).unwrap().is_empty());
}

#[test]
fn every_flipped_byte_and_every_truncation_is_refused_and_leaves_nothing() {
    let bytes = small();
    let root = tempfile::tempdir().unwrap();
    let store = unsynced(root.path());
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        refused(&store, root.path(), &damaged, &format!("byte {at} flipped"));
        refused(&store, root.path(), &bytes[..at], &format!("cut to {at} bytes"));
    }
    refused(&store, root.path(), &[&bytes[..], &[0]].concat(), "a byte more");
    restore(&store, &bytes).unwrap();
}

/// Makes the header's checksum right again.
fn seal(bytes: &mut [u8]) {
    let crc = crc32c::crc32c(&bytes[..HEADER - 4]).to_le_bytes();
    bytes[HEADER - 4..HEADER].copy_from_slice(&crc);
}

/// The snapshot with its manifest changed and sealed again.
fn with_manifest(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[24..32].try_into().unwrap()) as usize;
    let manifest = std::str::from_utf8(&bytes[HEADER..HEADER + length]).unwrap();
    let body = change(manifest.rsplit_once("blake3 ").unwrap().0);
    let manifest = format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex());
    let mut made = [&bytes[..HEADER], manifest.as_bytes(), &bytes[HEADER + length..]].concat();
    made[24..32].copy_from_slice(&(manifest.len() as u64).to_le_bytes());
    let total = made.len() as u64;
    made[16..24].copy_from_slice(&total.to_le_bytes());
    seal(&mut made);
    made
}

#[test]
fn headers_and_lengths_that_lie_are_refused_before_anything_is_reserved() {
    let bytes = small();
    let root = tempfile::tempdir().unwrap();
    let store = unsynced(root.path());
    let manifest = u64::from_le_bytes(bytes[24..32].try_into().unwrap()) as usize;
    let gibibyte = 1u64 << 30;
    // Total, manifest, number of files, as much as can be said and as little.
    for place in [16, 24, 32] {
        for value in [0, 1, gibibyte, u64::MAX / 2, u64::MAX] {
            let mut lying = bytes.clone();
            lying[place..place + 8].copy_from_slice(&value.to_le_bytes());
            seal(&mut lying);
            let full = matches!(restore(&store, &lying), Err(Error::Io { source, .. })
                if source.kind() == std::io::ErrorKind::StorageFull);
            assert_eq!(full, place == 16 && value > 1 << 60, "{value} at {place}");
            if !full {
                refused(&store, root.path(), &lying, &format!("{value} at {place}"));
            }
        }
    }
    // The first file's length, with a total that would allow it.
    for value in [0, gibibyte / 2, gibibyte, 1 << 50, u64::MAX] {
        let mut lying = bytes.clone();
        lying[16..24].copy_from_slice(&gibibyte.to_le_bytes());
        lying[HEADER + manifest..][..8].copy_from_slice(&u64::to_le_bytes(value));
        seal(&mut lying);
        refused(&store, root.path(), &lying, &format!("a file of {value} bytes"));
    }
}

#[test]
fn manifests_that_lie_are_refused() {
    let bytes = small();
    let root = tempfile::tempdir().unwrap();
    let store = unsynced(root.path());
    assert_eq!(with_manifest(&bytes, str::to_owned), bytes);
    let lies = [
        ("\"next_passage_key\": 4", "\"next_passage_key\": 3"),
        ("\"next_passage_key\": 4", "\"next_passage_key\": 18446744073709551615"),
        ("\"generation\": 1", "\"generation\": 18446744073709551615"),
        ("\"width\": 8", "\"width\": 16"),
        ("\"bits\": 2", "\"bits\": 4"),
        ("\"segment\": \"", "\"segment\": \"../"),
        ("\"format\": 5", "\"format\": 4"),
        ("\"segments\": [", "\"segments\": [{\"segment\": \"x\", \"vectors\": null, \"postings\": null},"),
        ("\"applied\": 0", "\"more\": 0, \"applied\": 0"),
    ];
    for (from, to) in lies {
        let lying = with_manifest(&bytes, |manifest| {
            assert!(manifest.contains(from), "{from} in {manifest}");
            manifest.replacen(from, to, 1)
        });
        refused(&store, root.path(), &lying, to);
    }
    let odd = with_manifest(&bytes, |manifest| manifest.replacen("\"width\": 8", "\"width\": 7", 1));
    assert!(matches!(restore(&store, &odd), Err(Error::Invalid { .. })));
    assert!(!root.path().join("restored").exists());
}

#[test]
fn what_an_unfinished_build_left_is_replaced_and_what_is_locked_is_left_alone() {
    let bytes = small();
    let root = tempfile::tempdir().unwrap();
    let store = unsynced(root.path());
    let folder = root.path().join("restored");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("segment-0.partial"), "half").unwrap();
    assert!(restore(&store, &bytes[..bytes.len() - 1]).is_err());
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);
    let lock = fs::File::open(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    assert!(matches!(restore(&store, &bytes), Err(Error::Locked { .. })));
    drop(lock);
    restore(&store, &bytes).unwrap();
}

#[test]
fn a_damaged_collection_gives_no_snapshot() {
    let root = tempfile::tempdir().unwrap();
    build(root.path(), &items(8, 400, 32, 40), &BuildOptions::default()).unwrap();
    let folder = root.path().join("synthetic");
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let segment = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "segment")).unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    // In the codes, which opening does not touch.
    bytes[70] ^= 1;
    fs::remove_file(&segment).unwrap();
    fs::write(&segment, bytes).unwrap();
    let generation = unsynced(root.path()).open_generation(&support::name()).unwrap();
    let error = generation.snapshot(&Context::unbounded(), &mut Vec::new()).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}
