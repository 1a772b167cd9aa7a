//! Token vectors over HTTP: what is sent, what is refused, and that searches take them as they are.

use std::io::Write;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, connect, get, message, request, search};
use crate::collection::{WIDTH, start, start_over, vectors, wait_until};

fn encode(address: SocketAddr, body: &Value) -> Reply {
    request(address, "POST /v1/encode", JSON, body.to_string().as_bytes())
}

fn encoded(address: SocketAddr, body: &Value) -> Value {
    let reply = encode(address, body);
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn a_reply_has_the_documented_shape_in_the_order_of_the_texts() {
    let running = start(|_| ());
    let reply = encode(running.address, &json!({"input": ["one", "two"]}));
    assert!(reply.header("server-timing").is_some_and(|timing| timing.contains("queue")));
    let reply = reply.json();
    assert_eq!(names(&reply), ["data", "fingerprint", "model", "width"]);
    assert_eq!((&reply["model"], &reply["fingerprint"]), (&json!("seeded"), &json!("5eed")));
    assert_eq!(reply["width"], WIDTH);
    for (index, text) in ["one", "two"].into_iter().enumerate() {
        let found = &reply["data"][index];
        assert_eq!(names(found), ["index", "tokens", "truncated_tokens", "vectors"]);
        assert_eq!((&found["index"], &found["tokens"]), (&json!(index), &json!(4)));
        let rows: Vec<Vec<f32>> = serde_json::from_value(found["vectors"].clone()).unwrap();
        assert_eq!((rows.len(), rows.concat()), (4, vectors(text, 4).values().to_vec()));
    }
    let one = encoded(running.address, &json!({"input": "one", "input_type": "query", "deadline_ms": 60_000}));
    assert_eq!(one["data"], json!([reply["data"][0]]));
}

#[test]
fn the_vectors_of_a_reply_find_what_the_text_finds() {
    let running = start(|_| ());
    let found = |body: Value| {
        let reply = search(running.address, body.to_string());
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["hits"].clone()
    };
    let by_text = found(json!({"query": "passage 17 of first", "mode": "exhaustive"}));
    for encoding in ["float", "f16", "f32"] {
        let ask = json!({"input": "passage 17 of first", "input_type": "query", "encoding": encoding});
        let vectors = encoded(running.address, &ask)["data"][0]["vectors"].clone();
        match encoding {
            "float" => assert!(vectors.is_array()),
            form => assert_eq!(
                (names(&vectors), &vectors["shape"]),
                (vec![form.into(), "shape".into()], &json!([4, WIDTH]))
            ),
        }
        let by_vectors = found(json!({"vectors": vectors, "mode": "exhaustive"}));
        assert_eq!(by_vectors[0]["passage_id"], by_text[0]["passage_id"]);
        if encoding != "f16" {
            assert_eq!(by_vectors, by_text, "{encoding}");
        }
    }
}

#[test]
fn what_cannot_be_encoded_names_its_field() {
    let running = start(|_| ());
    let refused = |body: Value, status: u16, code: &str, field: &str| {
        let reply = encode(running.address, &body);
        reply.assert_problem(status, code);
        assert_eq!(reply.json()["field"], field, "{body}");
        reply.json()["detail"].as_str().unwrap().to_owned()
    };
    let invalid = |body: Value, field: &str| refused(body, 422, "invalid_field", field);
    invalid(json!({}), "input");
    invalid(json!({"input": []}), "input");
    invalid(json!({"input": " \n"}), "input");
    invalid(json!({"input": {"text": "x"}}), "input");
    invalid(json!({"input": 7}), "input");
    invalid(json!({"input": ["x", ""]}), "input[1]");
    invalid(json!({"input": ["x", true]}), "input[1]");
    invalid(json!({"input": "x".repeat(32 * 1024 + 1)}), "input");
    invalid(json!({"input": ["x", "x".repeat(32 * 1024 + 1)]}), "input[1]");
    invalid(json!({"input": vec!["x"; 65]}), "input");
    invalid(json!({"input": "x", "input_type": "title"}), "input_type");
    invalid(json!({"input": "x", "encoding": "base64"}), "encoding");
    invalid(json!({"input": "x", "deadline_ms": 0}), "deadline_ms");
    refused(json!({"input": "x", "model": "seeded"}), 422, "unknown_field", "model");
    for (tokens, field) in [(json!([1, 2]), "input[0]"), (json!([[1, 2]]), "input[0]"), (json!(["x", -1]), "input[1]")]
    {
        let detail = invalid(json!({"input": tokens}), field);
        assert!(detail.contains("send texts"), "{detail}");
    }
    request(running.address, "POST /v1/encode", JSON, br#"{"input":"x","input":"y"}"#)
        .assert_problem(422, "duplicate_field");
    request(running.address, "POST /v1/encode", JSON, b"[]").assert_problem(400, "invalid_request");
    encode(running.address, &json!({"input": "never to be encoded"})).assert_problem(500, "encoder_failed");
    get(running.address, "/v1/encode").assert_problem(405, "method_not_allowed");
}

#[test]
fn a_large_body_is_judged_where_it_is_worked_on() {
    let running = start(|_| ());
    let long = vec!["x".repeat(32 * 1024); 64];
    let reply = encoded(running.address, &json!({"input": long, "encoding": "f16"}));
    assert_eq!(reply["data"].as_array().map(Vec::len), Some(64));
    let reply = encode(running.address, &json!({"input": long, "encoding": "f8"}));
    reply.assert_problem(422, "invalid_field");
}

#[test]
fn a_deadline_ends_encoding_and_a_client_that_goes_away_too() {
    let running = start(|_| ());
    running.encoder.close();
    let late = encode(running.address, &json!({"input": "x", "deadline_ms": 20}));
    late.assert_problem(504, "deadline_exceeded");
    running.encoder.wait_given_up(1);
    let body = json!({"input": "x"}).to_string();
    let mut client = connect(running.address);
    let headers = format!("Host: {}\r\n{JSON}", running.address);
    client.write_all(&message("POST /v1/encode", &headers, body.as_bytes())).unwrap();
    running.encoder.wait_inside(1);
    drop(client);
    running.encoder.wait_given_up(2);
}

#[test]
fn encoding_that_takes_long_holds_up_neither_searches_nor_health_and_its_queue_is_bounded() {
    let running = start(|_| ());
    let by_vectors = json!({"vectors": [vectors("x", 1).row(0)]}).to_string();
    running.encoder.close();
    let wire = message("POST /v1/encode", &format!("Host: {}\r\n{JSON}", running.address), br#"{"input":"x"}"#);
    let ask = |_| {
        let mut client = connect(running.address);
        client.write_all(&wire).unwrap();
        client
    };
    // Four are under way, and sixty-four more wait for a place.
    let mut waiting: Vec<_> = (0..4).map(ask).collect();
    running.encoder.wait_inside(4);
    waiting.extend((4..78).map(ask));
    for client in &waiting {
        client.set_nonblocking(true).unwrap();
    }
    let refused = || waiting.iter().filter(|client| client.peek(&mut [0; 12]).is_ok_and(|bytes| bytes > 0)).count();
    wait_until(|| refused() >= 10);
    assert_eq!(refused(), 10);
    for client in &waiting {
        let mut start = [0; 12];
        assert!(client.peek(&mut start).is_err() || &start == b"HTTP/1.1 429");
    }
    assert_eq!(get(running.address, "/livez").status, 200);
    assert_eq!(search(running.address, by_vectors).status, 200);
    running.encoder.open();
}

#[test]
fn large_replies_take_their_share_of_the_memory_for_bodies() {
    let texts: Vec<String> = (0..64).map(|n| n.to_string()).collect();
    let (small, large) = (json!({"input": texts[..10]}), json!({"input": texts}));
    // Room for one of them: each gives its share back.
    let running = start(|config| config.limits.body_memory = 60 << 10);
    for _ in 0..5 {
        let reply = encode(running.address, &large);
        assert_eq!((reply.status, reply.body.len() > 64 << 10), (200, true));
    }
    let running = start(|config| config.limits.body_memory = 4 << 10);
    let reply = encode(running.address, &large);
    reply.assert_problem(429, "overloaded");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_eq!(encode(running.address, &small).status, 200);
}

#[test]
fn without_an_encoder_it_is_said() {
    let running = start_over(|_| (), |config| config.encoder = maxsimd_server::EncoderSource::Absent);
    wait_until(|| get(running.address, "/readyz").status == 200);
    encode(running.address, &json!({"input": "x"})).assert_problem(503, "encoder_unavailable");
}

#[test]
fn texts_are_counted() {
    let running = start(|_| ());
    encoded(running.address, &json!({"input": ["a", "b", "c"]}));
    let metrics = String::from_utf8_lossy(&get(running.address, "/metrics").body).into_owned();
    assert!(metrics.contains("maxsimd_texts_total{route=\"encode\"} 3"), "{metrics}");
    assert!(metrics.contains("maxsimd_texts_total{route=\"rerank\"} 0"), "{metrics}");
}

#[test]
fn base64_is_of_little_endian_numbers() {
    let running = start(|_| ());
    let reply = encoded(running.address, &json!({"input": "one", "encoding": "f32"}));
    let bytes = STANDARD.decode(reply["data"][0]["vectors"]["f32"].as_str().unwrap()).unwrap();
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    assert_eq!(values, vectors("one", 4).values());
}
