//! Trees of summaries, over the wire.

use std::net::SocketAddr;
use std::time::Duration;

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

/// Waits until the tree across documents is as it should be; gives up after a while.
fn until_across(address: SocketAddr, holds: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..600 {
        let across = get(address, "/v1/collections/trees/tree").json()["across"].clone();
        if holds(&across) {
            return across;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{}", get(address, "/v1/collections/trees/tree").json());
}

#[test]
fn a_tree_across_documents_grows_in_the_background_and_is_marked_and_mended() {
    let running = start(|_| ());
    let address = running.address;
    let wanted = json!({"name": "trees", "raptor": {"clustering": "gmm", "across": true}});
    assert_eq!(send(address, "POST /v1/collections", &wanted).status, 201);
    get(address, "/v1/collections/trees/tree?across=true").assert_problem(422, "invalid_field");
    let put = |documents: Vec<Value>| {
        let line = "PUT /v1/collections/trees/documents?wait=searchable";
        let reply = send(address, line, &json!({"documents": documents}));
        assert_eq!(reply.status, 200, "{}", reply.json());
    };
    let document = |n: usize| {
        let text = format!("A note about subject {}. It says {n} in many words. Nothing else.", n % 5);
        json!({"id": format!("d{n}"), "text": text, "metadata": {"n": n}})
    };
    put((0..40).map(document).collect());
    let grown = until_across(address, |across| across["documents"] == 40);
    assert_eq!((&grown["uncovered"], &grown["gone"], &grown["dead"]), (&json!(0), &json!(0), &json!(0)));
    let tree = get(address, "/v1/collections/trees/tree?across=true").json();
    let nodes = tree["nodes"].as_array().expect("nodes");
    assert_eq!((&tree["document_id"], nodes.len() as u64), (&Value::Null, 40 + grown["nodes"].as_u64().unwrap()));

    let asked = json!({"query": "subject", "scope": "summaries", "fold": "none", "k": 100});
    let found = hits(address, &asked);
    let quoted =
        |hit: &Value| hit["leaves"][0].as_str().expect("a passage").split_once('#').expect("an id").0.to_owned();
    for hit in &found {
        assert_eq!((&hit["document_id"], &hit["kind"]), (&Value::Null, &json!("summary")));
        assert_eq!(hit["leaves"].as_array().map(Vec::len), hit["pieces"].as_array().map(Vec::len));
    }
    let filtered = json!({"query": "subject", "scope": "summaries", "filter": "n >= 0"});
    assert!(hits(address, &filtered).is_empty());

    // Fewer than a tenth: it stays marked until somebody asks.
    let gone = quoted(&found[0]);
    let deleted = send(address, "DELETE /v1/collections/trees/documents?wait=searchable", &json!({"ids": [gone]}));
    assert_eq!(deleted.status, 200);
    let quoting = |found: &[Value]| {
        let leaves = found.iter().flat_map(|hit| hit["leaves"].as_array().expect("leaves"));
        leaves.filter(|leaf| leaf.as_str().is_some_and(|leaf| leaf.starts_with(&format!("{gone}#")))).count()
    };
    assert!(quoting(&found) > 0 && quoting(&hits(address, &asked)) == 0);
    let marked = until_across(address, |across| across["gone"] == 1);
    assert!(marked["dead"].as_u64() > Some(0), "{marked}");
    assert_eq!(send(address, "POST /v1/collections/trees/compact", &json!({})).status, 200);
    let mended = get(address, "/v1/collections/trees/tree").json()["across"].clone();
    assert_eq!((&mended["gone"], &mended["dead"], &mended["documents"]), (&json!(0), &json!(0), &json!(39)));

    // More than a tenth: the mender finds it.
    put((40..50).map(document).collect());
    until_across(address, |across| across["documents"] == 49 && across["uncovered"] == 0);
    let both = get(address, "/v1/collections/trees/tree?across=true&document=d1");
    both.assert_problem(422, "invalid_field");
}
