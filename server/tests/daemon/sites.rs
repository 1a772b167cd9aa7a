//! Names that the daemon is asked under, and pages of other sites.

use std::net::SocketAddr;

use maxsimd_server::host::Sites;
use maxsimd_server::keys::KeyScope;

use crate::client::{Reply, raw};
use crate::collection::start;
use crate::keys::{key, ring};

const PAGE: &str = "https://docs.example";

fn sites() -> Sites {
    Sites::new(&["search.example".to_owned()], &[PAGE.to_owned()]).expect("names")
}

fn with(address: SocketAddr, line: &str, headers: &str) -> Reply {
    raw(address, format!("{line} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").as_bytes())
}

fn host(address: SocketAddr, host: &str) -> Reply {
    with(address, "GET /v1/collections", &format!("Host: {host}\r\n"))
}

#[test]
fn names_are_known_or_refused_on_every_address() {
    for listen in ["127.0.0.1:0", "0.0.0.0:0"] {
        let running = start(|config| (config.listen, config.sites) = (listen.parse().expect("an address"), sites()));
        for name in ["search.example", "search.example:8443", "localhost", "127.0.0.1:80"] {
            assert_eq!(host(running.address, name).status, 200, "{listen} {name}");
        }
        for name in ["rebound.example", "search.example.evil.example", "search.example@evil.example"] {
            host(running.address, name).assert_problem(421, "host_not_allowed");
        }
        let by_address = host(running.address, "192.168.0.7:8080").status;
        assert_eq!(by_address, if listen.starts_with('0') { 200 } else { 421 }, "no name was resolved");
    }
}

#[test]
fn pages_read_replies_only_where_their_site_is_named() {
    let running = start(|config| config.sites = sites());
    let asked =
        |origin: &str| with(running.address, "GET /version", &format!("Host: localhost\r\nOrigin: {origin}\r\n"));
    let named = asked(PAGE);
    assert_eq!((named.status, named.header("access-control-allow-origin")), (200, Some(PAGE)));
    assert!(named.header("vary").is_some_and(|vary| vary.contains("origin")));
    assert_eq!(named.header("access-control-allow-credentials"), None);
    for other in ["https://evil.example", "http://docs.example", "https://docs.example.evil.example", "null"] {
        let refused = asked(other);
        refused.assert_problem(403, "origin_not_allowed");
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    // Pages of this machine may ask, and may not read.
    assert_eq!(asked("http://localhost:3000").header("access-control-allow-origin"), None);
}

#[test]
fn a_browser_may_ask_beforehand_without_a_key_for_a_named_site_and_nothing_else() {
    let admin = key(KeyScope::Admin, &[]);
    let ring = ring(&[&admin]);
    let running = crate::collection::start_over(|_| (), |config| (config.sites, config.keys) = (sites(), Some(ring)));
    let before = |origin: &str| {
        let headers = format!("Host: localhost\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n");
        with(running.address, "OPTIONS /v1/collections", &headers)
    };
    let named = before(PAGE);
    assert_eq!((named.status, named.header("access-control-allow-origin")), (204, Some(PAGE)));
    assert!(named.header("access-control-allow-headers").is_some_and(|names| names.contains("authorization")));
    before("https://evil.example").assert_problem(401, "key_missing");
    let page = format!("Host: localhost\r\nOrigin: {PAGE}\r\n");
    let refused = with(running.address, "GET /v1/collections", &page);
    refused.assert_problem(401, "key_missing");
    assert_eq!(refused.header("access-control-allow-origin"), Some(PAGE), "a page may know why");
}

#[test]
fn a_page_of_the_daemons_own_name_may_ask() {
    let running = start(|config| config.sites = sites());
    let own = "Host: search.example\r\nOrigin: https://search.example\r\n";
    assert_eq!(with(running.address, "GET /version", own).status, 200);
    let rebound = "Host: rebound.example\r\nOrigin: http://rebound.example\r\n";
    with(running.address, "GET /version", rebound).assert_problem(421, "host_not_allowed");
}
