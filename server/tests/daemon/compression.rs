//! Compressed bodies, both ways.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::client::{JSON, Reply, get, request};
use crate::collection::start;

const LINE: &str = "POST /v1/collections/docs/search";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).expect("in memory")
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut decoded).expect("gzip");
    decoded
}

fn post(address: std::net::SocketAddr, coding: &str, body: &[u8]) -> Reply {
    request(address, LINE, &format!("{JSON}Content-Encoding: {coding}\r\n"), body)
}

#[test]
fn a_compressed_request_is_what_it_says() {
    let running = start(|_| ());
    let body = format!(r#"{{"query":"x","k":2{}}}"#, " ".repeat(1 << 20));
    for (coding, bytes) in
        [("gzip", gzip(body.as_bytes())), ("zstd", zstd(body.as_bytes())), ("GZIP", gzip(body.as_bytes()))]
    {
        let reply = post(running.address, coding, &bytes);
        assert_eq!(reply.status, 200, "{}", reply.json());
        assert_eq!(reply.json()["hits"].as_array().map(Vec::len), Some(2));
    }
    assert_eq!(post(running.address, "identity", body.as_bytes()).status, 200);
}

#[test]
fn a_body_that_grows_beyond_the_limit_is_refused() {
    let running = start(|_| ());
    let long = vec![b' '; 200 << 20];
    for (coding, bytes) in [("gzip", gzip(&long)), ("zstd", zstd(&long))] {
        assert!(bytes.len() < 2 << 20);
        post(running.address, coding, &bytes).assert_problem(413, "body_too_large");
        assert_eq!(get(running.address, "/livez").status, 200);
    }
}

#[test]
fn bodies_that_grow_share_the_memory_for_bodies() {
    let running = start(|config| config.limits.body_memory = 1 << 20);
    post(running.address, "gzip", &gzip(&vec![b' '; 4 << 20])).assert_problem(429, "overloaded");
    assert_eq!(post(running.address, "gzip", &gzip(br#"{"query":"x"}"#)).status, 200, "what was taken is given back");
}

#[test]
fn what_is_not_compressed_as_it_says_is_refused() {
    let running = start(|_| ());
    let body = br#"{"query":"x"}"#;
    for coding in ["gzip", "zstd"] {
        post(running.address, coding, body).assert_problem(400, "invalid_request");
    }
    let cut = gzip(body);
    post(running.address, "gzip", &cut[..cut.len() - 6]).assert_problem(400, "invalid_request");
    for coding in ["br", "deflate", "gzip, gzip", ""] {
        post(running.address, coding, body).assert_problem(415, "unsupported_media_type");
    }
}

#[test]
fn replies_are_compressed_for_clients_that_say_so() {
    let running = start(|_| ());
    let ask = |headers: &str, body: &str| request(running.address, LINE, &format!("{JSON}{headers}"), body.as_bytes());
    let plain = ask("", r#"{"query":"x","k":30}"#);
    assert_eq!(plain.header("content-encoding"), None);
    let hits = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON")["hits"].clone();
    let zipped = ask("Accept-Encoding: gzip\r\n", r#"{"query":"x","k":30}"#);
    assert_eq!((zipped.status, zipped.header("content-encoding")), (200, Some("gzip")));
    assert!(zipped.body.len() < plain.body.len() / 2);
    assert_eq!(zipped.header("content-length"), Some(zipped.body.len().to_string().as_str()));
    assert_eq!(hits(&gunzip(&zipped.body)), hits(&plain.body));
    let zstd = ask("Accept-Encoding: gzip, zstd\r\n", r#"{"query":"x","k":30}"#);
    assert_eq!(zstd.header("content-encoding"), Some("zstd"));
    assert_eq!(hits(&zstd::decode_all(&*zstd.body).expect("zstd")), hits(&plain.body));
    let short = ask("Accept-Encoding: gzip\r\n", r#"{"query":"x","k":1,"include":[]}"#);
    assert_eq!(short.header("content-encoding"), None, "{} bytes", short.body.len());
    let refused = ask("Accept-Encoding: gzip\r\n", "{");
    refused.assert_problem(400, "invalid_json");
}
