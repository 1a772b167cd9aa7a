//! Who may ask for what: every route, every scope, collections, aliases, keys that come and go.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maxsimd_engine::collection::CollectionName;
use maxsimd_server::keys::KeyScope::{self, Admin, Metrics, Read, Write as Writing};
use maxsimd_server::keys::{KeySource, Keyring, NewKey};

use crate::client::{JSON, Reply, connect, get, raw, read_reply, request};
use crate::collection::{Running, publish, start, wait_until};

/// One request of every method of every route: its line, its body, its path in the router, and the scope that it takes. What it asks for
/// does nothing: bodies lack what is needed, and `absent` is no collection.
const REQUESTS: [(&str, &str, &str, KeyScope); 38] = [
    ("GET /", "", "/", Read),
    ("GET /playground/page.js", "", "/playground/{file}", Read),
    ("GET /docs", "", "/docs", Read),
    ("GET /docs/start.js", "", "/docs/{file}", Read),
    ("GET /openapi.json", "", "/openapi.json", Read),
    ("GET /readyz", "", "/readyz", Metrics),
    ("GET /metrics", "", "/metrics", Metrics),
    ("GET /version", "", "/version", Metrics),
    ("GET /v1/collections", "", "/v1/collections", Read),
    ("POST /v1/collections", "{}", "/v1/collections", Admin),
    ("GET /v1/collections/docs", "", "/v1/collections/{collection}", Read),
    ("DELETE /v1/collections/absent", "", "/v1/collections/{collection}", Admin),
    ("POST /v1/collections/absent/compact", "", "/v1/collections/{collection}/compact", Writing),
    ("PUT /v1/collections/docs/documents", "{}", "/v1/collections/{collection}/documents", Writing),
    ("POST /v1/collections/docs/documents", "{}", "/v1/collections/{collection}/documents", Writing),
    ("DELETE /v1/collections/docs/documents", "{}", "/v1/collections/{collection}/documents", Writing),
    ("GET /v1/collections/docs/documents/d1", "", "/v1/collections/{collection}/documents/{id}", Read),
    ("POST /v1/collections/docs/search", "{}", "/v1/collections/{collection}/search", Read),
    ("POST /v1/collections/absent/snapshot", "", "/v1/collections/{collection}/snapshot", Admin),
    ("GET /v1/collections/docs/tree", "", "/v1/collections/{collection}/tree", Read),
    ("POST /v1/answer", "{}", "/v1/answer", Read),
    ("POST /v1/route", "{}", "/v1/route", Read),
    ("GET /v1/techniques", "", "/v1/techniques", Read),
    ("POST /v1/chat/completions", "{}", "/v1/chat/completions", Read),
    ("POST /v1/embeddings", "{}", "/v1/embeddings", Read),
    ("POST /v1/encode", "{}", "/v1/encode", Read),
    ("POST /v1/rerank", "{}", "/v1/rerank", Read),
    ("POST /v2/rerank", "{}", "/v2/rerank", Read),
    ("POST /rerank", "{}", "/rerank", Read),
    ("GET /v1/models", "", "/v1/models", Read),
    ("GET /v1/models/maxsimd/plain@docs", "", "/v1/models/{*model}", Read),
    ("GET /v1/aliases", "", "/v1/aliases", Read),
    ("PUT /v1/aliases/live", "{}", "/v1/aliases/{alias}", Admin),
    ("DELETE /v1/aliases/live", "", "/v1/aliases/{alias}", Admin),
    ("GET /v1/operations/docs.1", "", "/v1/operations/{id}", Read),
    ("POST /v1/filters/parse", "{}", "/v1/filters/parse", Read),
    ("HEAD /version", "", "/version", Metrics),
    ("HEAD /v1/collections", "", "/v1/collections", Read),
];

fn name(text: &str) -> CollectionName {
    CollectionName::parse(text).expect("a name")
}

