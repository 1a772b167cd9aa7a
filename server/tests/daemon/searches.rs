//! Searches that are answered, and searches that a collection or a daemon cannot answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maxsimd_server::EncoderSource;
use serde_json::{Value, json};

use crate::client::{JSON, get, request, search};
use crate::collection::{PASSAGES, WIDTH, publish_long, start, vectors, wait_until};

/// The token vectors of a stored passage, as nested arrays.
fn passage(number: usize) -> Value {
    let matrix = vectors(&format!("passage {number} of first"), 8);
    matrix.iter_rows().map(|row| Value::from(row.to_vec())).collect()
}

fn found(body: &Value, address: std::net::SocketAddr) -> Value {
    let reply = search(address, body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.json());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    reply.json()
}

#[test]
fn a_passage_is_found_by_its_own_vectors_in_every_form_and_mode() {
    let running = start(|_| ());
    let matrix = vectors("passage 17 of first", 8);
    let f32s: Vec<u8> = matrix.values().iter().flat_map(|v| v.to_le_bytes()).collect();
    let f16s: Vec<u8> = matrix.values().iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    let forms = [
        passage(17),
        json!({"f32": STANDARD.encode(f32s), "shape": [8, WIDTH]}),
        json!({"f16": STANDARD.encode(f16s), "shape": [8, WIDTH]}),
    ];
    for form in &forms {
        for mode in ["late", "exhaustive"] {
            let reply = found(&json!({"vectors": form, "mode": mode, "k": 3}), running.address);
            let hit = &reply["hits"][0];
            assert_eq!(reply["hits"].as_array().map(Vec::len), Some(3));
            assert_eq!((&hit["document_id"], &hit["passage_id"]), (&"d17".into(), &"d17#0".into()));
            assert!(hit["score"].as_f64() > Some(7.0), "eight tokens, each matched by itself: {hit}");
        }
    }
}

#[test]
fn texts_of_hits_are_bounded_and_held_in_the_memory_for_bodies() {
    let running = start(|config| config.limits.body_memory = 8 << 20);
    publish_long(running.data.path(), "long", 1 << 20);
    wait_until(|| get(running.address, "/v1/collections/long").status == 200);
    let ask = |k: usize| {
        let body = json!({"query": "x", "k": k}).to_string();
        request(running.address, "POST /v1/collections/long/search", JSON, body.as_bytes())
    };
    let many = ask(40);
    many.assert_problem(422, "invalid_field");
    assert_eq!(many.json()["field"], "k");
    ask(20).assert_problem(429, "overloaded");
    // Room for one of them: each gives its share back.
    for _ in 0..3 {
        let reply = ask(5);
        assert_eq!((reply.status, reply.body.len() > 5 << 20), (200, true));
    }
}

#[test]
fn a_reply_has_the_documented_shape() {
    let running = start(|_| ());
    let reply = found(&json!({"query": "x", "k": 2}), running.address);
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&reply), ["certified", "degraded", "generation", "hits", "partial", "timings"]);
    let hit = &reply["hits"][0];
    let fields = [
        "passage_id",
        "document_id",
        "kind",
        "layer",
        "tokens",
        "score",
        "query",
        "title",
        "heading",
        "text",
        "start",
        "end",
        "metadata",
    ];
    let sorted = fields.iter().map(ToString::to_string).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names(hit), sorted.into_iter().collect::<Vec<_>>());
    assert_eq!(
        (&hit["kind"], &hit["layer"], &hit["query"], &hit["start"]),
        (&"passage".into(), &0.into(), &0.into(), &0.into())
    );
    let text = hit["text"].as_str().expect("a text");
    assert_eq!(hit["end"], text.len());
    assert_eq!(hit["metadata"]["tag"], "first");
    for stage in ["queue", "tokenize", "encode", "filter", "probe", "gather", "estimate", "score", "keywords", "fetch"]
    {
        assert!(reply["timings"][format!("{stage}_us")].is_u64(), "{stage}");
    }
    assert_eq!((&reply["generation"], &reply["partial"], &reply["degraded"]), (&1.into(), &false.into(), &json!([])));
}

