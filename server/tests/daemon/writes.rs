//! Collections that are created, written to and dropped over the wire.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use half::f16;
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::LiveCollection;
use maxsimd_server::{Config, Daemon, EncoderSource};
use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, request};
use crate::collection::{Running, WIDTH, start, start_over, vectors, wait_until};

fn send(address: SocketAddr, line: &str, body: &Value) -> Reply {
    request(address, line, JSON, body.to_string().as_bytes())
}

fn create(address: SocketAddr, name: &str) -> Reply {
    send(address, "POST /v1/collections", &json!({"name": name, "fields": {"year": "integer"}}))
}

fn put(address: SocketAddr, documents: &Value) -> Reply {
    send(address, "PUT /v1/collections/notes/documents?wait=searchable", &json!({"documents": documents}))
}

fn found(address: SocketAddr, body: &Value) -> Vec<String> {
    let reply = send(address, "POST /v1/collections/notes/search", body);
    assert_eq!(reply.status, 200, "{}", reply.json());
    let reply = reply.json();
    let hits = reply["hits"].as_array().expect("hits");
    hits.iter().map(|hit| hit["document_id"].as_str().expect("an id").to_owned()).collect()
}

/// A daemon with an empty collection `notes`.
fn with_notes() -> Running {
    let running = start(|_| ());
    let created = create(running.address, "notes");
    assert_eq!(created.status, 201, "{}", created.json());
    assert_eq!(created.json()["documents"], 0);
    running
}

/// Another daemon over the same data.
fn restarted(running: Running) -> Running {
    let Running { data, encoder, daemon, .. } = running;
    daemon.stop().expect("stopped");
    let config = Config::local(data.path(), EncoderSource::Given(encoder.clone()));
    let daemon = Daemon::start(config).expect("started");
    let address = daemon.address();
    Running { data, encoder, daemon, address }
}

#[test]
fn a_document_is_found_as_soon_as_the_reply_says_so() {
    let running = with_notes();
    let address = running.address;
    let reply = put(
        address,
        &json!([
            {"id": "a", "title": "Apples", "text": "green apples", "metadata": {"year": 2019}},
            {"id": "b", "text": "red beets", "metadata": {"year": 2021}},
        ]),
    );
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert_eq!((&reply.json()["accepted"], &reply.json()["operation"]), (&json!(2), &json!("notes.1")));
    assert!(reply.json()["generation"].as_u64().is_some_and(|generation| generation > 1));
    for (mode, query) in [("late", "red beets"), ("exhaustive", "red beets"), ("bm25", "beet"), ("hybrid", "red beets")]
    {
        assert_eq!(found(address, &json!({"query": query, "mode": mode, "k": 1})), ["b"], "{mode}");
    }
    assert_eq!(found(address, &json!({"query": "x", "filter": "year < 2020"})), ["a"]);
    let document = get(address, "/v1/collections/notes/documents/a").json();
    let expected =
        json!({"id": "a", "title": "Apples", "text": "green apples", "metadata": {"year": 2019}, "passages": 1});
    assert_eq!(document, expected);
}

#[test]
fn an_upsert_replaces_a_document_whole_and_a_deletion_removes_it() {
    let running = with_notes();
    let address = running.address;
    put(address, &json!([{"id": "a", "text": "first", "metadata": {"year": 1}}, {"id": "b", "text": "other"}]));
    put(address, &json!([{"id": "a", "text": "second"}]));
    let document = get(address, "/v1/collections/notes/documents/a").json();
    assert_eq!((&document["text"], &document["metadata"]), (&json!("second"), &json!({})));
    assert_eq!(found(address, &json!({"query": "first", "mode": "bm25"})), Vec::<String>::new());
    let delete = |body| send(address, "DELETE /v1/collections/notes/documents?wait=searchable", &body);
    assert_eq!(delete(json!({"ids": ["b", "never was there"]})).status, 200);
    assert_eq!(found(address, &json!({"query": "other"})), ["a"]);
    get(address, "/v1/collections/notes/documents/b").assert_problem(404, "document_not_found");
    put(address, &json!([{"id": "c", "text": "old", "metadata": {"year": 1990}}]));
    assert_eq!(delete(json!({"filter": "year < 2000"})).status, 200);
    assert_eq!(found(address, &json!({"query": "old"})), ["a"]);
    assert_eq!(get(address, "/v1/collections/notes").json()["documents"], 1);
}

