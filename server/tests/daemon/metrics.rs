//! What `/metrics` says of requests, queues, collections and the process, and that it changes with them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::thread;

use serde_json::json;

use crate::client::{JSON, connect, get, request, search};
use crate::collection::{PASSAGES, start, wait_until};

/// All samples, named as they stand there; the text is looked through line by line.
fn samples(address: SocketAddr) -> BTreeMap<String, f64> {
    let reply = get(address, "/metrics");
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.body).expect("UTF-8");
    assert_eq!(text.lines().last(), Some("# EOF"));
    let (mut families, mut samples) = (Vec::new(), BTreeMap::new());
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(said) = line.strip_prefix("# ") {
            let mut words = said.splitn(3, ' ');
            let (what, name) = (words.next().expect("a word"), words.next().expect("a name").to_owned());
            if what == "HELP" {
                assert!(!families.contains(&name), "{name} is there twice");
                families.push(name);
            }
            continue;
        }
        let family = families.last().expect("a family comes before its samples");
        assert!(line.starts_with(family.as_str()), "{line} does not belong to {family}");
        let (name, value) = line.rsplit_once(' ').expect("a value");
        assert!(samples.insert(name.to_owned(), value.parse().expect("a number")).is_none(), "{name} is there twice");
    }
    samples
}

