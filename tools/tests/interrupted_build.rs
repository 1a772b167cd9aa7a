//! Builds that are killed: what was published stays whole, and the last rerun ends like a build that was left alone.

mod support;

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::search::{Mode, SearchRequest};
use support::{Shape, maxsim, path_text, program, token_vectors, write_vectors};

/// What is published before.
const BEFORE: Shape = Shape { seed: 1, passages: 300, rows: 4, width: 16 };
/// What is built and killed: five segments, and enough token vectors for a router.
const AFTER: Shape = Shape { seed: 2, passages: 5 * 4096, rows: 7, width: 16 };

/// Moments of a build by the names of the files that it has made; one published segment is there from the start.
const MOMENTS: [fn(&[String]) -> bool; 5] = [
    |names| names.iter().any(|name| name == "segment.partial"),
    |names| count(names, ".segment") >= 2,
    |names| count(names, ".segment") >= 4,
    |names| count(names, ".router") >= 1,
    |names| count(names, ".postings") >= 2,
];

fn count(names: &[String], ending: &str) -> usize {
    names.iter().filter(|name| name.ends_with(ending)).count()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn build(vectors: &Path, data: &Path) -> Command {
    let mut command = program();
    command.args(["build", "--json", "--collection", "c", "--threads", "1", "--data"]).arg(data);
    command.arg("--vectors").arg(vectors);
    command
}

/// Builds in a process that is killed as soon as the moment has come; false if it was done before.
fn kill_at(mut command: Command, folder: &Path, moment: fn(&[String]) -> bool) -> bool {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    while child.try_wait().unwrap().is_none() && !moment(&names(folder)) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.signal() == Some(9) || status.success(), "{status}");
    status.signal().is_some()
}

fn open(data: &Path) -> Generation {
    Store::open(data).unwrap().open_generation(&CollectionName::parse("c").unwrap()).unwrap()
}

/// Hits for the token vectors of one passage that was published before.
fn hits(generation: &Generation, passage: usize) -> Vec<(String, f32)> {
    let request = SearchRequest::new(vec![token_vectors(BEFORE, passage)], 5, Mode::Late);
    let reply = generation.search(&Context::unbounded(), &request).unwrap();
    reply.hits.into_iter().map(|hit| (hit.passage_id, hit.score)).collect()
}

/// Opens and searches what is published, again and again; the number of times that it was the old generation.
fn read_until(done: &AtomicBool, data: &Path, expected: &[Vec<(String, f32)>]) -> usize {
    let searched = AtomicUsize::new(0);
    while !done.load(Ordering::Relaxed) {
        let generation = open(data);
        for (passage, expected) in expected.iter().enumerate() {
            let found = hits(&generation, passage);
            if generation.description().generation == 1 {
                assert_eq!(found, *expected);
                searched.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    searched.into_inner()
}

struct Folders {
    _root: tempfile::TempDir,
    before: PathBuf,
    after: PathBuf,
    undisturbed: PathBuf,
    killed: PathBuf,
}

/// Two data folders with the same published collection, one of them then rebuilt without disturbance.
fn prepare() -> Folders {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name);
    let folders = Folders {
        before: path("before"),
        after: path("after"),
        undisturbed: path("undisturbed"),
        killed: path("killed"),
        _root: root,
    };
    write_vectors(&folders.before, BEFORE);
    write_vectors(&folders.after, AFTER);
    let builds = [
        (&folders.before, &folders.undisturbed),
        (&folders.after, &folders.undisturbed),
        (&folders.before, &folders.killed),
    ];
    for (vectors, data) in builds {
        support::run(&mut build(vectors, data)).json();
    }
    folders
}

#[test]
fn a_build_killed_at_many_moments_ends_like_one_that_was_left_alone() {
    let folders = prepare();
    let collection = folders.killed.join("c");
    let held = open(&folders.killed);
    let expected: Vec<_> = (0..3).map(|passage| hits(&held, passage)).collect();
    assert_eq!(expected[2][0].0, "doc-1-2#0");

    let done = AtomicBool::new(false);
    let searched = std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_until(&done, &folders.killed, &expected));
        for moment in MOMENTS {
            if !kill_at(build(&folders.after, &folders.killed), &collection, moment) {
                break;
            }
            assert_eq!(verify(&folders.killed), 0);
        }
        if names(&collection).iter().any(|name| name == "build.journal") {
            let report = support::run(&mut build(&folders.after, &folders.killed)).json();
            assert!(report["resumed_documents"].as_u64().unwrap() >= 4096, "{report}");
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(searched > 0);

    let reference = folders.undisturbed.join("c");
    assert_eq!(open(&folders.killed).description().generation, 2);
    for name in names(&reference).iter().filter(|name| *name != "build.json" && *name != "lock") {
        let (expected, found) = (fs::read(reference.join(name)).unwrap(), fs::read(collection.join(name)).unwrap());
        assert!(expected == found, "{name} differs");
    }
    assert_eq!(count(&names(&collection), ".postings"), 5);
    assert_eq!(verify(&folders.killed), 0);
    let after: Vec<_> = (0..3).map(|passage| hits(&held, passage)).collect();
    assert_eq!(after, expected, "a reader keeps the generation that it holds");
}

fn verify(data: &Path) -> i32 {
    maxsim(&["verify", "--data", &path_text(data), "--collection", "c"]).code
}
