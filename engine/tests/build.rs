//! Builds: the same bytes with any number of threads, resumed or not; one writer; old generations stay readable.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::Store;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Document, Error, TokenMatrix};
use support::{build, encoder, items, name};

fn options(threads: usize) -> BuildOptions {
    BuildOptions { keep_vectors: true, router_from: 100, threads, plan: "test".into(), ..BuildOptions::default() }
}

/// Every file but the one that says how long the build took.
fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(root.join("synthetic")).unwrap().map(|entry| entry.unwrap());
    let read =
        |entry: std::fs::DirEntry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap());
    files.map(read).filter(|(name, _)| name != "build.json").collect()
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let items = items(3, 5000, 16, 5);
    let built: Vec<_> = [1, 2, 5]
        .iter()
        .map(|&threads| {
            let folder = tempfile::tempdir().unwrap();
            build(folder.path(), &items, &options(threads)).unwrap();
            bytes(folder.path())
        })
        .collect();
    assert!(
        built[0].len() >= 8,
        "manifest, lock, router, two segments with vectors and postings: {:?}",
        built[0].keys()
    );
    assert!(built[0] == built[1] && built[1] == built[2]);
}

#[test]
fn an_interrupted_build_resumes_and_ends_with_the_same_bytes() {
    let items = items(4, 9000, 8, 3);
    let whole = tempfile::tempdir().unwrap();
    build(whole.path(), &items, &options(1)).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let context = Context::unbounded().cancelled_by(Arc::clone(&stop));
    let read = AtomicUsize::new(0);
    let source = items.iter().cloned().inspect(|_| {
        if read.fetch_add(1, Ordering::Relaxed) == 6000 {
            stop.store(true, Ordering::Relaxed);
        }
    });
    let store = Store::open(folder.path()).unwrap();
    let target = (&store, &name());
    let stopped = build_vectors(&context, target, &options(1), (encoder(), 8), source.map(Ok), &mut |_| ());
    assert!(matches!(stopped, Err(Error::Cancelled)));
    assert!(store.names().unwrap().is_empty(), "nothing is published yet");

    let report = build(folder.path(), &items, &options(2)).unwrap();
    assert_eq!(report.resumed_documents, 4096);
    assert_eq!(report.description.documents, 9000);
    assert!(bytes(whole.path()) == bytes(folder.path()));
}

#[test]
fn an_interrupted_build_of_something_else_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let stop = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
    let store = Store::open(folder.path()).unwrap();
    let old = items(1, 100, 8, 3);
    let source = old.iter().cloned().map(Ok);
    let stopped = build_vectors(&stop, (&store, &name()), &options(1), (encoder(), 8), source, &mut |_| ());
    assert!(stopped.is_err());
    let new = items(2, 50, 8, 3);
    let report = build(folder.path(), &new, &BuildOptions { plan: "other".into(), ..options(1) }).unwrap();
    assert_eq!((report.resumed_documents, report.description.documents), (0, 50));
}

/// Builds until `documents` are read, then cancels.
fn interrupted(root: &Path, items: &[(Document, TokenMatrix)], documents: usize, options: &BuildOptions) {
    let stop = Arc::new(AtomicBool::new(false));
    let context = Context::unbounded().cancelled_by(Arc::clone(&stop));
    let source = items.iter().cloned().enumerate().map(|(n, item)| {
        stop.fetch_or(n >= documents, Ordering::Relaxed);
        Ok(item)
    });
    let store = Store::open(root).unwrap();
    let stopped = build_vectors(&context, (&store, &name()), options, (encoder(), 8), source, &mut |_| ());
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn a_build_that_another_one_came_between_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (items(1, 5000, 8, 3), items(2, 5000, 8, 3));
    let (plan, other_plan) = (options(1), BuildOptions { plan: "other".into(), ..options(1) });
    interrupted(folder.path(), &one, 4500, &plan);
    // The other build forgets the first one's segments before it has any of its own.
    interrupted(folder.path(), &other, 0, &other_plan);
    let report = build(folder.path(), &one, &plan).unwrap();
    assert_eq!((report.resumed_documents, report.description.documents), (0, 5000));
    let store = Store::open(folder.path()).unwrap();
    assert!(store.verify(&Context::unbounded(), &name()).unwrap().is_empty());
}

