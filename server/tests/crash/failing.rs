//! Operations that fail for good, and daemons that are killed before and after the log says so.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::daemon::{COLLECTION, Process, WIDTH};
use crate::points::Point;

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn an_operation_that_fails_is_tried_again_unless_the_log_says_that_it_failed() {
    let data = tempfile::tempdir().expect("a folder");
    Process::start(data.path(), None).create(COLLECTION);
    let mut process = Process::start(data.path(), Some(&Point::failing()));
    assert_eq!(put(&process, "a", "").0, 202);
    assert!(process.comes_by(PATIENCE), "it does not fail");
    process.kill();
    // Whether the log had it in time, what is told and what is read agree.
    let process = Process::start(data.path(), None);
    let state = operation(&process, 1);
    assert!(state == "done" || state == "failed", "{state}");
    assert_eq!(process.document(COLLECTION, "a").is_some(), state == "done");
    drop(process);
    let mut process = Process::start(data.path(), Some(&Point::failing()));
    let (status, problem) = put(&process, "b", "?wait=searchable");
    assert_eq!((status, &problem["code"]), (422, &json!("operation_failed")));
    process.kill();
    let process = Process::start(data.path(), None);
    assert_eq!(operation(&process, 2), "failed");
    assert!(process.document(COLLECTION, "b").is_none());
    assert_eq!(put(&process, "c", "?wait=searchable").0, 200);
    assert!(process.document(COLLECTION, "c").is_some());
}

fn put(process: &Process, id: &str, wish: &str) -> (u16, Value) {
    let row: Vec<u8> = (0..WIDTH).flat_map(|at| f32::from(u8::from(at == 0)).to_le_bytes()).collect();
    let vectors = json!({"f32": STANDARD.encode(row), "shape": [1, WIDTH]});
    let body = json!({"documents": [{"id": id, "text": "words", "vectors": vectors}]});
    process.ask("PUT", &format!("/v1/collections/{COLLECTION}/documents{wish}"), &body)
}

fn operation(process: &Process, number: u64) -> String {
    let (status, reply) = process.ask("GET", &format!("/v1/operations/{COLLECTION}.{number}"), &Value::Null);
    assert_eq!(status, 200, "{reply}");
    reply["state"].as_str().expect("a state").to_owned()
}
