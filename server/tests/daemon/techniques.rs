//! Techniques over HTTP: what there is, each of them, and routes.

use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, request};
use crate::collection::{Running, start};

const QUESTION: &str = "passage 17 of first";

fn post(running: &Running, path: &str, body: &Value) -> Reply {
    request(running.address, &format!("POST {path}"), JSON, body.to_string().as_bytes())
}

fn listed(running: &Running) -> Vec<Value> {
    let listed = get(running.address, "/v1/techniques");
    assert_eq!(listed.status, 200);
    listed.json()["techniques"].as_array().unwrap().clone()
}

#[test]
fn every_technique_that_is_listed_answers_with_its_defaults_and_as_a_chat_model() {
    let running = start(|_| ());
    let listed = listed(&running);
    assert!(listed.len() >= 15);
    for technique in &listed {
        let (name, defaults) = (&technique["name"], &technique["defaults"]);
        let body = json!({"question": QUESTION, "collections": ["docs"], "technique": name, "options": defaults,
            "thinking": "rules", "threshold": 0});
        let reply = post(&running, "/v1/answer", &body);
        assert_eq!(reply.status, 200, "{name}: {}", reply.json());
        let answer = reply.json();
        assert_eq!(&answer["decision"]["technique"], name);
        assert!(answer["contexts"].as_array().is_some_and(|contexts| !contexts.is_empty()), "{name}");
        let model = format!("maxsimd/{}@docs", name.as_str().unwrap());
        let body = json!({"model": model, "messages": [{"role": "user", "content": QUESTION}]});
        let reply = post(&running, "/v1/chat/completions", &body);
        assert_eq!(reply.status, 200, "{model}: {}", reply.json());
        assert_eq!(&reply.json()["maxsimd"]["decision"]["technique"], name);
    }
}

#[test]
fn what_a_technique_needs_and_has_not_is_said() {
    let running = start(|_| ());
    let reasons = |technique: &str, more: Value| {
        let mut body = json!({"question": QUESTION, "collections": ["docs"], "technique": technique});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let reply = post(&running, "/v1/answer", &body);
        assert_eq!(reply.status, 200, "{}", reply.json());
        let answer = reply.json();
        let degraded = answer["degraded"].as_array().unwrap().clone();
        degraded.iter().map(|degraded| degraded["reason"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(reasons("raptor", json!({})), ["no_tree"]);
    assert_eq!(reasons("multi_representation", json!({})), ["no_representations"]);
    assert_eq!(reasons("rerank", json!({"options": {"by": "cross_encoder"}})), ["cross_encoder_missing"]);
    assert_eq!(reasons("multi_query", json!({"thinking": "model"})), ["generator_missing"]);
    let web = json!({"options": {"fallback": "web"}});
    let asked_web = reasons("crag", web);
    assert!(asked_web.is_empty() || asked_web == ["web_missing"], "{asked_web:?}");
}

#[test]
fn knobs_are_checked() {
    let running = start(|_| ());
    let refused = |technique: &str, options: Value| {
        let body = json!({"question": QUESTION, "collections": ["docs"], "technique": technique, "options": options});
        let reply = post(&running, "/v1/answer", &body);
        reply.assert_problem(422, "invalid_field");
        assert_eq!(reply.json()["field"], "options", "{options}");
        reply.json()["detail"].as_str().unwrap().to_owned()
    };
    assert!(refused("multi_query", json!({"queries": 11})).contains("from 1 to 10"));
    assert!(refused("multi_query", json!({"colour": "red"})).contains("it has queries"));
    assert!(refused("query_construction", json!({"now": "soon"})).contains("neither a day nor a moment"));
    let body = json!({"question": QUESTION, "collections": ["docs"], "thinking": "deep"});
    let reply = post(&running, "/v1/answer", &body);
    reply.assert_problem(422, "invalid_field");
    assert_eq!(reply.json()["field"], "thinking");
}

#[test]
fn a_route_names_collections_and_scores() {
    let running = start(|_| ());
    let body = json!({"question": QUESTION, "collections": ["docs"], "options": {"how": "rules"}});
    let routed = post(&running, "/v1/route", &body).json();
    assert_eq!((&routed["collections"], &routed["by"]), (&json!(["docs"]), &json!("rules")), "{routed}");
    assert!(routed["scores"][0]["score"].as_f64() > Some(0.5));
    let body = json!({"question": "zyx wvu", "collections": ["docs"], "options": {"how": "rules"}});
    assert_eq!(post(&running, "/v1/route", &body).json()["collections"], json!([]));
    let body = json!({"question": QUESTION, "collections": ["docs"], "options": {"how": "magic"}});
    post(&running, "/v1/route", &body).assert_problem(422, "invalid_field");
    let body = json!({"question": QUESTION, "collections": ["docs"], "k": 3});
    post(&running, "/v1/route", &body).assert_problem(422, "unknown_field");
    let body = json!({"question": QUESTION, "collections": ["none"]});
    assert_eq!(post(&running, "/v1/route", &body).status, 404);
}