#[test]
fn to_ask_for_an_operation_that_never_was_takes_no_lock() {
    let running = start(|_| ());
    get(running.address, "/v1/operations/docs.1").assert_problem(404, "operation_not_found");
    let store = Store::open(running.data.path()).expect("a store");
    let docs = CollectionName::parse("docs").expect("a name");
    assert!(LiveCollection::open(&store, &docs).is_ok(), "nobody has it");
}

#[test]
fn what_is_acknowledged_is_read_before_it_is_applied_and_after_a_restart() {
    let running = with_notes();
    running.encoder.close();
    let line = "PUT /v1/collections/notes/documents";
    let reply = send(running.address, line, &json!({"documents": [{"id": "a", "text": "waiting"}]}));
    assert_eq!(reply.status, 202, "{}", reply.json());
    let read = |address| get(address, "/v1/collections/notes/documents/a").json();
    assert_eq!((&read(running.address)["text"], &read(running.address)["passages"]), (&json!("waiting"), &Value::Null));
    let state = |address| get(address, "/v1/operations/notes.1").json();
    assert_eq!((&state(running.address)["state"], &state(running.address)["ahead"]), (&json!("pending"), &json!(0)));
    let running = {
        let Running { data, encoder, daemon, .. } = running;
        // Stopping gives up the encoding that is under way.
        daemon.stop().expect("stopped");
        let config = Config::local(data.path(), EncoderSource::Given(encoder.clone()));
        encoder.open();
        let daemon = Daemon::start(config).expect("started");
        let address = daemon.address();
        Running { data, encoder, daemon, address }
    };
    wait_until(|| get(running.address, "/readyz").status == 200);
    assert_eq!(read(running.address)["text"], "waiting");
    assert_eq!(state(running.address)["state"], "done");
    assert_eq!(found(running.address, &json!({"query": "waiting"})), ["a"]);
}

/// A daemon whose log of `notes` was damaged while it was down, with a change in it that is not applied; the file, and what it was.
fn with_a_damaged_log() -> (Running, PathBuf, Vec<u8>) {
    let running = with_notes();
    assert_eq!(put(running.address, &json!([{"id": "a", "text": "applied"}])).status, 200);
    running.encoder.close();
    let line = "PUT /v1/collections/notes/documents";
    let reply = send(running.address, line, &json!({"documents": [{"id": "a", "text": "waiting"}]}));
    assert_eq!(reply.status, 202, "{}", reply.json());
    let Running { data, encoder, daemon, .. } = running;
    daemon.stop().expect("stopped");
    encoder.open();
    let folder = data.path().join("notes");
    let logs = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let log = logs.filter(|path| path.extension().is_some_and(|extension| extension == "log")).max().expect("a log");
    let sound = std::fs::read(&log).expect("read");
    let mut damaged = sound.clone();
    damaged[0] ^= 1;
    std::fs::write(&log, &damaged).expect("written");
    let config = Config::local(data.path(), EncoderSource::Given(encoder.clone()));
    let daemon = Daemon::start(config).expect("started");
    let address = daemon.address();
    wait_until(|| get(address, "/readyz").status == 200);
    assert_eq!(failing(address), json!(["notes"]));
    (Running { data, encoder, daemon, address }, log, sound)
}

fn failing(address: SocketAddr) -> Value {
    get(address, "/readyz").json()["collections"]["failing"].clone()
}

#[test]
fn a_log_that_cannot_be_replayed_is_told_and_what_it_holds_is_not_passed_over() {
    let (running, log, sound) = with_a_damaged_log();
    let address = running.address;
    get(address, "/v1/collections/notes/documents/a").assert_problem(503, "collection_unavailable");
    assert_eq!(found(address, &json!({"query": "applied"})), ["a"], "what is published serves");
    // Once the file is as it was, the next change has all of it replayed.
    std::fs::write(&log, &sound).expect("written");
    assert_eq!(put(address, &json!([{"id": "b", "text": "later"}])).status, 200);
    assert_eq!(failing(address), json!([]));
    assert_eq!(get(address, "/v1/collections/notes/documents/a").json()["text"], "waiting");
}

#[test]
fn a_log_that_is_in_order_again_is_replayed_for_whoever_reads() {
    let (running, log, sound) = with_a_damaged_log();
    let read = || get(running.address, "/v1/collections/notes/documents/a");
    let snapshot = || request(running.address, "POST /v1/collections/notes/snapshot", "", b"");
    for refused in [read(), snapshot()] {
        refused.assert_problem(503, "collection_unavailable");
        assert_eq!(refused.header("retry-after"), Some("2"));
    }
    std::fs::write(&log, &sound).expect("written");
    wait_until(|| read().status == 200);
    assert_eq!(read().json()["text"], "waiting");
    assert_eq!(failing(running.address), json!([]));
    assert_eq!(snapshot().status, 200);
}

