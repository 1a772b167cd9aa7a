//! Routes for operating the daemon, and what all replies have in common.

use std::net::SocketAddr;

use crate::client::{get, raw, request, search};
use crate::collection::{PASSAGES, WIDTH, start};

#[test]
fn the_daemon_says_that_it_lives_what_it_is_and_that_it_is_ready() {
    let running = start(|_| ());
    assert_eq!(get(running.address, "/livez").json()["live"], true);
    let version = get(running.address, "/version").json();
    assert_eq!(
        (version["name"].as_str(), version["version"].as_str()),
        (Some("maxsimd"), Some(env!("CARGO_PKG_VERSION")))
    );
    let ready = get(running.address, "/readyz").json();
    assert_eq!(ready["collections"]["count"], 1, "{ready}");
    assert_eq!((&ready["ready"], &ready["encoder"]), (&true.into(), &"ready".into()), "{ready}");
}

#[test]
fn collections_are_listed_and_described() {
    let running = start(|_| ());
    let list = get(running.address, "/v1/collections").json();
    let one = get(running.address, "/v1/collections/docs").json();
    assert_eq!(list["collections"], serde_json::json!([one]));
    assert_eq!((&one["name"], &one["generation"]), (&"docs".into(), &1.into()), "{one}");
    assert_eq!((&one["passages"], &one["width"], &one["bits"]), (&PASSAGES.into(), &WIDTH.into(), &4.into()));
    assert_eq!(one["encoder"]["name"], "seeded");
    assert!(one["index_bytes"].as_u64() > Some(0) && one.get("failure").is_none(), "{one}");
}

#[test]
fn unknown_routes_and_wrong_methods_are_told_apart() {
    let running = start(|_| ());
    for path in ["/playground", "/nothing", "/v1", "/v1/collections/docs/search/x", "/livez/", "//livez"] {
        get(running.address, path).assert_problem(404, "route_not_found");
    }
    let wrong =
        [("PUT /v1/collections/docs", "GET"), ("PUT /livez", "GET"), ("GET /v1/collections/docs/search", "POST")];
    for (line, allowed) in wrong {
        let reply = request(running.address, line, "", b"");
        reply.assert_problem(405, "method_not_allowed");
        assert!(reply.header("allow").is_some_and(|allow| allow.contains(allowed)), "{reply:?}");
    }
}

#[test]
fn a_sane_request_id_comes_back_and_any_other_is_replaced() {
    let running = start(|_| ());
    let with = |id: &str| request(running.address, "GET /livez", &format!("X-Request-Id: {id}\r\n"), b"");
    assert_eq!(with("my-id/42").header("x-request-id"), Some("my-id/42"));
    let long = "x".repeat(129);
    for bad in [long.as_str(), "two words", ""] {
        let reply = with(bad);
        let id = reply.header("x-request-id").expect("an id");
        assert!(id.len() == 16 && id != bad, "{id}");
    }
    let missing = request(running.address, "GET /nothing", "X-Request-Id: mine\r\n", b"");
    assert_eq!(missing.json()["request_id"], "mine");
}

#[test]
fn the_time_spent_is_in_a_header() {
    let running = start(|_| ());
    let reply = search(running.address, r#"{"query":"x"}"#);
    let timing = reply.header("server-timing").expect("a header");
    for stage in ["total;dur=", "queue;dur=", "score;dur=", "fetch;dur="] {
        assert!(timing.contains(stage), "{timing}");
    }
}

fn with_host(address: SocketAddr, headers: &str) -> crate::client::Reply {
    raw(address, format!("GET /v1/collections HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").as_bytes())
}

#[test]
fn a_name_that_was_made_to_resolve_to_loopback_is_refused() {
    let running = start(|_| ());
    for host in
        ["rebound.example", "rebound.example:8080", "localhost.example", "192.168.0.7", "127.0.0.1@evil.example"]
    {
        with_host(running.address, &format!("Host: {host}\r\n")).assert_problem(421, "host_not_allowed");
    }
    with_host(running.address, "Host: localhost\r\nHost: rebound.example\r\n").assert_problem(400, "invalid_request");
    for host in ["localhost", "localhost:1", "127.0.0.1", "[::1]:8080"] {
        assert_eq!(with_host(running.address, &format!("Host: {host}\r\n")).status, 200, "{host}");
    }
}

#[test]
fn pages_of_other_sites_are_refused() {
    let running = start(|_| ());
    for origin in ["https://evil.example", "null", "http://localhost.evil.example", "file://"] {
        let headers = format!("Host: localhost\r\nOrigin: {origin}\r\n");
        with_host(running.address, &headers).assert_problem(403, "origin_not_allowed");
    }
    let local = with_host(running.address, "Host: localhost\r\nOrigin: http://localhost:3000\r\n");
    assert_eq!(local.status, 200);
}
