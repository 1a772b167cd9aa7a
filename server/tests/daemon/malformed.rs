//! Malformed requests: each gets its 4xx with a code, and the daemon is healthy after each.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::client::{JSON, Reply, get, message, raw, request, search};
use crate::collection::start;

/// The daemon lives, and answers a search as before.
#[track_caller]
fn assert_healthy(address: SocketAddr) {
    assert_eq!(get(address, "/livez").status, 200);
    let reply = search(address, r#"{"query":"x","k":1}"#);
    assert_eq!((reply.status, reply.json()["hits"].as_array().map(Vec::len)), (200, Some(1)));
}

#[track_caller]
fn assert_refused(address: SocketAddr, reply: &Reply, status: u16, code: &str) {
    reply.assert_problem(status, code);
    assert_healthy(address);
}

#[test]
fn bodies_that_are_not_a_search_are_refused() {
    let running = start(|_| ());
    let address = running.address;
    let cases: [(&[u8], u16, &str); 22] = [
        (b"{", 400, "invalid_json"),
        (b"nonsense", 400, "invalid_json"),
        (b"{\"query\":\"x\"} and more", 400, "invalid_json"),
        (b"{\"query\":NaN}", 400, "invalid_json"),
        (b"[\"x\"]", 400, "invalid_request"),
        (b"{\"query\":\"\xff\"}", 400, "invalid_utf8"),
        (b"{\"query\":\"x\",\"limit\":5}", 422, "unknown_field"),
        (b"{\"query\":\"x\",\"k\":1,\"k\":1}", 422, "duplicate_field"),
        (b"{\"query\":\"x\",\"k\":0}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"k\":-1}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"k\":1.5}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"k\":1000000000}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"k\":1e9}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"k\":\"10\"}", 422, "invalid_field"),
        (b"{\"query\":\"\"}", 422, "invalid_field"),
        (b"{}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"vectors\":[[1]]}", 422, "invalid_field"),
        (b"{\"vectors\":[[0,1,0]]}", 422, "width_mismatch"),
        (b"{\"vectors\":[[NaN]]}", 400, "invalid_json"),
        (b"{\"vectors\":[[1e39]]}", 422, "invalid_field"),
        (b"{\"vectors\":{\"f32\":\"AADAfw==\",\"shape\":[1,1]}}", 422, "invalid_field"),
        (b"{\"query\":\"x\",\"filter\":\"year < 2000\"}", 422, "invalid_field"),
    ];
    for (body, status, code) in cases {
        assert_refused(address, &search(address, body), status, code);
    }
}

#[test]
fn a_body_of_40_mb_is_refused_whether_its_length_is_known_or_not() {
    let running = start(|_| ());
    let address = running.address;
    let body = vec![b' '; 40_000_000];
    assert_refused(address, &search(address, &body), 413, "body_too_large");
    let mut chunked = format!(
        "POST /v1/collections/docs/search HTTP/1.1\r\nHost: {address}\r\n{JSON}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in body.chunks(1 << 20) {
        chunked.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        chunked.extend(chunk);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\n\r\n");
    assert_refused(address, &raw(address, &chunked), 413, "body_too_large");
}

#[test]
fn a_large_body_within_the_bound_is_read_and_judged() {
    let running = start(|_| ());
    let mut body = b"{\"query\":\"x\",\"k\":1".to_vec();
    body.resize(30_000_000, b' ');
    body.push(b'}');
    assert_eq!(search(running.address, &body).status, 200);
    body.push(b'!');
    assert_refused(running.address, &search(running.address, &body), 400, "invalid_json");
}

#[test]
fn large_bodies_together_are_bounded() {
    let running = start(|config| config.limits.body_memory = 1 << 20);
    let mut body = vec![b' '; 2 << 20];
    let reply = search(running.address, &body);
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert_refused(running.address, &reply, 429, "overloaded");
    // What the refused body had taken is free again.
    body.truncate(1 << 20);
    assert_refused(running.address, &search(running.address, &body), 400, "invalid_json");
}

#[test]
fn bodies_without_vectors_or_documents_have_a_megabyte() {
    let running = start(|_| ());
    for line in [
        "POST /v1/answer",
        "POST /v1/chat/completions",
        "POST /v1/collections",
        "POST /v1/filters/parse",
        "POST /v1/route",
        "PUT /v1/aliases/a",
    ] {
        let post = |bytes| request(running.address, line, JSON, &vec![b' '; bytes]);
        assert!([400, 422].contains(&post(1 << 20).status), "{line}");
        let refused = post((1 << 20) + 1);
        assert_eq!(refused.status, 413, "{line}");
        assert!(String::from_utf8_lossy(&refused.body).contains("body_too_large"), "{line}");
    }
}

#[test]
fn metadata_are_bounded_by_what_they_take_in_memory_and_before_they_do() {
    let running = start(|_| ());
    let put = |documents: &[Value]| {
        let body = json!({"documents": documents}).to_string();
        request(running.address, "PUT /v1/collections/docs/documents", JSON, body.as_bytes())
    };
    let of = |objects: usize| json!({"text": "x", "metadata": {"a": vec![json!({}); objects]}});
    let long = put(&[of(30_000)]);
    assert_refused(running.address, &long, 422, "invalid_field");
    assert!(long.json()["detail"].as_str().is_some_and(|detail| detail.contains("of at most 65536")));
    // Less than two megabytes that would be 400.
    assert_refused(running.address, &put(&vec![of(20_000); 32]), 413, "body_too_large");
    assert_eq!(put(&[of(1000)]).status, 202);
    let nested =
        format!(r#"{{"documents":[{{"text":"x","metadata":{{"a":{}1{}}}}}]}}"#, "[".repeat(200), "]".repeat(200));
    let nested = request(running.address, "PUT /v1/collections/docs/documents", JSON, nested.as_bytes());
    assert_refused(running.address, &nested, 400, "invalid_json");
    assert_eq!(nested.json()["field"], "documents[0].metadata");
    let list = put(&[json!({"text": "x", "metadata": [1]})]);
    assert_refused(running.address, &list, 422, "invalid_field");
}

#[test]
fn deep_nesting_is_refused() {
    let running = start(|_| ());
    for start in ["", r#"{"query":"#, r#"{"vectors":"#, r#"{"unknown":"#] {
        let reply = search(running.address, format!("{start}{}", "[".repeat(100_000)));
        assert!((400..500).contains(&reply.status) && reply.json()["code"].is_string(), "{start}");
        assert_healthy(running.address);
    }
}

#[test]
fn other_content_types_and_encodings_are_refused() {
    let running = start(|_| ());
    let post =
        |headers: &str| request(running.address, "POST /v1/collections/docs/search", headers, br#"{"query":"x"}"#);
    let wrong = [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/json; charset=latin-1\r\n",
        "Content-Type: application/jsonx\r\n",
        "Content-Type: application/json\r\nContent-Encoding: br\r\n",
    ];
    for headers in wrong {
        assert_refused(running.address, &post(headers), 415, "unsupported_media_type");
    }
    for headers in ["Content-Type: application/json; charset=UTF-8\r\n", "content-type: Application/JSON\r\n"] {
        assert_eq!(post(headers).status, 200, "{headers}");
    }
}

#[test]
fn hostile_collection_names_are_refused() {
    let running = start(|_| ());
    let address = running.address;
    let long = "a".repeat(10_000);
    let names = [
        "..",
        ".",
        "%2e%2e",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%2fdocs",
        "%00",
        "docs%00",
        "docs%2f",
        "%ff%fe",
        "caf%C3%A9",
        "%E2%80%AEdocs",
        "DOCS",
        "-docs",
        "a%20b",
        "%25",
        long.as_str(),
    ];
    for name in names {
        let line = format!("POST /v1/collections/{name}/search");
        assert_refused(address, &request(address, &line, JSON, br#"{"query":"x"}"#), 400, "invalid_name");
        assert_refused(address, &get(address, &format!("/v1/collections/{name}")), 400, "invalid_name");
    }
    assert_refused(address, &get(address, "/v1/collections/absent"), 404, "collection_not_found");
    let line = "POST /v1/collections/absent/search";
    assert_refused(address, &request(address, line, JSON, br#"{"query":"x"}"#), 404, "collection_not_found");
    assert_refused(address, &get(address, "/v1/collections/../../etc/passwd"), 404, "route_not_found");
}

#[test]
fn what_is_no_http_is_cut_off() {
    let running = start(|_| ());
    let long = message("GET /livez", &format!("Host: localhost\r\nX-Long: {}\r\n", "x".repeat(200_000)), b"");
    let cases: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/collections/docs/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/collections/docs/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        &long,
    ];
    for bytes in cases {
        let reply = raw(running.address, bytes);
        assert!((400..500).contains(&reply.status), "{reply:?}");
        assert_healthy(running.address);
    }
}

#[test]
fn a_body_that_ends_early_or_is_badly_chunked_harms_nobody() {
    use std::io::Write;
    let running = start(|_| ());
    let head = format!("POST /v1/collections/docs/search HTTP/1.1\r\nHost: localhost\r\n{JSON}");
    let broken = [
        format!("{head}Content-Length: 100\r\n\r\n{{\"query\""),
        format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ];
    for bytes in broken {
        let mut stream = crate::client::connect(running.address);
        stream.write_all(bytes.as_bytes()).expect("the daemon reads");
        drop(stream);
        assert_healthy(running.address);
    }
}
