//! Recall and certainty: what a search may leave out, and that it says so.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::{get, search};
use crate::collection::{ROUTED_PASSAGES, start, start_routed};

fn found(address: SocketAddr, body: &Value) -> Value {
    let reply = search(address, body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

#[test]
fn a_recall_that_is_no_share_is_refused_by_name() {
    let running = start(|_| ());
    for recall in ["0", "-0.5", "1.01", "\"high\"", "[0.9]", "true"] {
        let reply = search(running.address, format!(r#"{{"query":"x","recall":{recall}}}"#));
        reply.assert_problem(422, "invalid_field");
        assert_eq!(reply.json()["field"], "recall", "{recall}");
    }
    let reply = search(running.address, r#"{"query":"x","certified":1}"#);
    reply.assert_problem(422, "invalid_field");
    assert_eq!(reply.json()["field"], "certified");
}

#[test]
fn a_collection_without_a_router_is_scored_whole_and_therefore_certified() {
    let running = start(|_| ());
    for body in [json!({"query": "x"}), json!({"query": "x", "recall": 0.5}), json!({"query": "x", "certified": true})]
    {
        let reply = found(running.address, &body);
        assert_eq!((&reply["certified"], reply.get("pruning")), (&true.into(), None), "{body}");
    }
}

#[test]
fn a_pruned_search_says_how_far_it_went_and_certifies_nothing() {
    let running = start_routed(|_| ());
    let reply = found(running.address, &json!({"query": "x", "k": 3, "recall": 0.5, "explain": true}));
    assert_eq!((&reply["certified"], &reply["degraded"]), (&false.into(), &json!([])));
    assert!(reply["explain"]["scored_passages"].as_u64() < Some(ROUTED_PASSAGES as u64), "{reply}");
    let pruning = reply["pruning"].as_object().expect("a pruning");
    assert_eq!(pruning.keys().collect::<Vec<_>>(), ["candidates", "finalists", "probes", "slack"]);
    let most = |reply: &Value| reply["pruning"]["candidates"].as_u64().expect("a number");
    let more = found(running.address, &json!({"query": "x", "k": 3, "recall": 0.99}));
    assert!(most(&reply) <= most(&more) && most(&more) < 100_000, "{} {}", most(&reply), most(&more));
}

#[test]
fn whatever_asks_for_everything_finds_what_exhaustive_finds_and_is_certified() {
    let running = start_routed(|_| ());
    for query in ["a", "b", "c"] {
        let exhaustive = found(running.address, &json!({"query": query, "mode": "exhaustive", "k": 20}));
        assert_eq!((&exhaustive["certified"], exhaustive.get("pruning")), (&true.into(), None));
        for asked in [json!({"recall": 1}), json!({"certified": true}), json!({"certified": true, "recall": 0.5})] {
            let mut body = json!({"query": query, "k": 20});
            body.as_object_mut().expect("an object").extend(asked.as_object().cloned().expect("an object"));
            let reply = found(running.address, &body);
            assert_eq!(reply["hits"], exhaustive["hits"], "{body}");
            assert_eq!((&reply["certified"], reply.get("pruning")), (&true.into(), None), "{body}");
            assert_eq!(reply["degraded"], json!([]), "{body}");
        }
    }
    let several = found(running.address, &json!({"queries": ["a", "b"], "certified": true}));
    assert_eq!(several["certified"], true);
}

#[test]
fn a_collection_describes_what_its_efforts_find() {
    let running = start_routed(|_| ());
    let router = &get(running.address, "/v1/collections/docs").json()["router"];
    let efforts = router["efforts"].as_array().expect("a list");
    assert!(!efforts.is_empty(), "{router}");
    for effort in efforts {
        for field in ["recall_at_10", "recall_at_100"] {
            assert!(effort[field].as_f64().is_some_and(|recall| (0.0..=1.0).contains(&recall)), "{effort}");
        }
        assert!(effort["probes"].as_u64() > Some(0) && effort["candidates"].as_u64() > Some(0), "{effort}");
    }
    let candidates: Vec<_> = efforts.iter().map(|effort| effort["candidates"].as_u64()).collect();
    assert!(candidates.is_sorted(), "least effort first: {candidates:?}");
}