/// A key for collections, or for all if none is named.
pub(crate) fn key(scope: KeyScope, collections: &[&str]) -> NewKey {
    let collections: BTreeSet<_> = collections.iter().map(|text| name(text)).collect();
    NewKey::make(None, scope, (!collections.is_empty()).then_some(collections)).expect("randomness")
}

pub(crate) fn ring(keys: &[&NewKey]) -> Arc<Keyring> {
    let lines = keys.iter().map(|key| key.line.as_str()).collect::<Vec<_>>().join("\n");
    Arc::new(Keyring::open(KeySource { file: None, lines: Some(lines) }).expect("keys"))
}

/// A daemon over `docs` that asks for keys.
fn guarded(keys: &[&NewKey]) -> Running {
    let ring = ring(keys);
    let running =
        crate::collection::start_over(|data| publish(data, "docs", "first"), |config| config.keys = Some(ring));
    wait_until(|| asked(running.address, &keys[0].key, "GET /readyz", "").status == 200);
    running
}

fn bearer(key: &str) -> String {
    format!("{JSON}Authorization: Bearer {key}\r\n")
}

/// Asks with a key.
pub(crate) fn asked(address: SocketAddr, key: &str, line: &str, body: &str) -> Reply {
    request(address, line, &bearer(key), body.as_bytes())
}

fn is_openai(path: &str) -> bool {
    ["/v1/chat/completions", "/v1/embeddings", "/v1/models", "/v1/models/{*model}"].contains(&path)
}

/// The code of a failure, in whichever shape the route has.
fn code(reply: &Reply) -> String {
    let body = reply.json();
    let code = if body["error"].is_object() { &body["error"]["code"] } else { &body["code"] };
    code.as_str().unwrap_or_default().to_owned()
}

#[test]
fn the_requests_of_these_tests_are_those_of_all_routes() {
    let routes = include_str!("../../src/routes.rs");
    let paths: BTreeSet<&str> = routes.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/')).collect();
    let mut tested: BTreeSet<&str> = REQUESTS.iter().map(|(_, _, path, _)| *path).collect();
    tested.insert("/livez");
    assert_eq!(paths, tested);
}

