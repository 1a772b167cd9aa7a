//! Filters, words and both rankings as one, over the wire.

use std::net::SocketAddr;

use maxsimd_server::EncoderSource;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, request, search};
use crate::collection::{PASSAGES, ROUTED_PASSAGES, start, start_routed};

fn found(address: SocketAddr, body: &Value) -> Value {
    let reply = search(address, body.to_string());
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()
}

fn numbers(reply: &Value) -> Vec<u64> {
    let hits = reply["hits"].as_array().expect("hits");
    hits.iter().map(|hit| hit["metadata"]["number"].as_u64().expect("a number")).collect()
}

fn parse(address: SocketAddr, body: &str) -> Reply {
    request(address, "POST /v1/filters/parse", JSON, body.as_bytes())
}

#[test]
fn a_filter_lets_through_what_matches_in_every_mode_and_is_echoed() {
    let running = start_routed(|_| ());
    for mode in ["late", "exhaustive", "bm25", "hybrid"] {
        for filter in [
            json!("number>=590 && tag='first'"),
            json!({"and": [
                {"field": "number", "op": ">=", "value": 590}, {"field": "tag", "op": "=", "value": "first"},
            ]}),
        ] {
            let reply = found(running.address, &json!({"query": "passage", "mode": mode, "k": 100, "filter": filter}));
            let mut numbers = numbers(&reply);
            numbers.sort_unstable();
            assert_eq!(numbers, (590..ROUTED_PASSAGES as u64).collect::<Vec<_>>(), "{mode}");
            assert_eq!(reply["applied_filter"], "number >= 590 and tag = \"first\"");
            assert_eq!(reply["degraded"], json!([]));
            assert!(reply["timings"]["filter_us"].is_u64());
        }
    }
    let none = found(running.address, &json!({"query": "passage", "filter": "number < 0"}));
    assert_eq!((&none["hits"], &none["certified"]), (&json!([]), &true.into()));
    assert!(found(running.address, &json!({"query": "passage"})).get("applied_filter").is_none());
}

#[test]
fn a_filter_that_makes_no_sense_is_refused_before_anything_is_encoded() {
    let running = start(|_| ());
    running.encoder.close();
    let deep = "(".repeat(20_000) + "number = 1" + &")".repeat(20_000);
    let long = format!("tag = \"{}\"", "x".repeat(1 << 20));
    for (filter, detail, position) in [
        (json!("nunber = 1"), "number", Some(0)),
        (json!("number = \"one\""), "integer", Some(9)),
        (json!("1=1; drop"), "", Some(0)),
        (json!("number = 1; drop table"), "", Some(10)),
        (json!("number >"), "", Some(8)),
        (json!(deep), "deep", None),
        (json!(long), "bytes", None),
        (json!({"field": "number", "op": "~", "value": 1}), "~", None),
        (json!({"and": []}), "and", None),
        (json!(5), "", None),
    ] {
        let reply = search(running.address, json!({"query": "x", "filter": filter}).to_string());
        reply.assert_problem(422, "invalid_field");
        let problem = reply.json();
        assert_eq!(problem["field"], "filter", "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|text| text.contains(detail)), "{problem}");
        if let Some(position) = position {
            assert_eq!(problem["position"], position, "{problem}");
        }
    }
    running.encoder.open();
}

#[test]
fn a_filter_is_parsed_to_text_and_tree_and_back() {
    let running = start(|_| ());
    let body = json!({"filter": "year>=2020 AND lang in ('en','de') and not draft",
                      "fields": {"year": "integer", "lang": "keyword", "draft": "boolean"}});
    let parsed = parse(running.address, &body.to_string());
    assert_eq!(parsed.status, 200, "{}", parsed.json());
    let parsed = parsed.json();
    assert_eq!(parsed["text"], "year >= 2020 and lang in (\"en\", \"de\") and not draft = true");
    let again = parse(running.address, &json!({"filter": parsed["filter"], "fields": body["fields"]}).to_string());
    assert_eq!(again.json(), parsed);
    let of_collection = parse(running.address, r#"{"filter":"number = 3","collection":"docs"}"#);
    assert_eq!(of_collection.json()["text"], "number = 3");
    for (body, status, code) in [
        (r#"{"filter":"year = ","fields":{"year":"integer"}}"#, 422, "invalid_field"),
        (r#"{"filter":"x = 1","collection":"nowhere"}"#, 404, "collection_not_found"),
        (r#"{"filter":"x = 1","collection":"../etc"}"#, 422, "invalid_field"),
        (r#"{"filter":"x = 1"}"#, 422, "invalid_field"),
        (r#"{"filter":"x = 1","collection":"docs","fields":{}}"#, 422, "invalid_field"),
        (r#"{"filter":"x = 1","fields":{"x":"int"}}"#, 422, "invalid_field"),
        (r#"{"fields":{"x":"integer"}}"#, 422, "invalid_field"),
        (r#"{"filter":"x = 1","field":{"x":"integer"}}"#, 422, "unknown_field"),
        (r#"{"filter":"x = 1","filter":"x = 2","fields":{"x":"integer"}}"#, 422, "duplicate_field"),
        (r#"{"filter":"x = 1""#, 400, "invalid_json"),
    ] {
        parse(running.address, body).assert_problem(status, code);
    }
}

#[test]
fn words_are_found_without_an_encoder() {
    let running = start(|config| config.encoder = EncoderSource::Absent);
    let reply = found(running.address, &json!({"query": "17", "mode": "bm25"}));
    assert_eq!((numbers(&reply), &reply["hits"][0]["document_id"]), (vec![17], &"d17".into()));
    let vectors = search(running.address, r#"{"vectors":[[1,0]],"mode":"bm25"}"#);
    vectors.assert_problem(422, "mode_unavailable");
}

#[test]
fn hybrid_says_where_its_legs_had_a_hit_and_goes_on_without_an_encoder() {
    let running = start(|_| ());
    let reply = found(running.address, &json!({"query": "passage 17", "mode": "hybrid", "k": PASSAGES}));
    let hits = reply["hits"].as_array().expect("hits");
    assert!(hits.iter().all(|hit| hit["legs"]["late"]["rank"].is_u64()));
    let own = hits.iter().find(|hit| hit["document_id"] == "d17").expect("it has both words");
    assert_eq!(own["legs"]["bm25"]["rank"], 1);
    assert_eq!(reply["degraded"], json!([]));

    let running = start(|config| config.encoder = EncoderSource::Absent);
    let reply = found(running.address, &json!({"query": "17", "mode": "hybrid"}));
    assert_eq!(numbers(&reply), [17]);
    let degraded = &reply["degraded"][0];
    assert_eq!((&degraded["stage"], &degraded["fallback"]), (&"late".into(), &"bm25 alone".into()));
    assert!(degraded["reason"].as_str().is_some_and(|reason| reason.contains("encoder")), "{degraded}");
}
