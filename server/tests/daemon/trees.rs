//! Trees of summaries, over the wire.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, request, search};
use crate::collection::{Running, start};

fn send(address: SocketAddr, line: &str, body: &Value) -> Reply {
    request(address, line, JSON, body.to_string().as_bytes())
}

/// A daemon with a collection of trees that has one long document and a short one.
fn with_trees() -> Running {
    let running = start(|_| ());
    let created = send(running.address, "POST /v1/collections", &json!({"name": "trees", "raptor": "adjacent"}));
    assert_eq!(created.status, 201, "{}", created.json());
    let sentence = |n: usize| format!("Sentence {n} is about subject {}. ", n / 9);
    let long: String = (0..300).map(sentence).collect();
    let documents = json!([{"id": "long", "title": "Long", "text": long, "metadata": {"kind": "long"}},
        {"id": "short", "text": "One sentence.", "metadata": {"kind": "short"}}]);
    let line = "PUT /v1/collections/trees/documents?wait=searchable";
    let reply = send(running.address, line, &json!({"documents": documents}));
    assert_eq!(reply.status, 200, "{}", reply.json());
    running
}

fn hits(address: SocketAddr, body: &Value) -> Vec<Value> {
    let reply = send(address, "POST /v1/collections/trees/search", body);
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["hits"].as_array().expect("hits").clone()
}

#[test]
fn a_summary_is_found_with_its_layer_its_leaves_and_where_its_sentences_are() {
    let running = with_trees();
    let described = get(running.address, "/v1/collections/trees").json();
    assert!(described["nodes"].as_u64().is_some_and(|nodes| nodes > 2), "{described}");
    let document = get(running.address, "/v1/collections/trees/documents/long").json();
    let text = document["text"].as_str().expect("a text");
    let summaries = hits(running.address, &json!({"query": "subject", "scope": "summaries", "fold": "none", "k": 100}));
    assert_eq!(summaries.len() as u64, described["nodes"].as_u64().expect("a number"));
    for hit in &summaries {
        assert_eq!((&hit["kind"], &hit["document_id"]), (&json!("summary"), &json!("long")));
        assert!(
            hit["layer"].as_u64() > Some(0) && hit["passage_id"].as_str().is_some_and(|id| id.starts_with("long#S"))
        );
        assert!(!hit["leaves"].as_array().expect("leaves").is_empty());
        let at = |piece: &Value, side: usize| piece[side].as_u64().and_then(|at| usize::try_from(at).ok());
        let pieces = hit["pieces"].as_array().expect("pieces").iter();
        let pieces: Vec<&str> = pieces.map(|piece| &text[at(piece, 0).unwrap()..at(piece, 1).unwrap()]).collect();
        assert_eq!(hit["text"].as_str().expect("a text"), pieces.join(" "));
    }
    let filtered = json!({"query": "subject", "scope": "summaries", "filter": "kind = \"short\""});
    assert!(hits(running.address, &filtered).is_empty());
    let few = hits(running.address, &json!({"query": "subject", "scope": "all", "k": 100, "max_tokens": 40}));
    let tokens: u64 = few.iter().filter_map(|hit| hit["tokens"].as_u64()).sum();
    assert!(!few.is_empty() && tokens <= 40);
    let walked = json!({"query": "subject", "scope": "all", "strategy": "traversal", "per_layer": 1, "fold": "none"});
    let layers: Vec<Option<u64>> = hits(running.address, &walked).iter().map(|hit| hit["layer"].as_u64()).collect();
    assert!(layers.contains(&Some(1)) && layers.contains(&Some(0)), "{layers:?}");
}

#[test]
fn a_tree_is_served_whole_and_in_figures() {
    let running = with_trees();
    let layers = get(running.address, "/v1/collections/trees/tree").json();
    assert_eq!(layers["trees"], 1);
    let tree = get(running.address, "/v1/collections/trees/tree?document=long").json();
    let nodes = tree["nodes"].as_array().expect("nodes");
    for (layer, report) in layers["layers"].as_array().expect("layers").iter().enumerate() {
        let own = nodes.iter().filter(|node| node["layer"] == layer).count();
        // The short document is a passage without a tree.
        assert_eq!(report["nodes"], own + usize::from(layer == 0));
    }
    let root = nodes.last().expect("a root");
    assert_eq!(root["leaves"].as_array().map(Vec::len), Some(nodes.iter().filter(|node| node["layer"] == 0).count()));
    get(running.address, "/v1/collections/trees/tree?document=nobody").assert_problem(404, "document_not_found");
    get(running.address, "/v1/collections/trees/tree?documents=long").assert_problem(422, "invalid_field");
    get(running.address, "/v1/collections/nothing/tree").assert_problem(404, "collection_not_found");
}

#[test]
fn what_a_search_of_trees_cannot_be_is_refused() {
    let running = with_trees();
    for (body, code) in [
        (json!({"query": "x", "scope": "leaves"}), "invalid_field"),
        (json!({"query": "x", "strategy": "sideways"}), "invalid_field"),
        (json!({"query": "x", "per_layer": 3}), "invalid_field"),
        (json!({"query": "x", "strategy": "traversal", "mode": "bm25"}), "mode_unavailable"),
        (json!({"query": "x", "fold": "twice"}), "invalid_field"),
        (json!({"query": "x", "max_tokens": 0}), "invalid_field"),
    ] {
        send(running.address, "POST /v1/collections/trees/search", &body).assert_problem(422, code);
    }
    search(running.address, json!({"query": "x", "scope": "summaries"}).to_string())
        .assert_problem(422, "scope_unavailable");
    let created = send(running.address, "POST /v1/collections", &json!({"name": "other", "raptor": "umap"}));
    created.assert_problem(422, "invalid_field");
}
