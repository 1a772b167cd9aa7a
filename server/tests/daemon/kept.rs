//! Replies that are kept for when the same is asked of the same generation.

use crate::client::{Reply, get, request, search};
use crate::collection::{Running, publish, start, wait_until};

const ASKED: &str = r#"{"query":"passage 7","include":["text","metadata"]}"#;

fn keeping() -> Running {
    start(|config| config.cache_bytes = 1 << 20)
}

fn kept(reply: &Reply) -> bool {
    assert_eq!(reply.status, 200);
    reply.header("server-timing").is_some_and(|told| told.contains("kept"))
}

fn count(running: &Running, label: &str) -> u64 {
    let metrics = String::from_utf8(get(running.address, "/metrics").body).expect("UTF-8");
    let line = format!("maxsimd_reply_lookups_total{{kept=\"{label}\"}} ");
    metrics.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).expect("counted")
}

#[test]
fn what_is_asked_again_is_answered_with_the_same_bytes() {
    let running = keeping();
    let first = search(running.address, ASKED);
    let again = search(running.address, ASKED);
    assert!(!kept(&first) && kept(&again));
    assert_eq!((&first.body, first.header("content-type")), (&again.body, again.header("content-type")));
    assert!(!kept(&search(running.address, ASKED.replace('7', "8"))), "it is something else");
    let compact = "Content-Type: application/json\r\nAccept: application/x-maxsimd\r\n";
    let line = "POST /v1/collections/docs/search";
    let other = request(running.address, line, compact, ASKED.as_bytes());
    assert!(!kept(&other) && other.body != first.body, "so is another form");
    assert!(kept(&request(running.address, line, compact, ASKED.as_bytes())));
    assert_eq!((count(&running, "no"), count(&running, "yes")), (3, 2));
}

#[test]
fn another_generation_is_asked_itself_also_if_it_has_the_number_of_one_before() {
    let running = keeping();
    let address = running.address;
    search(address, ASKED);
    publish(running.data.path(), "docs", "second");
    wait_until(|| get(address, "/v1/collections/docs").json()["generation"] == 2);
    let second = search(address, ASKED);
    assert!(!kept(&second) && second.json()["hits"][0]["metadata"]["tag"] == "second");
    assert!(kept(&search(address, ASKED)));
    assert_eq!(request(address, "DELETE /v1/collections/docs", "", b"").status, 204);
    for tag in ["third", "fourth"] {
        publish(running.data.path(), "docs", tag);
    }
    wait_until(|| get(address, "/v1/collections/docs").json()["generation"] == 2);
    let fourth = search(address, ASKED);
    assert!(!kept(&fourth) && fourth.json()["hits"][0]["metadata"]["tag"] == "fourth");
}

#[test]
fn a_refusal_is_not_kept_and_nothing_is_by_default() {
    let running = keeping();
    for _ in 0..2 {
        search(running.address, r#"{"query":"x","k":0}"#).assert_problem(422, "invalid_field");
    }
    let running = start(|_| ());
    search(running.address, ASKED);
    assert!(!kept(&search(running.address, ASKED)));
    assert_eq!((count(&running, "no"), count(&running, "yes")), (0, 0));
}
