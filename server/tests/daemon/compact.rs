//! Every route in both forms: what is asked means the same, what is replied says the same.

use std::fmt::Debug;
use std::net::SocketAddr;

use maxsimd_server::wire::{
    AliasBody, AliasRequest, AliasesBody, AnswerAsk, AnswerReply, ChangeAnswer, CollectionBody, CollectionsBody,
    CreateRequest, DeleteRequest, DocumentAnswer, EncodeAsk, EncodeReply, FilterAnswer, FilterRequest, Form,
    LayersBody, OperationAnswer, ProblemBody, Request, RequestBody, RouteAsk, RouteReply, Search, SearchAnswer,
    SearchBody, TechniquesBody, TimingsBody, TreeBody, UpsertRequest, Values, Vectors, compact,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, request};
use crate::collection::{Running, start, vectors};

const COMPACT: &str = "Content-Type: application/x-maxsimd\r\n";
const ACCEPTED: &str = "Accept: application/x-maxsimd\r\n";

/// A request's body in the compact form.
fn compacted<T: Request>(body: &Value) -> Vec<u8>
where
    for<'a> T::Body<'a>: compact::Writable,
{
    let text = body.to_string();
    let body = T::Body::parse(Form::Json, text.as_bytes()).expect("a body");
    compact::encode(&body).expect("written")
}

#[track_caller]
fn from_compact<T: for<'a> compact::Readable<'a>>(reply: &Reply) -> T {
    assert_eq!(reply.header("content-type"), Some("application/x-maxsimd"));
    compact::decode_reply(&reply.body).unwrap_or_else(|error| panic!("{error}: {:?}", reply.body))
}

#[track_caller]
fn from_json<T: DeserializeOwned>(reply: &Reply) -> T {
    serde_json::from_value(reply.json()).unwrap_or_else(|error| panic!("{error}: {}", reply.json()))
}

/// What all forms say, which has to be the same. Where the daemon does something by itself in between, they are asked again.
#[track_caller]
fn the_same<R: PartialEq + Debug>(forms: &[&dyn Fn() -> R]) -> R {
    loop {
        let mut said: Vec<R> = forms.iter().map(|ask| ask()).collect();
        if said.iter().all(|other| *other == said[0]) {
            return said.swap_remove(0);
        }
        assert_ne!(said[0], forms[0](), "nothing has changed, and yet: {said:?}");
    }
}

/// Asks in JSON and in the compact form; `alike` takes away what differs from one time to the next.
#[track_caller]
fn post<T, R>(address: SocketAddr, line: &str, body: &Value, alike: impl Fn(&mut R)) -> R
where
    T: Request,
    for<'a> T::Body<'a>: compact::Writable,
    R: DeserializeOwned + for<'a> compact::Readable<'a> + PartialEq + Debug,
{
    let json = body.to_string();
    let asked = |headers: &str, body: &[u8], read: fn(&Reply) -> R| {
        let reply = request(address, line, headers, body);
        assert!((200..300).contains(&reply.status), "{} {}", reply.status, String::from_utf8_lossy(&reply.body));
        let mut said = read(&reply);
        alike(&mut said);
        said
    };
    the_same(&[
        &|| asked(JSON, json.as_bytes(), from_json),
        &|| asked(COMPACT, &compacted::<T>(body), from_compact),
        // Each form can be asked for, whatever the request came in.
        &|| asked(&format!("{JSON}{ACCEPTED}"), json.as_bytes(), from_compact),
    ])
}

#[track_caller]
fn fetched<R>(address: SocketAddr, path: &str) -> R
where
    R: DeserializeOwned + for<'a> compact::Readable<'a> + PartialEq + Debug,
{
    let in_json = || {
        let reply = get(address, path);
        assert_eq!(reply.status, 200, "{}", reply.json());
        from_json(&reply)
    };
    the_same(&[&in_json, &|| from_compact(&request(address, &format!("GET {path}"), ACCEPTED, b""))])
}

fn without_times(answer: &mut SearchAnswer) {
    answer.timings = TimingsBody::default();
}

/// A daemon with a collection `docs`, and a collection `trees` that was written to.
fn with_trees() -> Running {
    let running = start(|_| ());
    let body =
        json!({"name": "trees", "raptor": {"clustering": "adjacent", "across": true}, "fields": {"year": "integer"}});
    let created = request(running.address, "POST /v1/collections", COMPACT, &compacted::<CreateRequest>(&body));
    let description: CollectionBody = from_compact(&created);
    assert_eq!((created.status, description.name.as_str()), (201, "trees"));
    let long: String = (0..300).map(|n| format!("Sentence {n} is about subject {}. ", n / 9)).collect();
    let body = json!({"documents": [{"id": "long", "title": "Long", "text": long, "metadata": {"year": 2001}},
        {"id": "short", "text": "One sentence.", "format": "markdown"}]});
    let line = "PUT /v1/collections/trees/documents?wait=searchable";
    let done: ChangeAnswer = post::<UpsertRequest, _>(running.address, line, &body, |change: &mut ChangeAnswer| {
        change.operation.clear();
        change.generation = change.generation.map(|_| 0);
    });
    assert_eq!((done.accepted, done.generation), (2, Some(0)));
    running
}

