//! More work than there are workers, work that goes wrong, and work that nobody waits for any more.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use maxsimd_server::Config;

use crate::client::{Reply, connect, get, search, search_request};
use crate::collection::{Running, WIDTH, start, wait_until};

fn one_worker(config: &mut Config) {
    config.threads = NonZeroUsize::MIN;
    config.queue = 1;
}

fn in_background(address: SocketAddr) -> thread::JoinHandle<Reply> {
    thread::spawn(move || search(address, r#"{"query":"x"}"#))
}

/// A daemon whose only worker is busy until the encoder is opened.
fn busy() -> (Running, thread::JoinHandle<Reply>) {
    let running = start(one_worker);
    running.encoder.close();
    let first = in_background(running.address);
    running.encoder.wait_inside(1);
    (running, first)
}

#[test]
fn what_does_not_fit_into_the_queue_is_refused_at_once() {
    let (running, first) = busy();
    let (tell, told) = mpsc::channel();
    for _ in 0..3 {
        let (tell, address) = (tell.clone(), running.address);
        thread::spawn(move || tell.send(search(address, r#"{"query":"x"}"#)));
    }
    // One of the three waits in the queue; the others come back although the worker is still busy.
    for refused in [told.recv().expect("a reply"), told.recv().expect("a reply")] {
        refused.assert_problem(429, "overloaded");
        assert_eq!(refused.header("retry-after"), Some("1"));
    }
    running.encoder.open();
    assert_eq!(told.recv().expect("a reply").status, 200);
    assert_eq!(first.join().expect("a reply").status, 200);
}

#[test]
fn the_daemon_says_that_it_lives_while_all_workers_are_busy() {
    let (running, first) = busy();
    assert_eq!(get(running.address, "/livez").status, 200);
    assert_eq!(get(running.address, "/readyz").status, 200);
    assert_eq!(get(running.address, "/v1/collections/docs").status, 200);
    search(running.address, r#"{"query":"x","k":0}"#).assert_problem(422, "invalid_field");
    running.encoder.open();
    assert_eq!(first.join().expect("a reply").status, 200);
}

#[test]
fn a_deadline_is_kept_while_the_search_waits_for_a_worker() {
    let (running, first) = busy();
    search(running.address, r#"{"query":"x","deadline_ms":20}"#).assert_problem(504, "deadline_exceeded");
    running.encoder.open();
    assert_eq!(first.join().expect("a reply").status, 200);
}

#[test]
fn a_deadline_is_kept_while_the_search_runs() {
    let running = start(one_worker);
    running.encoder.close();
    search(running.address, r#"{"query":"x","deadline_ms":20}"#).assert_problem(504, "deadline_exceeded");
    running.encoder.open();
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
}

#[test]
fn a_long_deadline_is_kept_whatever_the_size_of_the_body() {
    let running = start(|config| {
        one_worker(config);
        config.limits.deadline = Duration::from_millis(1);
    });
    running.encoder.close();
    let address = running.address;
    let first = thread::spawn(move || search(address, r#"{"query":"x","deadline_ms":600000}"#));
    running.encoder.wait_inside(1);
    let row: Vec<u8> = (0..WIDTH).map(|at| u8::from(at == 0)).collect();
    let body = format!(r#"{{"vectors":[{row:?}],"deadline_ms":600000{}}}"#, " ".repeat(80 << 10));
    let waits = thread::spawn(move || search(address, body));
    // Longer than who names no deadline has, and who waits for it.
    thread::sleep(Duration::from_millis(300));
    running.encoder.open();
    assert_eq!(first.join().expect("a reply").status, 200);
    let reply = waits.join().expect("a reply");
    assert_eq!(reply.status, 200, "{}", reply.json());
}

#[test]
fn a_search_ends_when_its_client_goes_away() {
    use std::io::Write;
    let running = start(|config| {
        one_worker(config);
        // So that it is not the deadline that ends it.
        config.limits.deadline = std::time::Duration::from_secs(3600);
    });
    running.encoder.close();
    let mut stream = connect(running.address);
    stream.write_all(&search_request(running.address, br#"{"query":"x"}"#)).expect("the daemon reads");
    running.encoder.wait_inside(1);
    drop(stream);
    running.encoder.wait_given_up(1);
}

#[test]
fn a_search_that_panics_is_answered_and_its_worker_lives_on() {
    let running = start(one_worker);
    for _ in 0..3 {
        search(running.address, r#"{"query":"panic"}"#).assert_problem(500, "internal");
    }
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
}

#[test]
fn a_daemon_that_stops_answers_what_is_in_flight_and_accepts_nothing_new() {
    let (running, first) = busy();
    let Running { daemon, encoder, address, .. } = running;
    let stopping = thread::spawn(move || daemon.stop());
    wait_until(|| std::net::TcpStream::connect(address).is_err());
    encoder.open();
    assert_eq!(first.join().expect("a reply").status, 200);
    assert!(stopping.join().expect("no panic").is_ok());
}

#[test]
fn a_daemon_that_stops_does_not_wait_for_ever() {
    use std::io::{Read, Write};
    let running = start(|config| config.limits.drain = std::time::Duration::from_millis(50));
    running.encoder.close();
    let mut stream = connect(running.address);
    stream.write_all(&search_request(running.address, br#"{"query":"x"}"#)).expect("the daemon reads");
    running.encoder.wait_inside(1);
    assert!(running.daemon.stop().is_ok());
    let mut rest = Vec::new();
    let cut = stream.read_to_end(&mut rest);
    assert!(rest.is_empty(), "{cut:?} {:?}", String::from_utf8_lossy(&rest));
    assert_eq!(Arc::strong_count(&running.encoder), 1, "all threads have ended and let go of what they held");
}