#[test]
fn a_collection_that_may_not_be_dropped_is_written_to_as_before() {
    let running = with_notes();
    let address = running.address;
    assert_eq!(send(address, "PUT /v1/aliases/live", &json!({"collection": "notes"})).status, 200);
    running.encoder.close();
    let line = "PUT /v1/collections/notes/documents";
    assert_eq!(send(address, line, &json!({"documents": [{"id": "a", "text": "waiting"}]})).status, 202);
    request(address, "DELETE /v1/collections/notes", "", b"").assert_problem(409, "aliased");
    running.encoder.open();
    wait_until(|| found(address, &json!({"query": "waiting"})) == ["a"]);
}

#[test]
fn what_was_made_durable_is_acknowledged_whatever_memory_is_left_for_replies() {
    let running = start(|config| config.limits.body_memory = 4 << 10);
    assert_eq!(request(running.address, "POST /v1/collections", JSON, br#"{"name":"notes"}"#).status, 201);
    let documents: Vec<Value> = (0..2500).map(|n| json!({"text": n.to_string()})).collect();
    let reply = send(running.address, "PUT /v1/collections/notes/documents", &json!({"documents": documents}));
    assert_eq!((reply.status, reply.json()["ids"].as_array().map(Vec::len)), (202, Some(2500)));
    assert!(reply.body.len() > 68 << 10, "too much for what is free and 4 KiB");
}

#[test]
fn a_collection_that_was_dropped_does_not_fail_any_more() {
    let (running, _, _) = with_a_damaged_log();
    assert_eq!(request(running.address, "DELETE /v1/collections/notes", "", b"").status, 204);
    assert_eq!(failing(running.address), json!([]));
}

#[test]
fn what_cannot_be_encoded_fails_for_good_and_the_log_moves_on() {
    let running = with_notes();
    let address = running.address;
    let reply = put(address, &json!([{"id": "a", "text": "never to be encoded"}, {"id": "b", "text": "sound"}]));
    reply.assert_problem(422, "operation_failed");
    assert_eq!(put(address, &json!([{"id": "c", "text": "fine"}])).status, 200);
    assert_eq!(found(address, &json!({"query": "fine"})), ["c"]);
    get(address, "/v1/collections/notes/documents/b").assert_problem(404, "document_not_found");
    let failed = get(address, "/v1/operations/notes.1").json();
    assert_eq!(failed["state"], "failed");
    let running = restarted(running);
    wait_until(|| get(running.address, "/readyz").status == 200);
    assert_eq!(get(running.address, "/v1/operations/notes.1").json(), failed);
}

#[test]
fn documents_come_with_token_vectors_of_their_own() {
    let running = start_over(|_| (), |config| config.encoder = EncoderSource::Absent);
    let address = running.address;
    wait_until(|| get(address, "/readyz").status == 200);
    create(address, "notes").assert_problem(503, "encoder_unavailable");
    let created = send(address, "POST /v1/collections", &json!({"name": "notes", "width": WIDTH, "encoder": "mine"}));
    assert_eq!((created.status, &created.json()["encoder"]["name"]), (201, &json!("mine")));
    let matrix = vectors("some text", 3);
    let bytes: Vec<u8> = matrix.values().iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect();
    let encoded = json!({"f16": STANDARD.encode(bytes), "shape": [3, WIDTH]});
    let rows: Vec<Vec<f32>> = matrix.iter_rows().map(<[f32]>::to_vec).collect();
    let reply = put(address, &json!([{"id": "a", "vectors": encoded, "text": "shown"}, {"id": "b", "vectors": rows}]));
    assert_eq!(reply.status, 200, "{}", reply.json());
    let query = json!({"vectors": vectors("some text", 3).iter_rows().map(<[f32]>::to_vec).collect::<Vec<_>>()});
    assert_eq!(found(address, &query), ["a", "b"]);
    put(address, &json!([{"id": "c", "text": "text alone"}])).assert_problem(503, "encoder_unavailable");
    let narrow = json!([{"id": "c", "vectors": [[1.0, 0.0]]}]);
    put(address, &narrow).assert_problem(422, "width_mismatch");
    let long = json!([{"id": "c", "vectors": [vec![1.0; WIDTH]]}]);
    put(address, &long).assert_problem(422, "invalid_field");
}

#[test]
fn documents_without_an_id_get_one_that_depends_on_what_they_say() {
    let running = with_notes();
    let first = put(running.address, &json!([{"text": "nameless"}, {"id": "named", "text": "x"}])).json();
    let again = put(running.address, &json!([{"text": "nameless"}])).json();
    assert_eq!(first["ids"].as_array().map(Vec::len), Some(1));
    assert_eq!(first["ids"], again["ids"]);
    assert_eq!(get(running.address, "/v1/collections/notes").json()["documents"], 2);
}

#[test]
fn the_same_request_under_the_same_key_is_applied_once_also_after_a_restart() {
    let running = with_notes();
    let keyed = |address, text: &str| {
        let body = json!({"documents": [{"id": "a", "text": text}]}).to_string();
        let headers = format!("{JSON}Idempotency-Key: k1\r\n");
        request(address, "PUT /v1/collections/notes/documents?wait=searchable", &headers, body.as_bytes())
    };
    let first = keyed(running.address, "one").json();
    put(running.address, &json!([{"id": "a", "text": "two"}]));
    assert_eq!(keyed(running.address, "one").json()["operation"], first["operation"]);
    keyed(running.address, "other").assert_problem(409, "key_reused");
    let running = restarted(running);
    wait_until(|| get(running.address, "/readyz").status == 200);
    assert_eq!(keyed(running.address, "one").json()["operation"], first["operation"]);
    assert_eq!(get(running.address, "/v1/collections/notes/documents/a").json()["text"], "two");
}

#[test]
fn collections_are_created_once_and_dropped_for_good() {
    let running = with_notes();
    let address = running.address;
    create(address, "notes").assert_problem(409, "collection_exists");
    create(address, "../x").assert_problem(422, "invalid_field");
    put(address, &json!([{"id": "a", "text": "gone soon"}]));
    assert_eq!(request(address, "DELETE /v1/collections/notes", "", b"").status, 204);
    get(address, "/v1/collections/notes").assert_problem(404, "collection_not_found");
    put(address, &json!([{"id": "a", "text": "too late"}])).assert_problem(404, "collection_not_found");
    request(address, "DELETE /v1/collections/notes", "", b"").assert_problem(404, "collection_not_found");
    assert_eq!(create(address, "notes").status, 201);
    assert_eq!(found(address, &json!({"query": "gone"})), Vec::<String>::new());
    let left: Vec<_> = std::fs::read_dir(running.data.path()).expect("a folder").flatten().collect();
    assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().starts_with('.')), "{left:?}");
}