#[test]
fn searches_are_the_same_in_both_forms() {
    let running = with_trees();
    let address = running.address;
    let search = |name: &str, body: &Value| {
        let line = format!("POST /v1/collections/{name}/search");
        let answer: SearchAnswer = post::<Search, _>(address, &line, body, without_times);
        assert!(!answer.hits.is_empty());
        answer
    };
    let matrix = vectors("passage 17 of first", 8);
    for values in [Values::F32, Values::F16] {
        let vectors: Vectors<'_, 512> = Vectors::bytes(&matrix, values);
        let answer = search("docs", &json!({"vectors": vectors, "k": 3, "explain": true}));
        assert_eq!(answer.hits[0].passage_id, "d17#0");
        assert_eq!(answer.hits[0].explain.as_ref().map(Vec::len), Some(8));
    }
    let nested: Vectors<'_, 512> = Vectors::nested(&matrix);
    search("docs", &json!({"vectors": nested, "mode": "exhaustive", "include": []}));
    search("docs", &json!({"query": "x", "mode": "hybrid", "k": 3}));
    search(
        "docs",
        &json!({"queries": ["x", "y"], "filter": {"field": "number", "op": "<", "value": 9}, "min_score": 0.5}),
    );
    search("docs", &json!({"query": "x", "filter": "number < 9 and tag = 'first'"}));
    let summaries = search("trees", &json!({"query": "subject", "scope": "summaries", "fold": "none"}));
    assert!(summaries.hits.iter().all(|hit| !hit.leaves.is_empty()));
}

#[test]
fn answers_and_routes_are_the_same_in_both_forms() {
    let running = start(|_| ());
    let body = json!({"question": "passage 17 of first", "collections": ["docs"], "technique": "decomposition",
        "options": {"how": "ircot"}, "history": [{"role": "user", "content": "hello"}], "trace": "full", "k": 3});
    let answer: AnswerReply =
        post::<AnswerAsk, _>(running.address, "POST /v1/answer", &body, |answer: &mut AnswerReply| {
            answer.usage.ms = 0.0;
            answer.trace.iter_mut().for_each(|step| step.ms = 0.0);
        });
    assert!(!answer.contexts.is_empty() && !answer.trace.is_empty() && !answer.citations.is_empty());
    let body = json!({"question": "passage 17 of first", "collections": ["docs"], "options": {"how": "rules"}});
    let route: RouteReply = post::<RouteAsk, _>(running.address, "POST /v1/route", &body, |route: &mut RouteReply| {
        route.usage.ms = 0.0;
    });
    assert_eq!(route.scores.len(), 1);
}

#[test]
fn encoded_texts_are_the_same_in_both_forms_and_can_be_searched_for() {
    let running = start(|_| ());
    let encoded =
        |body: Value| -> EncodeReply { post::<EncodeAsk, _>(running.address, "POST /v1/encode", &body, |_| ()) };
    let one = encoded(json!({"input": "passage 17 of first", "input_type": "query", "encoding": "f16"}));
    assert_eq!((one.data.len(), one.width), (1, crate::collection::WIDTH));
    encoded(json!({"input": ["a", "b"], "encoding": "float"}));
    encoded(json!({"input": ["a"], "encoding": "f32", "deadline_ms": 5000}));
    let matrix = one.data.into_iter().next().expect("a text").vectors.into_matrix().expect("vectors");
    let body = SearchBody { vectors: Some(Vectors::bytes(&matrix, Values::F16)), ..SearchBody::default() };
    let bytes = compact::encode(&body).expect("written");
    let answer: SearchAnswer =
        from_compact(&request(running.address, "POST /v1/collections/docs/search", COMPACT, &bytes));
    assert_eq!(answer.hits.len(), 10);
}

#[test]
fn a_stream_is_events_whatever_form_was_asked_for() {
    let running = start(|_| ());
    let body = json!({"question": "passage 17 of first", "collections": ["docs"], "stream": true});
    let reply = request(running.address, "POST /v1/answer", COMPACT, &compacted::<AnswerAsk>(&body));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/event-stream")));
    assert!(String::from_utf8_lossy(&reply.body).contains("event: done"));
}