#[test]
fn hits_carry_what_was_asked_for_and_say_why_they_matched() {
    let running = start(|_| ());
    let reply = found(&json!({"query": "x", "k": 1, "include": ["metadata"], "explain": true}), running.address);
    let hit = &reply["hits"][0];
    assert!(hit.get("text").is_none() && hit.get("metadata").is_some());
    let matches = hit["explain"].as_array().expect("matches");
    assert_eq!(matches.len(), 4, "one for each query token");
    let sum: f64 = matches.iter().filter_map(|m| m["score"].as_f64()).sum();
    assert!((sum - hit["score"].as_f64().expect("a score")).abs() < 1e-3, "{hit}");
    assert_eq!(reply["explain"]["scored_passages"], PASSAGES);
}

#[test]
fn several_queries_share_one_list_of_hits() {
    let running = start(|_| ());
    let alone = |query: &str| found(&json!({"query": query, "k": 60}), running.address);
    let (a, b) = (alone("a"), alone("b"));
    let both = found(&json!({"queries": ["a", "b"], "k": 60}), running.address);
    let score = |reply: &Value, id: &Value| {
        let hits = reply["hits"].as_array().expect("hits");
        hits.iter().find(|hit| hit["passage_id"] == *id).and_then(|hit| hit["score"].as_f64()).expect("all are found")
    };
    for hit in both["hits"].as_array().expect("hits") {
        let expected = [score(&a, &hit["passage_id"]), score(&b, &hit["passage_id"])];
        let best = usize::from(expected[1] > expected[0]);
        assert_eq!((hit["query"].as_u64(), hit["score"].as_f64()), (Some(best as u64), Some(expected[best])));
    }
}

#[test]
fn a_lowest_score_leaves_out_what_is_below_it() {
    let running = start(|_| ());
    let all = found(&json!({"query": "x", "k": 60}), running.address);
    let middle = &all["hits"][30]["score"];
    let some = found(&json!({"query": "x", "k": 60, "min_score": middle}), running.address);
    assert_eq!(some["hits"].as_array().map(|hits| hits.as_slice()), all["hits"].as_array().map(|hits| &hits[..31]));
}

#[test]
fn a_search_that_the_collection_cannot_answer_says_why() {
    let running = start(|_| ());
    let exact = search(running.address, r#"{"query":"x","mode":"exact"}"#);
    exact.assert_problem(422, "mode_unavailable");
    let narrow = search(running.address, r#"{"vectors":[[1,0]]}"#);
    narrow.assert_problem(422, "width_mismatch");
    assert_eq!(narrow.json()["field"], "vectors");
}

#[test]
fn without_an_encoder_vectors_are_still_searched() {
    let running = start(|config| config.encoder = EncoderSource::Absent);
    search(running.address, r#"{"query":"x"}"#).assert_problem(503, "encoder_unavailable");
    let reply = found(&json!({"vectors": passage(3), "k": 1}), running.address);
    assert_eq!(reply["hits"][0]["document_id"], "d3");
}

#[test]
fn a_text_is_not_encoded_by_an_encoder_that_did_not_make_the_collection() {
    let running = start(|_| ());
    crate::collection::publish_encoded_by(running.data.path(), "other", "x", ("somebody", "else"));
    crate::collection::wait_until(|| crate::client::get(running.address, "/v1/collections/other").status == 200);
    // Whatever is encoded from now on waits.
    running.encoder.close();
    let long = " ".repeat(100 << 10);
    for body in [r#"{"query":"x"}"#, r#"{"query":"x","mode":"hybrid"}"#, &format!(r#"{{"query":"x"{long}}}"#)] {
        let target = "POST /v1/collections/other/search";
        let reply = crate::client::request(running.address, target, crate::client::JSON, body.as_bytes());
        reply.assert_problem(409, "encoder_mismatch");
    }
}
