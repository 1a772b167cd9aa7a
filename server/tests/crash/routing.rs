//! A router is trained while the collection takes writes, and the daemon is killed at every place of it.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::daemon::{COLLECTION, Process, WIDTH};
use crate::points::Point;

/// Token vectors of one document; two have as many as a router needs.
const ROWS: usize = 1 << 16;
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn a_collection_is_whole_when_it_is_killed_while_a_router_is_trained() {
    let data = tempfile::tempdir().expect("a folder");
    let process = Process::start(data.path(), None);
    process.create(COLLECTION);
    put(&process, "first", ROWS);
    drop(process);
    let process = Process::start(data.path(), Some(&Point::say("route.router")));
    put(&process, "second", ROWS);
    killed_when_reached(process);
    let process = Process::start(data.path(), Some(&Point::say("route.postings")));
    has(&process, &["first", "second"]);
    // Woken by a change, for what was under way is not known any more.
    put(&process, "third", 1);
    killed_when_reached(process);
    let process = Process::start(data.path(), None);
    has(&process, &["first", "second", "third"]);
    put(&process, "fourth", 1);
    let started = Instant::now();
    while probes(&process) == Value::Null {
        assert!(started.elapsed() < PATIENCE, "no router");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(process);
    let process = Process::start(data.path(), Some(&Point::stop("apply.postings")));
    let path = format!("/v1/collections/{COLLECTION}/documents");
    assert_eq!(process.ask("PUT", &path, &documents("fifth", 1)).0, 202);
    drop(process);
    let process = Process::start(data.path(), None);
    has(&process, &["first", "second", "third", "fourth", "fifth"]);
    drop(process);
    let process = Process::start(data.path(), Some(&Point::say("compact.postings")));
    for n in 0..8 {
        put(&process, &format!("small-{n}"), 1);
    }
    killed_when_reached(process);
    let process = Process::start(data.path(), None);
    has(&process, &["first", "second", "third", "fourth", "fifth", "small-0", "small-7"]);
    assert_ne!(probes(&process), Value::Null, "the router is lost");
}

/// Kills a daemon once it has come by its fail point.
fn killed_when_reached(mut process: Process) {
    assert!(process.comes_by(PATIENCE), "it does not come by");
    process.kill();
}

fn put(process: &Process, id: &str, rows: usize) {
    let path = format!("/v1/collections/{COLLECTION}/documents?wait=searchable");
    let (status, reply) = process.ask("PUT", &path, &documents(id, rows));
    assert_eq!(status, 200, "{reply}");
}

/// A document with token vectors in all directions.
fn documents(id: &str, rows: usize) -> Value {
    let row = |at: usize| {
        let angle = (at + 1) as f32 * 0.618;
        let values = (0..WIDTH).map(move |column| (angle * (column + 1) as f32).sin());
        let norm = values.clone().map(|value| value * value).sum::<f32>().sqrt();
        values.flat_map(move |value| (value / norm).to_le_bytes())
    };
    let bytes: Vec<u8> = (0..rows).flat_map(row).collect();
    let vectors = json!({"f32": STANDARD.encode(bytes), "shape": [rows, WIDTH]});
    json!({"documents": [{"id": id, "text": "words", "vectors": vectors}]})
}

/// Every document is read and found, and nothing else.
fn has(process: &Process, ids: &[&str]) {
    for id in ids {
        assert!(process.document(COLLECTION, id).is_some(), "{id} is missing");
    }
    let found = search(process, "exhaustive");
    let mut found: Vec<&str> =
        found["hits"].as_array().expect("hits").iter().map(|hit| hit["document_id"].as_str().expect("an id")).collect();
    found.sort_unstable();
    let whole = found.len() >= ids.len() && found.windows(2).all(|pair| pair[0] != pair[1]);
    assert!(whole && ids.iter().all(|id| found.contains(id)), "{found:?} and not {ids:?}");
}

/// What pruning a search did, null without a router.
fn probes(process: &Process) -> Value {
    search(process, "late")["pruning"]["probes"].clone()
}

fn search(process: &Process, mode: &str) -> Value {
    let row: Vec<f32> = (0..WIDTH).map(|at| if at == 0 { 1.0 } else { 0.0 }).collect();
    let body = json!({"vectors": [row], "k": 100, "mode": mode});
    let (status, reply) = process.ask("POST", &format!("/v1/collections/{COLLECTION}/search"), &body);
    assert_eq!(status, 200, "{reply}");
    reply
}