#[test]
fn everything_about_collections_is_the_same_in_both_forms() {
    let running = with_trees();
    let address = running.address;
    let all: CollectionsBody = fetched(address, "/v1/collections");
    assert_eq!(all.collections.len(), 2);
    let one: CollectionBody = fetched(address, "/v1/collections/trees");
    assert!(one.description.is_some_and(|description| description.documents == 2));
    let document: DocumentAnswer = fetched(address, "/v1/collections/trees/documents/long");
    assert_eq!(document.metadata.0["year"], 2001);
    let layers: LayersBody = fetched(address, "/v1/collections/trees/tree");
    assert!(layers.layers.len() > 1);
    let tree: TreeBody = fetched(address, "/v1/collections/trees/tree?document=long");
    assert!(tree.nodes.iter().any(|node| node.layer == 1));
    let operation: OperationAnswer = fetched(address, "/v1/operations/trees.1");
    assert_eq!((operation.state.as_str(), operation.documents), ("done", 2));
    let techniques: TechniquesBody = fetched(address, "/v1/techniques");
    assert!(techniques.techniques.iter().any(|technique| technique.name == "plain"));
    let body = json!({"collection": "docs"});
    let alias: AliasBody = post::<AliasRequest, _>(address, "PUT /v1/aliases/live", &body, |_| ());
    assert_eq!(alias.alias, "live");
    let aliases: AliasesBody = fetched(address, "/v1/aliases");
    assert_eq!(aliases.aliases.0["live"], "docs");
    let body = json!({"filter": {"field": "year", "op": "<", "value": 2000}, "fields": {"year": "integer"}});
    let filter: FilterAnswer = post::<FilterRequest, _>(address, "POST /v1/filters/parse", &body, |_| ());
    assert_eq!(filter.text, "year < 2000");
    let line = "DELETE /v1/collections/trees/documents?wait=searchable";
    let renumbered = |change: &mut ChangeAnswer| {
        change.operation.clear();
        change.generation = change.generation.map(|_| 0);
    };
    post::<DeleteRequest, _>(address, line, &json!({"ids": ["short", "absent"]}), renumbered);
    post::<DeleteRequest, _>(address, line, &json!({"filter": "year > 2000"}), renumbered);
    let compacted = request(address, "POST /v1/collections/trees/compact", ACCEPTED, b"");
    let description: CollectionBody = from_compact(&compacted);
    assert!(description.description.is_some_and(|description| description.documents == 0));
    assert_eq!(request(address, "DELETE /v1/collections/trees", ACCEPTED, b"").status, 204);
}

#[test]
fn a_problem_comes_in_the_form_that_was_asked_for() {
    let running = start(|_| ());
    let address = running.address;
    let line = "POST /v1/collections/docs/search";
    let problem = |reply: &Reply| {
        let body: ProblemBody = from_compact(reply);
        assert_eq!(u32::from(reply.status), body.status);
        assert_eq!(reply.header("x-request-id"), Some(body.request_id.as_str()));
        (body.code, body.field)
    };
    let body = compacted::<Search>(&json!({"query": "x", "mode": "fast"}));
    let named = |code: &str, field: Option<&str>| (code.to_owned(), field.map(str::to_owned));
    assert_eq!(problem(&request(address, line, COMPACT, &body)), named("invalid_field", Some("mode")));
    request(address, line, &format!("{COMPACT}Accept: application/json\r\n"), &body)
        .assert_problem(422, "invalid_field");
    assert_eq!(problem(&request(address, line, COMPACT, &body[..3])), named("invalid_compact", Some("query")));
    assert_eq!(problem(&request(address, line, COMPACT, b"{\"query\":\"x\"}")), named("invalid_compact", None));
    assert_eq!(problem(&request(address, "GET /v1/collections/absent", ACCEPTED, b"")).0, "collection_not_found");
    assert_eq!(problem(&request(address, "GET /v1/nothing", ACCEPTED, b"")).0, "route_not_found");
    let narrow = json!({"vectors": [[1, 0]]});
    let reply = request(address, line, COMPACT, &compacted::<Search>(&narrow));
    assert_eq!(problem(&reply), named("width_mismatch", Some("vectors")));
    // What speaks the protocol of others has one form.
    let reply = request(address, "POST /v1/chat/completions", COMPACT, &body);
    assert_eq!(reply.status, 415);
}

#[test]
fn a_large_body_is_read_and_judged_in_the_compact_form_too() {
    let running = start(|_| ());
    let text = "x".repeat(20 << 20);
    let body =
        json!({"documents": [{"id": "long", "vectors": Vectors::<512>::nested(&vectors("x", 2)), "text": text}]});
    let line = "PUT /v1/collections/docs/documents";
    let bytes = compacted::<UpsertRequest>(&body);
    assert!(request(running.address, line, COMPACT, &bytes).status < 500);
    let over = [bytes, vec![0; 20 << 20]].concat();
    assert_eq!(request(running.address, line, COMPACT, &over).status, 413);
}