#[test]
fn nothing_but_livez_is_told_without_a_key() {
    let (admin, revoked) = (key(Admin, &[]), key(Admin, &[]));
    let running = guarded(&[&admin]);
    let address = running.address;
    assert_eq!(get(address, "/livez").status, 200);
    let elsewhere = [
        ("GET /nothing", "", "/nothing", Metrics),
        ("PATCH /v1/collections", "", "/v1/collections", Metrics),
        ("OPTIONS /v1/collections", "", "/v1/collections", Metrics),
        ("GET /livez/", "", "/livez/", Metrics),
        ("GET //livez", "", "//livez", Metrics),
        ("GET /livez/../metrics", "", "/metrics", Metrics),
        ("GET /v1/collections?path=/livez", "", "/v1/collections", Metrics),
    ];
    for (line, body, path, _) in REQUESTS.into_iter().chain(elsewhere) {
        let shown = [
            String::new(),
            format!("X-API-Key: {}\r\n", revoked.key),
            format!("Authorization: Bearer {}x\r\n", admin.key),
        ];
        for (shown, expected) in shown.into_iter().zip(["key_missing", "key_unknown", "key_unknown"]) {
            let reply = request(address, line, &format!("{JSON}{shown}"), body.as_bytes());
            assert_eq!(reply.status, 401, "{line}");
            assert!(reply.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer realm=")), "{line}");
            if line.starts_with("HEAD") {
                continue;
            }
            assert_eq!(code(&reply), expected, "{line}");
            match is_openai(path) {
                true => assert_eq!(reply.json()["error"]["type"], "authentication_error", "{line}"),
                false => reply.assert_problem(401, expected),
            }
        }
    }
    let by_header = request(address, "GET /version", &format!("X-API-Key: {}\r\n", admin.key), b"");
    assert_eq!(by_header.status, 200);
    let in_browser = request(address, "GET /", "Accept: text/html,*/*\r\n", b"");
    assert_eq!(in_browser.status, 401);
    assert!(in_browser.headers("www-authenticate").any(|told| told.starts_with("Basic realm=")));
    let password = STANDARD.encode(format!("anybody:{}", admin.key));
    let page = request(address, "GET /", &format!("Accept: text/html\r\nAuthorization: Basic {password}\r\n"), b"");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
}

#[test]
fn a_key_is_asked_for_before_a_body_is_waited_for() {
    let admin = key(Admin, &[]);
    let running = guarded(&[&admin]);
    let mut stream = connect(running.address);
    let head =
        format!("PUT /v1/collections/docs/documents HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 1000\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("the daemon reads");
    read_reply(stream).assert_problem(401, "key_missing");
    let weak = key(Read, &[]);
    let running = guarded(&[&weak]);
    let mut stream = connect(running.address);
    let head = head.replacen("\r\n\r\n", &format!("\r\nX-API-Key: {}\r\n\r\n", weak.key), 1);
    stream.write_all(head.as_bytes()).expect("the daemon reads");
    read_reply(stream).assert_problem(403, "scope_too_small");
}

#[test]
fn each_route_takes_the_scope_that_it_says() {
    let keys = KeyScope::ALL.map(|scope| (scope, key(scope, &[])));
    let running = guarded(&keys.each_ref().map(|(_, key)| key));
    for (line, body, _, needed) in REQUESTS {
        for (scope, key) in &keys {
            let reply = asked(running.address, &key.key, line, body);
            assert_ne!(reply.status, 401, "{line}");
            assert_eq!(reply.status == 403, *scope < needed, "{line} by {scope}: {}", reply.status);
            if reply.status == 403 && !line.starts_with("HEAD") {
                assert_eq!(code(&reply), "scope_too_small", "{line}");
                assert!(
                    reply.header("www-authenticate").is_some_and(|told| told.contains(&format!("scope=\"{needed}\"")))
                );
            }
        }
    }
}

#[test]
fn a_key_for_some_collections_knows_of_no_others() {
    let (all, some) = (key(Admin, &[]), key(Admin, &["docs", "more"]));
    let running = guarded(&[&all, &some]);
    let address = running.address;
    publish(running.data.path(), "private", "secret");
    wait_until(|| asked(address, &all.key, "GET /v1/collections/private", "").status == 200);
    assert_eq!(asked(address, &all.key, "PUT /v1/aliases/hidden", r#"{"collection":"private"}"#).status, 200);
    // Whether there is such a collection is not told either.
    for other in ["private", "hidden", "nowhere"] {
        for (line, body, path, _) in REQUESTS {
            if path.contains("{collection}") {
                let line = line.replace("/docs", &format!("/{other}")).replace("/absent", &format!("/{other}"));
                let reply = asked(address, &some.key, &line, body);
                reply.assert_problem(403, "collection_not_allowed");
            }
        }
        for (line, body) in [
            ("POST /v1/collections", format!(r#"{{"name":"{other}","width":8}}"#)),
            ("POST /v1/answer", format!(r#"{{"question":"x","collections":["docs","{other}"]}}"#)),
            ("POST /v1/route", format!(r#"{{"question":"x","collections":["{other}","docs"]}}"#)),
            (
                "POST /v1/chat/completions",
                format!(r#"{{"model":"maxsimd/plain@docs,{other}","messages":[{{"role":"user","content":"x"}}]}}"#),
            ),
            ("POST /v1/filters/parse", format!(r#"{{"filter":"a = 1","collection":"{other}"}}"#)),
            (&format!("GET /v1/models/maxsimd/plain@{other}"), String::new()),
            (&format!("GET /v1/operations/{other}.1"), String::new()),
            ("PUT /v1/aliases/more", format!(r#"{{"collection":"{other}"}}"#)),
            (&format!("PUT /v1/aliases/{other}"), r#"{"collection":"docs"}"#.to_owned()),
            (&format!("DELETE /v1/aliases/{other}"), String::new()),
        ] {
            let reply = asked(address, &some.key, line, &body);
            // An operation's id may be none.
            let expected = if line.contains("operations") && reply.status == 404 {
                "operation_not_found"
            } else {
                "collection_not_allowed"
            };
            assert_eq!(code(&reply), expected, "{line} {body}");
        }
    }
    for line in ["GET /v1/collections", "GET /v1/aliases", "GET /v1/models", "GET /readyz"] {
        let told = |key: &NewKey| String::from_utf8(asked(address, &key.key, line, "").body).expect("UTF-8");
        assert!(!told(&some).contains("private") && !told(&some).contains("hidden"), "{line}");
        assert_eq!(told(&all).contains("private"), line != "GET /readyz", "{line}");
    }
    asked(address, &some.key, "GET /metrics", "").assert_problem(403, "collection_not_allowed");
    // What it is for works.
    assert_eq!(asked(address, &some.key, "POST /v1/collections/docs/search", r#"{"query":"x"}"#).status, 200);
    assert_eq!(asked(address, &some.key, "POST /v1/collections", r#"{"name":"more","width":8}"#).status, 201);
    assert_eq!(asked(address, &some.key, "DELETE /v1/collections/more", "").status, 204);
}

#[test]
fn an_alias_is_what_it_stands_for() {
    let (all, docs, live) = (key(Admin, &[]), key(Read, &["docs"]), key(Read, &["live"]));
    let running = guarded(&[&all, &docs, &live]);
    let address = running.address;
    publish(running.data.path(), "other", "second");
    wait_until(|| asked(address, &all.key, "GET /v1/collections/other", "").status == 200);
    let point =
        |to: &str| asked(address, &all.key, "PUT /v1/aliases/live", &format!(r#"{{"collection":"{to}"}}"#)).status;
    let search = |key: &NewKey| asked(address, &key.key, "POST /v1/collections/live/search", r#"{"query":"x"}"#);
    assert_eq!(point("docs"), 200);
    assert_eq!(search(&docs).status, 200);
    search(&live).assert_problem(403, "collection_not_allowed");
    assert_eq!(point("other"), 200);
    search(&docs).assert_problem(403, "collection_not_allowed");
    search(&live).assert_problem(403, "collection_not_allowed");
}

#[test]
fn keys_come_and_go_with_their_file_while_the_daemon_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys");
    let (old, next) = (key(Read, &[]), key(Read, &[]));
    let write = |keys: &[&NewKey]| {
        let lines: String = keys.iter().map(|key| format!("{}\n", key.line)).collect();
        let beside = folder.path().join("keys.part");
        std::fs::write(&beside, lines).expect("written");
        std::fs::rename(&beside, &path).expect("renamed");
    };
    write(&[&old]);
    let ring = Keyring::open(KeySource { file: Some(path.clone()), lines: None }).expect("keys");
    let running = crate::collection::start_over(
        |data| publish(data, "docs", "first"),
        |config| config.keys = Some(Arc::new(ring)),
    );
    let valid = |key: &NewKey| asked(running.address, &key.key, "GET /version", "").status == 200;
    assert!(valid(&old) && !valid(&next));
    write(&[&old, &next]);
    wait_until(|| valid(&next));
    assert!(valid(&old), "both are valid while clients change over");
    write(&[&next]);
    wait_until(|| !valid(&old));
    assert!(valid(&next));
    assert_eq!(raw(running.address, b"GET /livez HTTP/1.0\r\n\r\n").status, 200);
}

#[test]
fn without_keys_everybody_on_this_machine_may_do_everything() {
    let running = start(|_| ());
    for (line, body, _, _) in REQUESTS {
        let reply = request(running.address, line, JSON, body.as_bytes());
        assert!(![401, 403].contains(&reply.status), "{line} {}", reply.status);
    }
}
