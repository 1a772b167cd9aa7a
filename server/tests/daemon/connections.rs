//! Clients that are slow, idle, or many.

use std::io::{Read, Write};
use std::time::Duration;

use crate::client::{JSON, connect, get, message, read_reply};
use crate::collection::{publish_long, start, wait_until};

const SOON: Duration = Duration::from_millis(50);

#[test]
fn a_client_that_is_slow_with_its_head_is_cut_off() {
    // Long enough for an honest client on a busy machine.
    let running = start(|config| config.limits.header_timeout = Duration::from_millis(500));
    let address = running.address;
    let cut_off = |sent: &str| {
        let mut stream = connect(address);
        stream.write_all(sent.as_bytes()).expect("the daemon reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("closed by the daemon");
        assert_eq!(answer.starts_with(b"HTTP/1.1 200"), sent.ends_with("\r\n\r\n"), "{sent:?}");
    };
    // `PRI` looks like the beginning of HTTP/2; the last is a connection that is idle after a whole request.
    let whole = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::thread::scope(|scope| {
        for sent in ["", "G", "GET /livez HTTP/1.1\r\nHost: local", "PRI * HT", whole] {
            scope.spawn(move || cut_off(sent));
        }
    });
    assert_eq!(get(address, "/livez").status, 200);
}

#[test]
fn a_client_that_does_not_read_its_reply_is_cut_off() {
    let running = start(|config| {
        config.limits.connections = 1;
        config.limits.write_timeout = SOON;
    });
    // More than the socket buffers of both ends hold.
    publish_long(running.data.path(), "long", 400_000);
    wait_until(|| get(running.address, "/v1/collections/long").status == 200);
    let mut greedy = connect(running.address);
    let body = br#"{"query":"x","k":60}"#;
    let headers = format!("Host: localhost\r\n{JSON}");
    greedy.write_all(&message("POST /v1/collections/long/search", &headers, body)).expect("the daemon reads");
    // There is one place only: this is answered when the other has lost it, although it is still open.
    assert_eq!(get(running.address, "/livez").status, 200);
    let mut cut = Vec::new();
    let _ = greedy.read_to_end(&mut cut);
    assert!(cut.len() < 60 * 400_000, "{} bytes", cut.len());
}

#[test]
fn a_client_that_is_slow_with_its_body_is_told_so() {
    let running = start(|config| config.limits.body_timeout = SOON);
    let mut stream = connect(running.address);
    let head =
        format!("POST /v1/collections/docs/search HTTP/1.1\r\nHost: localhost\r\n{JSON}Content-Length: 50\r\n\r\n{{");
    stream.write_all(head.as_bytes()).expect("the daemon reads");
    read_reply(stream).assert_problem(408, "body_timeout");
}

#[test]
fn connections_above_the_limit_wait_until_one_ends() {
    let running = start(|config| config.limits.connections = 1);
    let mut first = connect(running.address);
    first.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the daemon reads");
    let mut answer = [0; 12];
    first.read_exact(&mut answer).expect("a reply");
    assert_eq!(&answer, b"HTTP/1.1 200");

    let mut second = connect(running.address);
    second.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("in the backlog");
    second.set_read_timeout(Some(SOON)).expect("a timeout");
    assert!(second.read(&mut answer).is_err(), "the first connection holds the only place");
    drop(first);
    second.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    assert_eq!(read_reply(second).status, 200);
}

#[test]
fn several_requests_use_one_connection() {
    let running = start(|_| ());
    let mut stream = connect(running.address);
    let one = format!("GET /version HTTP/1.1\r\nHost: {}\r\n", running.address);
    stream.write_all(format!("{one}\r\n{one}\r\n{one}Connection: close\r\n\r\n").as_bytes()).expect("the daemon reads");
    let mut all = String::new();
    stream.read_to_string(&mut all).expect("replies");
    assert_eq!(all.matches("HTTP/1.1 200").count(), 3);
}