#[test]
fn the_protocol_has_a_row_for_every_metric() {
    let running = start(|_| ());
    let text = String::from_utf8(get(running.address, "/metrics").body).expect("UTF-8");
    let protocol = include_str!("../../PROTOCOL.md");
    let told = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let names: Vec<String> =
        told.map(|(name, kind)| name.to_owned() + if kind == "counter" { "_total" } else { "" }).collect();
    assert!(names.len() > 40, "{names:?}");
    let row = |name: &&String| ["`", "{"].iter().any(|end| protocol.contains(&format!("`{name}{end}")));
    let missing: Vec<&String> = names.iter().filter(|name| !row(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn sample(address: SocketAddr, name: &str) -> Option<f64> {
    samples(address).get(name).copied()
}

#[test]
fn requests_are_counted_by_route_and_never_by_path() {
    let running = start(|_| ());
    let address = running.address;
    for number in 0..20 {
        get(address, &format!("/no/such/path/{number}"));
        get(address, &format!("/v1/collections/c{number}"));
        request(address, &format!("INVENTED{number} /livez"), "", b"");
    }
    assert_eq!(search(address, r#"{"query":"x"}"#).status, 200);
    assert_eq!(search(address, r#"{"query":1}"#).status, 422);
    let samples = samples(address);
    let count = |labels: &str| samples.get(&format!("maxsimd_http_requests_total{{{labels}}}")).copied();
    assert_eq!(count(r#"method="GET",route="-",status="404""#), Some(20.0));
    assert_eq!(count(r#"method="GET",route="/v1/collections/{collection}",status="404""#), Some(20.0));
    assert_eq!(count(r#"method="other",route="/livez",status="405""#), Some(20.0), "{samples:#?}");
    let route = r#"method="POST",route="/v1/collections/{collection}/search""#;
    assert_eq!(count(&format!(r#"{route},status="200""#)), Some(1.0));
    assert_eq!(count(&format!(r#"{route},status="422""#)), Some(1.0));
    assert_eq!(samples.get(&format!("maxsimd_http_request_seconds_count{{{route}}}")), Some(&2.0));
    let named = samples.keys().filter(|name| name.contains("such") || name.contains("c7") || name.contains("INVENTED"));
    assert_eq!(named.count(), 0);
}

#[test]
fn a_full_queue_shows_and_so_do_those_that_it_refused() {
    let running = start(|config| {
        config.threads = NonZeroUsize::MIN;
        config.queue = 1;
    });
    let address = running.address;
    let waiting = |queue: &str| sample(address, &format!("maxsimd_queue_waiting{{queue=\"{queue}\"}}"));
    assert_eq!(waiting("search"), Some(0.0));
    running.encoder.close();
    let ask = || thread::spawn(move || search(address, r#"{"query":"x"}"#));
    let first = ask();
    running.encoder.wait_inside(1);
    let second = ask();
    wait_until(|| waiting("search") == Some(1.0));
    search(address, r#"{"query":"x"}"#).assert_problem(429, "overloaded");
    let now = samples(address);
    let refused =
        |class: &str| now[&format!("maxsimd_refused_requests_total{{class=\"{class}\",code=\"overloaded\"}}")];
    assert_eq!((refused("search"), refused("encode"), refused("answer"), refused("write")), (1.0, 0.0, 0.0, 0.0));
    assert_eq!(now["maxsimd_queue_capacity{queue=\"search\"}"], 1.0);
    assert_eq!(now["maxsimd_queue_threads{queue=\"search\"}"], 1.0);
    assert_eq!(now["maxsimd_queue_capacity{queue=\"encode\"}"], 64.0);
    // Both, and the one that asks for this, once connections of others are closed at the daemon's end, too.
    wait_until(|| sample(address, "maxsimd_requests_in_flight") == Some(3.0));
    wait_until(|| sample(address, "maxsimd_connections") == Some(3.0));
    running.encoder.open();
    assert_eq!((first.join().expect("a reply").status, second.join().expect("a reply").status), (200, 200));
    wait_until(|| sample(address, "maxsimd_requests_in_flight") == Some(1.0));
    wait_until(|| sample(address, "maxsimd_connections") == Some(1.0));
    assert!(sample(address, "maxsimd_accepted_connections_total") > Some(5.0));
}

#[test]
fn a_client_that_goes_away_is_no_answered_request() {
    use std::io::Write;
    let running = start(|_| ());
    running.encoder.close();
    let mut stream = connect(running.address);
    stream.write_all(&crate::client::search_request(running.address, br#"{"query":"x"}"#)).expect("the daemon reads");
    running.encoder.wait_inside(1);
    drop(stream);
    wait_until(|| sample(running.address, "maxsimd_abandoned_requests_total") == Some(1.0));
    running.encoder.open();
}

#[test]
fn collections_are_told_of_while_they_are_there() {
    let running = start(|_| ());
    let address = running.address;
    let of = |name: &str, collection: &str| {
        sample(address, &format!("maxsimd_collection_{name}{{collection=\"{collection}\"}}"))
    };
    assert_eq!((of("generation", "docs"), of("passages", "docs")), (Some(1.0), Some(PASSAGES as f64)));
    assert!(of("mapped_bytes", "docs") > Some(1000.0));
    assert_eq!(sample(address, "maxsimd_collections"), Some(1.0));
    let send = |line: &str, body: serde_json::Value| request(address, line, JSON, body.to_string().as_bytes());
    assert_eq!(send("POST /v1/collections", json!({"name": "notes"})).status, 201);
    let empty = of("generation", "notes").expect("a gauge");
    let put = "PUT /v1/collections/notes/documents?wait=searchable";
    assert_eq!(send(put, json!({"documents": [{"id": "a", "text": "apples"}]})).status, 200);
    assert!(of("generation", "notes") > Some(empty));
    assert_eq!((of("documents", "notes"), of("unapplied_operations", "notes")), (Some(1.0), Some(0.0)));
    // What waits for the encoder is acknowledged and not applied.
    running.encoder.close();
    let waiting = "PUT /v1/collections/notes/documents";
    assert_eq!(send(waiting, json!({"documents": [{"id": "b", "text": "beets"}]})).status, 202);
    assert_eq!(of("unapplied_operations", "notes"), Some(1.0));
    assert!(of("unapplied_bytes", "notes") > Some(0.0));
    running.encoder.open();
    wait_until(|| of("unapplied_operations", "notes") == Some(0.0));
    assert_eq!(request(address, "DELETE /v1/collections/notes", "", b"").status, 204);
    assert!(!samples(address).keys().any(|name| name.contains("notes")));
}

#[test]
fn the_process_is_told_of() {
    let running = start(|_| ());
    let before = samples(running.address);
    for name in ["process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_threads"] {
        assert!(before[name] > 1.0, "{name} {}", before[name]);
    }
    assert!(before["process_page_faults_total{kind=\"minor\"}"] > 0.0);
    assert!(before.contains_key("process_page_faults_total{kind=\"major\"}"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("later").as_secs_f64();
    assert!((now - 3600.0..=now).contains(&before["process_start_time_seconds"]));
    // Work shows, sooner or later.
    wait_until(|| {
        search(running.address, r#"{"query":"x"}"#);
        sample(running.address, "process_cpu_seconds_total") > Some(before["process_cpu_seconds_total"])
    });
    assert_eq!((before["maxsimd_ready"], before["maxsimd_draining"]), (1.0, 0.0));
    assert!(before.keys().any(|name| name.starts_with("maxsimd_build_info{") && name.contains("kernels=\"")));
}
