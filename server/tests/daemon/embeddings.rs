//! Embeddings and the list of models, as clients of OpenAI ask for them.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maxsimd_server::EncoderSource;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, request};
use crate::collection::{WIDTH, publish, publish_encoded_by, start, start_over, vectors, wait_until};

fn embed(address: SocketAddr, body: &Value) -> Reply {
    request(address, "POST /v1/embeddings", JSON, body.to_string().as_bytes())
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// The mean of a text's token vectors, of length 1.
fn mean(text: &str) -> Vec<f64> {
    let vectors = vectors(text, 4);
    let mut mean = vec![0.0; WIDTH];
    for row in vectors.iter_rows() {
        mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    let length = mean.iter().map(|value| value * value).sum::<f64>().sqrt();
    mean.iter().map(|value| value / length).collect()
}

fn assert_close(found: &[f64], want: &[f64]) {
    assert_eq!(found.len(), want.len());
    assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} for {want:?}");
}

#[test]
fn embeddings_have_openais_shape_and_are_means_of_token_vectors() {
    let running = start(|_| ());
    let body = json!({"model": "text-embedding-3-small", "input": ["one", "three"], "user": "me", "dimensions": WIDTH});
    let reply = embed(running.address, &body).json();
    assert_eq!(names(&reply), ["data", "model", "object", "usage"]);
    assert_eq!((&reply["object"], &reply["model"]), (&json!("list"), &json!("seeded")));
    assert_eq!(reply["usage"], json!({"prompt_tokens": 8, "total_tokens": 8}));
    assert_eq!(reply["data"].as_array().map(Vec::len), Some(2));
    for (index, text) in ["one", "three"].into_iter().enumerate() {
        let found = &reply["data"][index];
        assert_eq!(names(found), ["embedding", "index", "object"]);
        assert_eq!((&found["index"], &found["object"]), (&json!(index), &json!("embedding")));
        let values: Vec<f64> = found["embedding"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert_close(&values, &mean(text));
    }
    let base64 = embed(running.address, &json!({"input": "one", "encoding_format": "base64"})).json();
    let bytes = STANDARD.decode(base64["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let values = bytes.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
    assert_close(&values.collect::<Vec<_>>(), &mean("one"));
}

#[test]
fn what_cannot_be_embedded_is_refused_in_openais_shape() {
    let running = start(|_| ());
    for (body, status, code, param) in [
        (json!({}), 422, "invalid_field", json!("input")),
        (json!({"input": ""}), 422, "invalid_field", json!("input")),
        (json!({"input": []}), 422, "invalid_field", json!("input")),
        (json!({"input": ["x", " "]}), 422, "invalid_field", json!("input[1]")),
        (json!({"input": [1, 2, 3]}), 422, "invalid_field", json!("input[0]")),
        (json!({"input": [[1, 2, 3]]}), 422, "invalid_field", json!("input[0]")),
        (json!({"input": vec!["x"; 2049]}), 422, "invalid_field", json!("input")),
        (json!({"input": "x", "dimensions": 256}), 422, "invalid_field", json!("dimensions")),
        (json!({"input": "x", "dimensions": 0}), 422, "invalid_field", json!("dimensions")),
        (json!({"input": "x", "encoding_format": "int8"}), 422, "invalid_field", json!("encoding_format")),
        (json!({"input": "x", "input_type": "title"}), 422, "invalid_field", json!("input_type")),
        (json!({"input": "x", "deadline_ms": 600_001}), 422, "invalid_field", json!("deadline_ms")),
        (json!(["x"]), 400, "invalid_request", Value::Null),
    ] {
        let reply = embed(running.address, &body);
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"], &error["param"]), (status, &json!(code), &param), "{body}");
        assert_eq!(names(error), ["code", "message", "param", "type"]);
        assert_eq!(error["type"], "invalid_request_error");
    }
    let reply = request(running.address, "POST /v1/embeddings", JSON, b"{");
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!("invalid_json")));
    let reply = embed(running.address, &json!({"input": "never to be encoded"}));
    assert_eq!((reply.status, &reply.json()["error"]["type"]), (500, &json!("server_error")));
    running.encoder.close();
    let reply = embed(running.address, &json!({"input": "x", "deadline_ms": 20}));
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (504, &json!("deadline_exceeded")));
}

#[test]
fn many_texts_come_back_in_their_order() {
    let running = start(|_| ());
    let texts: Vec<String> = (0..1000).map(|number| format!("text {number}")).collect();
    let reply = embed(running.address, &json!({"input": texts, "encoding_format": "base64"})).json();
    for at in [0, 127, 128, 999] {
        let bytes = STANDARD.decode(reply["data"][at]["embedding"].as_str().unwrap()).unwrap();
        let values = bytes.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        assert_close(&values.collect::<Vec<_>>(), &mean(&texts[at]));
    }
}

#[test]
fn models_are_the_encoder_and_every_technique_on_every_collection_that_it_made() {
    let running = start_over(
        |data| {
            publish(data, "docs", "first");
            publish_encoded_by(data, "others", "second", ("another", "0ff"));
        },
        |_| (),
    );
    wait_until(|| get(running.address, "/readyz").status == 200);
    let alias = request(running.address, "PUT /v1/aliases/live", JSON, br#"{"collection":"docs"}"#);
    assert_eq!(alias.status, 200);
    let listed = get(running.address, "/v1/models").json();
    assert_eq!((names(&listed), &listed["object"]), (vec!["data".to_owned(), "object".to_owned()], &json!("list")));
    let models = listed["data"].as_array().unwrap();
    assert_eq!(names(&models[0]), ["created", "id", "kind", "object", "owned_by"]);
    assert_eq!((&models[0]["id"], &models[0]["kind"]), (&json!("seeded"), &json!("encoder")));
    assert!(models[0]["created"].as_u64().is_some_and(|seconds| seconds > 1_700_000_000));
    let ids: Vec<&str> = models.iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"maxsimd/auto@docs") && ids.contains(&"maxsimd/plain@live"), "{ids:?}");
    assert!(!ids.iter().any(|id| id.contains("@others")), "{ids:?}");
    let techniques = get(running.address, "/v1/techniques").json()["techniques"].as_array().map(Vec::len).unwrap();
    assert_eq!(ids.len(), 1 + 2 * (techniques + 1));
    for id in ids {
        let one = get(running.address, &format!("/v1/models/{id}"));
        assert_eq!((one.status, &one.json()["id"]), (200, &json!(id)));
        let escaped = get(running.address, &format!("/v1/models/{}", id.replace('/', "%2F")));
        assert_eq!(escaped.json(), one.json());
    }
    for (missing, code) in [
        ("gpt-4o", "model_not_found"),
        ("maxsimd/magic@docs", "model_not_found"),
        ("maxsimd/plain@absent", "collection_not_found"),
        ("%ff", "model_not_found"),
    ] {
        let reply = get(running.address, &format!("/v1/models/{missing}"));
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (404, &json!(code)), "{missing}");
    }
}

#[test]
fn a_daemon_without_an_encoder_has_no_models() {
    let running = start_over(|data| publish(data, "docs", "first"), |config| config.encoder = EncoderSource::Absent);
    wait_until(|| get(running.address, "/readyz").status == 200);
    assert_eq!(get(running.address, "/v1/models").json(), json!({"object": "list", "data": []}));
    let reply = embed(running.address, &json!({"input": "x"}));
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (503, &json!("encoder_unavailable")));
}