#[test]
fn a_collection_that_was_built_offline_takes_writes() {
    let running = start(|_| ());
    let line = "PUT /v1/collections/docs/documents?wait=searchable";
    let body = json!({"documents": [{"id": "d3", "text": "a new version of d3"}]});
    assert_eq!(send(running.address, line, &body).status, 200);
    let document = get(running.address, "/v1/collections/docs/documents/d3").json();
    assert_eq!(document["text"], "a new version of d3");
    let description = get(running.address, "/v1/collections/docs").json();
    assert_eq!((&description["documents"], &description["deleted_passages"]), (&json!(60), &json!(1)));
    let compacted = request(running.address, "POST /v1/collections/docs/compact", "", b"");
    assert_eq!((compacted.status, &compacted.json()["deleted_passages"]), (200, &json!(0)));
    assert_eq!(compacted.json()["segments"], 1);
}

#[test]
fn changes_that_make_no_sense_are_refused_by_name() {
    let running = with_notes();
    let address = running.address;
    for (body, code, field) in [
        (json!({}), "invalid_field", "documents"),
        (json!({"documents": []}), "invalid_field", "documents"),
        (json!({"documents": [{"id": "a"}]}), "invalid_field", "documents[0].text"),
        (json!({"documents": [{"id": 5, "text": "x"}]}), "invalid_field", "documents[0].id"),
        (json!({"documents": [{"text": "x", "metdata": {}}]}), "invalid_field", "documents[0].metdata"),
        (json!({"documents": [{"id": "x".repeat(513), "text": "x"}]}), "invalid_field", "documents"),
        (json!({"documents": [{"text": "x"}], "upsert": true}), "unknown_field", "upsert"),
    ] {
        let reply = send(address, "PUT /v1/collections/notes/documents", &body);
        reply.assert_problem(422, code);
        assert_eq!(reply.json()["field"], field, "{}", reply.json());
    }
    for (body, field) in [
        (json!({}), "ids"),
        (json!({"ids": [], "filter": "year = 1"}), "ids"),
        (json!({"ids": []}), "ids"),
        (json!({"filter": "nothing = 1"}), "filter"),
        (json!({"filter": "year = 'x'"}), "filter"),
    ] {
        let reply = send(address, "DELETE /v1/collections/notes/documents", &body);
        reply.assert_problem(422, "invalid_field");
        assert_eq!(reply.json()["field"], field, "{}", reply.json());
    }
    send(address, "PUT /v1/collections/notes/documents?wait=for-ever", &json!({"documents": [{"text": "x"}]}))
        .assert_problem(422, "invalid_field");
    send(address, "PUT /v1/collections/none/documents", &json!({"documents": [{"text": "x"}]}))
        .assert_problem(404, "collection_not_found");
    for id in ["notes.1", "notes", "none.1", "..", "notes.x"] {
        get(address, &format!("/v1/operations/{id}")).assert_problem(404, "operation_not_found");
    }
}

