//! New generations are served without a restart, and no search notices.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::client::{get, search};
use crate::collection::{publish, start, wait_until};

fn generation(address: SocketAddr) -> Option<u64> {
    get(address, "/v1/collections/docs").json()["generation"].as_u64()
}

/// Searches until told to stop; every reply must be whole and of one generation. Returns the generations seen.
fn search_until(stop: &AtomicBool, address: SocketAddr) -> BTreeSet<u64> {
    let agent = ureq::Agent::new_with_defaults();
    let url = format!("http://{address}/v1/collections/docs/search");
    let mut seen = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) {
        let mut reply = agent.post(&url).send_json(json!({"query": "x", "k": 20})).expect("no search fails");
        let reply: Value = reply.body_mut().read_json().expect("JSON");
        let number = reply["generation"].as_u64().expect("a number");
        let expected = if number == 1 { "first".to_owned() } else { format!("build {number}") };
        let hits = reply["hits"].as_array().expect("hits");
        assert_eq!(hits.len(), 20);
        for hit in hits {
            assert_eq!(hit["metadata"]["tag"], expected, "generation {number}");
            assert!(hit["text"].as_str().is_some_and(|text| text.ends_with(&expected)), "{hit}");
        }
        seen.insert(number);
    }
    seen
}

#[test]
fn generations_are_swapped_under_searches_without_a_failure() {
    let running = start(|_| ());
    let (address, stop) = (running.address, AtomicBool::new(false));
    let seen = thread::scope(|scope| {
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| search_until(&stop, address))).collect();
        for number in 2..=12 {
            publish(running.data.path(), "docs", &format!("build {number}"));
            // Some are waited for, others follow at once and may be skipped.
            if number % 3 == 0 {
                wait_until(|| generation(address) == Some(number));
            }
        }
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect::<BTreeSet<_>>()
    });
    assert!(seen.len() > 1, "searches saw {seen:?}");
    assert_eq!(generation(address), Some(12));
}

#[test]
fn collections_appear_and_disappear() {
    let running = start(|_| ());
    let status = || get(running.address, "/v1/collections/more").status;
    assert_eq!(status(), 404);
    publish(running.data.path(), "more", "x");
    wait_until(|| status() == 200);
    fs::remove_dir_all(running.data.path().join("more")).expect("removed");
    wait_until(|| status() == 404);
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
}

#[test]
fn a_generation_that_cannot_be_opened_is_reported_and_the_old_one_stays_in_use() {
    let running = start(|_| ());
    let manifest = running.data.path().join("docs").join("manifest.json");
    let sound = fs::read(&manifest).expect("a manifest");
    let replace = |bytes: &[u8]| {
        let next = manifest.with_extension("next");
        fs::write(&next, bytes).and_then(|()| fs::rename(&next, &manifest)).expect("replaced");
    };
    replace(b"{ damaged");
    let description = || get(running.address, "/v1/collections/docs").json();
    wait_until(|| description().get("failure").is_some());
    let failing = description();
    assert_eq!(
        (&failing["generation"], &failing["failure"]["code"]),
        (&1.into(), &"index_damaged".into()),
        "{failing}"
    );
    assert!(!failing.to_string().contains(&*running.data.path().to_string_lossy()), "paths stay in the log");
    let ready = get(running.address, "/readyz");
    assert_eq!((ready.status, &ready.json()["collections"]["failing"]), (200, &json!(["docs"])));
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);

    replace(&sound);
    wait_until(|| description().get("failure").is_none());
}

#[test]
fn a_collection_that_could_never_be_opened_is_unavailable_but_not_absent() {
    let running = start(|_| ());
    let folder = running.data.path().join("broken");
    fs::create_dir(&folder).and_then(|()| fs::write(folder.join("manifest.json"), "{")).expect("written");
    wait_until(|| get(running.address, "/v1/collections/broken").status == 200);
    let description = get(running.address, "/v1/collections/broken").json();
    assert_eq!(description["failure"]["code"], "index_damaged", "{description}");
    let line = "POST /v1/collections/broken/search";
    let reply = crate::client::request(running.address, line, crate::client::JSON, br#"{"query":"x"}"#);
    reply.assert_problem(503, "collection_unavailable");
    assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
}
