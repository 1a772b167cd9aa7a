//! Documents ranked over HTTP, in the shapes of Cohere, Jina and text-embeddings-inference.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::{JSON, Reply, request};
use crate::collection::{start, vectors};

const ROUTES: [&str; 3] = ["/v1/rerank", "/v2/rerank", "/rerank"];

fn rerank(address: SocketAddr, route: &str, body: &Value) -> Reply {
    request(address, &format!("POST {route}"), JSON, body.to_string().as_bytes())
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

/// MaxSim of two texts.
fn maxsim(query: &str, document: &str) -> f64 {
    let (query, document) = (vectors(query, 4), vectors(document, 4));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    query.iter_rows().map(|row| document.iter_rows().map(|other| dot(row, other)).fold(f64::MIN, f64::max)).sum()
}

fn assert_score(found: &Value, want: f64) {
    assert!((found.as_f64().unwrap() - want).abs() < 1e-5, "{found} for {want}");
}

#[test]
fn documents_are_ranked_by_the_mean_best_similarity_of_the_querys_tokens() {
    let running = start(|_| ());
    let texts = ["one", "the query", "three"];
    let documents = json!(["one", {"text": "the query", "title": "itself"}, "three"]);
    for route in ROUTES {
        let body =
            json!({"model": "rerank-v3.5", "query": "the query", "documents": documents, "max_chunks_per_doc": 5});
        let reply = rerank(running.address, route, &body);
        assert_eq!(reply.status, 200, "{}", reply.json());
        assert!(reply.header("server-timing").is_some_and(|timing| timing.contains("score")));
        let id = format!("rerank-{}", reply.header("x-request-id").unwrap());
        let reply = reply.json();
        assert_eq!(names(&reply), ["id", "model", "results", "usage"]);
        assert_eq!((&reply["id"], &reply["model"]), (&json!(id), &json!("seeded")));
        // The tokens of these texts are their bytes.
        assert_eq!(reply["usage"], json!({"total_tokens": 9 + 3 + 9 + 5}));
        let results = reply["results"].as_array().unwrap();
        assert_eq!((results.len(), &results[0]["index"]), (3, &json!(1)));
        for (before, result) in results.iter().zip(&results[1..]) {
            assert!(before["relevance_score"].as_f64() >= result["relevance_score"].as_f64());
        }
        for result in results {
            assert_eq!(names(result), ["index", "relevance_score"]);
            let text = texts[usize::try_from(result["index"].as_u64().unwrap()).unwrap()];
            assert_score(&result["relevance_score"], (maxsim("the query", text) / 4.0).clamp(0.0, 1.0));
        }
    }
}

#[test]
fn the_best_come_back_with_their_texts_if_that_is_wanted() {
    let running = start(|_| ());
    let documents = json!(["one", {"text": "the query"}, "three"]);
    let body = json!({"query": "the query", "documents": documents, "top_n": 1, "return_documents": true});
    let results = rerank(running.address, "/v1/rerank", &body).json()["results"].clone();
    assert_eq!(results.as_array().map(Vec::len), Some(1));
    assert_eq!(results[0]["document"], json!({"text": "the query"}));
    let beside =
        json!({"query": "the query", "documents": ["one", {"n": [{}, 1], "text": "the query", "m": null}], "top_n": 1});
    assert_eq!(rerank(running.address, "/v1/rerank", &beside).json()["results"][0]["index"], 1);
    let more = json!({"query": "the query", "documents": ["same", "same", ""], "top_n": 1000});
    let results = rerank(running.address, "/v1/rerank", &more).json()["results"].clone();
    let order: Vec<u64> = results.as_array().unwrap().iter().map(|result| result["index"].as_u64().unwrap()).collect();
    assert_eq!(order.iter().position(|at| *at == 0).unwrap() + 1, order.iter().position(|at| *at == 1).unwrap());
}

#[test]
fn texts_are_answered_in_the_shape_of_text_embeddings_inference() {
    let running = start(|_| ());
    let body = json!({"query": "the query", "texts": ["one", "the query"], "truncate": true});
    let reply = rerank(running.address, "/rerank", &body).json();
    assert_eq!(reply.as_array().map(Vec::len), Some(2));
    assert_eq!((names(&reply[0]), &reply[0]["index"]), (vec!["index".to_owned(), "score".to_owned()], &json!(1)));
    assert_score(&reply[0]["score"], 1.0);
    let body = json!({"query": "the query", "texts": ["one", "the query"], "raw_scores": true, "return_text": true});
    let reply = rerank(running.address, "/rerank", &body).json();
    assert_eq!(reply[0]["text"], "the query");
    assert_score(&reply[0]["score"], 4.0);
    assert_score(&reply[1]["score"], maxsim("the query", "one"));
}

#[test]
fn what_cannot_be_ranked_names_its_field() {
    let running = start(|_| ());
    let refused = |body: Value, field: Value| {
        let reply = rerank(running.address, "/v2/rerank", &body);
        reply.assert_problem(422, "invalid_field");
        assert_eq!(reply.json().get("field").cloned().unwrap_or_default(), field, "{body}");
    };
    let long = "x".repeat(32 * 1024 + 1);
    refused(json!({"documents": ["x"]}), json!("query"));
    refused(json!({"query": " ", "documents": ["x"]}), json!("query"));
    refused(json!({"query": long, "documents": ["x"]}), json!("query"));
    refused(json!({"query": "x"}), json!("documents"));
    refused(json!({"query": "x", "documents": []}), json!("documents"));
    refused(json!({"query": "x", "documents": "x"}), json!("documents"));
    refused(json!({"query": "x", "documents": vec!["x"; 1001]}), json!("documents"));
    refused(json!({"query": "x", "documents": ["x", {"title": "x"}]}), json!("documents[1]"));
    refused(json!({"query": "x", "documents": ["x", 1]}), json!("documents[1]"));
    refused(json!({"query": "x", "documents": ["x", ["x"]]}), json!("documents[1]"));
    refused(json!({"query": "x", "documents": ["x", long]}), json!("documents[1]"));
    refused(json!({"query": "x", "texts": []}), json!("texts"));
    refused(json!({"query": "x", "texts": ["x"], "documents": ["x"]}), json!("texts"));
    refused(json!({"query": "x", "documents": ["x"], "top_n": 0}), json!("top_n"));
    refused(json!({"query": "x", "documents": ["x"], "rank_fields": ["title"]}), json!("rank_fields"));
    refused(json!({"query": "x", "documents": ["x"], "return_documents": 1}), json!("return_documents"));
    refused(json!({"query": "x", "documents": ["x"], "deadline_ms": 0}), json!("deadline_ms"));
    rerank(running.address, "/rerank", &json!([])).assert_problem(400, "invalid_request");
    running.encoder.close();
    let late = json!({"query": "x", "documents": ["x"], "deadline_ms": 20});
    rerank(running.address, "/rerank", &late).assert_problem(504, "deadline_exceeded");
}