#[test]
fn a_collection_that_somebody_else_writes_to_is_locked() {
    let running = with_notes();
    let store = maxsimd_engine::collection::Store::open(running.data.path()).expect("a store");
    let docs = maxsimd_engine::collection::CollectionName::parse("docs").expect("a name");
    let other = Arc::new(maxsimd_engine::live::LiveCollection::open(&store, &docs).expect("the lock"));
    let line = "PUT /v1/collections/docs/documents";
    send(running.address, line, &json!({"documents": [{"text": "x"}]})).assert_problem(409, "locked");
    drop(other);
    assert_eq!(send(running.address, line, &json!({"documents": [{"text": "x"}]})).status, 202);
}

#[test]
fn an_alias_stands_for_a_collection_until_it_is_swapped() {
    let running = with_notes();
    let address = running.address;
    assert_eq!(create(address, "other").status, 201);
    put(address, &json!([{"id": "a", "text": "in notes"}]));
    let set = |target: &str| send(address, "PUT /v1/aliases/live", &json!({"collection": target}));
    assert_eq!(set("notes").json(), json!({"alias": "live", "collection": "notes"}));
    let through = |line: &str, body: &Value| send(address, line, body).json();
    assert_eq!(through("POST /v1/collections/live/search", &json!({"query": "x"}))["hits"][0]["document_id"], "a");
    set("other");
    assert_eq!(through("POST /v1/collections/live/search", &json!({"query": "x"}))["hits"], json!([]));
    let line = "PUT /v1/collections/live/documents?wait=searchable";
    through(line, &json!({"documents": [{"id": "b", "text": "in other"}]}));
    assert_eq!(get(address, "/v1/collections/other/documents/b").json()["text"], "in other");
    assert_eq!(get(address, "/v1/aliases").json(), json!({"aliases": {"live": "other"}}));
    request(address, "DELETE /v1/collections/other", "", b"").assert_problem(409, "aliased");
    set("none").assert_problem(404, "collection_not_found");
    send(address, "PUT /v1/aliases/notes", &json!({"collection": "other"})).assert_problem(422, "invalid_field");
    assert_eq!(request(address, "DELETE /v1/aliases/live", "", b"").status, 204);
    request(address, "DELETE /v1/aliases/live", "", b"").assert_problem(404, "alias_not_found");
    get(address, "/v1/collections/live").assert_problem(404, "collection_not_found");
}

#[test]
fn a_snapshot_has_all_that_is_acknowledged_and_is_restored_elsewhere() {
    let running = with_notes();
    let line = "PUT /v1/collections/notes/documents";
    send(running.address, line, &json!({"documents": [{"id": "a", "text": "kept"}, {"id": "b", "text": "too"}]}));
    let mut reply = ureq::post(format!("http://{}/v1/collections/notes/snapshot", running.address))
        .send_empty()
        .expect("a snapshot");
    let archive = reply.body_mut().read_to_vec().expect("all of it");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let store = maxsimd_engine::collection::Store::open(elsewhere.path()).expect("a store");
    let name = maxsimd_engine::collection::CollectionName::parse("copy").expect("a name");
    let context = maxsimd_engine::Context::unbounded();
    store.restore(&context, &name, &mut archive.as_slice()).expect("restored");
    let copy = store.open_generation(&name).expect("opened");
    assert_eq!(copy.stored_document("a").expect("read").map(|document| document.text), Some("kept".to_owned()));
    assert_eq!(copy.description().documents, 2);
    assert!(store.restore(&context, &name, &mut archive.as_slice()).is_err(), "it is there already");
    get(running.address, "/v1/collections/none/snapshot").assert_problem(405, "method_not_allowed");
}