#[test]
fn a_resumed_build_whose_documents_are_others_is_refused_and_then_starts_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = items(1, 5000, 8, 3);
    interrupted(folder.path(), &items, 4500, &options(1));
    items.remove(17);
    assert!(matches!(build(folder.path(), &items, &options(1)), Err(Error::Invalid { field: "input", .. })));
    let report = build(folder.path(), &items, &options(1)).unwrap();
    assert_eq!((report.resumed_documents, report.description.documents), (0, 4999));
}

#[test]
fn a_damaged_segment_of_an_interrupted_build_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let items = items(1, 5000, 8, 3);
    interrupted(folder.path(), &items, 4500, &options(1));
    let files = std::fs::read_dir(folder.path().join("synthetic")).unwrap().map(|entry| entry.unwrap().path());
    let segment = files.into_iter().find(|path| path.extension().is_some_and(|e| e == "segment")).unwrap();
    std::fs::remove_file(segment).unwrap();
    assert_eq!(build(folder.path(), &items, &options(1)).unwrap().resumed_documents, 0);
}

#[test]
fn a_collection_whose_manifest_is_damaged_can_be_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let items = items(1, 50, 8, 3);
    build(folder.path(), &items, &options(1)).unwrap();
    std::fs::write(folder.path().join("synthetic/manifest.json"), "nonsense").unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert!(matches!(store.open_generation(&name()), Err(Error::Corrupt { .. })));
    build(folder.path(), &items, &options(1)).unwrap();
    assert_eq!(store.open_generation(&name()).unwrap().description().documents, 50);
}

#[test]
fn a_reader_keeps_its_generation_while_the_next_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let first = items(1, 300, 8, 3);
    build(folder.path(), &first, &options(1)).unwrap();
    let store = Store::open(folder.path()).unwrap();
    let stamp = store.stamp(&name()).unwrap();
    let old = store.open_generation(&name()).unwrap();
    build(folder.path(), &items(2, 200, 8, 3), &options(1)).unwrap();
    assert_ne!(store.stamp(&name()).unwrap(), stamp);
    let new = store.open_generation(&name()).unwrap();
    assert_eq!((old.description().generation, new.description().generation), (1, 2));
    let request = SearchRequest::new(vec![first[0].1.clone()], 5, Mode::Exact);
    let text = |generation: &maxsimd_engine::collection::Generation| {
        generation.search(&Context::unbounded(), &request).unwrap().hits[0].text.clone()
    };
    assert!(text(&old).contains("seed 1"), "files that were removed stay mapped");
    assert!(text(&new).contains("seed 2"));
    let left = std::fs::read_dir(store.folder(&name())).unwrap().count();
    assert_eq!(left, 7, "manifest, build facts, lock, router, segment, vectors, postings");
}

#[test]
fn a_second_writer_is_refused_while_the_first_builds() {
    let folder = tempfile::tempdir().unwrap();
    let items = items(1, 300, 8, 3);
    let store = Store::open(folder.path()).unwrap();
    let mut refused = 0;
    let source = items.iter().cloned().inspect(|_| {
        let second = build(folder.path(), &items, &options(1));
        refused += usize::from(matches!(second, Err(Error::Locked { .. })));
    });
    let source: &mut dyn Iterator<Item = (Document, TokenMatrix)> = &mut source.take(2);
    build_vectors(&Context::unbounded(), (&store, &name()), &options(1), (encoder(), 8), source.map(Ok), &mut |_| ())
        .unwrap();
    assert_eq!(refused, 2);
}

#[test]
fn index_bytes_stay_within_twelve_bytes_of_the_codes() {
    let folder = tempfile::tempdir().unwrap();
    let report = build(folder.path(), &items(1, 1500, 64, 100), &BuildOptions::default()).unwrap();
    let d = report.description;
    assert!(d.router.is_some(), "{} token vectors are enough for a router", d.token_vectors);
    let per_vector = d.index_bytes as f64 / d.token_vectors as f64;
    assert!(per_vector <= 64.0 * 2.0 / 8.0 + 12.0, "{per_vector}");
}
