//! Metrics, and shadowing: live searches searched again exhaustively to measure recall.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::json;

use crate::client::{get, search};
use crate::collection::{Running, publish_routed, start, start_routed, wait_until};

/// The value of one sample of `/metrics`, named as it stands there.
fn sample(address: SocketAddr, name: &str) -> Option<f64> {
    let reply = get(address, "/metrics");
    assert_eq!(reply.status, 200);
    let text = String::from_utf8(reply.body).expect("UTF-8");
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

fn late(address: SocketAddr, query: &str) {
    let reply = search(address, json!({"query": query, "k": 5, "recall": 0.5}).to_string());
    assert_eq!((reply.status, &reply.json()["certified"]), (200, &false.into()));
}

#[test]
fn shadowed_searches_feed_a_recall_gauge() {
    let running = start_routed(|config| config.shadow = 1.0);
    let address = running.address;
    assert_eq!(sample(address, "maxsimd_recall{collection=\"docs\"}"), None);
    for number in 1..=10 {
        late(address, &format!("query {number}"));
        // So that none is dropped.
        wait_until(|| sample(address, "maxsimd_shadowed_searches_total") == Some(f64::from(number)));
    }
    let recall = sample(address, "maxsimd_recall{collection=\"docs\"}").expect("a gauge");
    assert!(recall > 0.0 && recall <= 1.0, "{recall}");
    assert_eq!(sample(address, "maxsimd_recall_searches{collection=\"docs\"}"), Some(10.0));
    assert_eq!(sample(address, "maxsimd_dropped_shadows_total"), Some(0.0));
}

#[test]
fn searches_that_leave_nothing_out_are_not_shadowed() {
    let running = start_routed(|config| config.shadow = 1.0);
    let address = running.address;
    for body in [
        json!({"query": "x", "mode": "exhaustive"}),
        json!({"query": "x", "recall": 1}),
        json!({"query": "x", "certified": true}),
    ] {
        assert_eq!(search(address, body.to_string()).status, 200);
    }
    // Shadowed in order: when this one is, the others are not waiting.
    late(address, "x");
    wait_until(|| sample(address, "maxsimd_shadowed_searches_total") >= Some(1.0));
    assert_eq!(sample(address, "maxsimd_shadowed_searches_total"), Some(1.0));
}

#[test]
fn nothing_is_shadowed_if_the_share_is_zero() {
    let running = start_routed(|config| config.shadow = 0.0);
    (0..20).for_each(|number| late(running.address, &format!("query {number}")));
    assert_eq!(sample(running.address, "maxsimd_shadowed_searches_total"), Some(0.0));
    assert_eq!(sample(running.address, "maxsimd_dropped_shadows_total"), Some(0.0));
}

#[test]
fn the_gauge_of_a_collection_goes_with_the_collection() {
    let running = start_routed(|config| config.shadow = 1.0);
    let (address, gauge) = (running.address, "maxsimd_recall{collection=\"docs\"}");
    late(address, "x");
    wait_until(|| sample(address, gauge).is_some());
    publish_routed(running.data.path(), "other", "other");
    std::fs::remove_dir_all(running.data.path().join("docs")).expect("removed");
    wait_until(|| get(address, "/v1/collections/docs").status == 404);
    assert_eq!(sample(address, gauge), None);
}

#[test]
fn a_daemon_that_stops_leaves_what_waits_to_be_shadowed() {
    let running = start_routed(|config| config.shadow = 1.0);
    (0..10).for_each(|number| late(running.address, &format!("query {number}")));
    let Running { daemon, encoder, .. } = running;
    assert!(daemon.stop().is_ok());
    assert_eq!(Arc::strong_count(&encoder), 1, "all threads have ended and let go of what they held");
}

#[test]
fn searches_are_counted_by_mode_and_timed_by_stage() {
    let running = start(|_| ());
    let address = running.address;
    for mode in ["late", "late", "exhaustive"] {
        search(address, json!({"query": "x", "mode": mode}).to_string());
    }
    search(address, r#"{"query":"x","k":0}"#).assert_problem(422, "invalid_field");
    let counted = |mode| sample(address, &format!("maxsimd_searches_total{{mode=\"{mode}\"}}"));
    assert_eq!([counted("late"), counted("exhaustive"), counted("exact")], [Some(2.0), Some(1.0), Some(0.0)]);
    for stage in ["queue", "score", "fetch"] {
        let count = format!("maxsimd_search_stage_seconds_count{{stage=\"{stage}\"}}");
        assert_eq!(sample(address, &count), Some(3.0), "{stage}");
    }
}

#[test]
fn metrics_say_which_version_and_kernels_run() {
    let running = start(|_| ());
    let reply = get(running.address, "/metrics");
    assert!(reply.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
    let text = String::from_utf8(reply.body).expect("UTF-8");
    let build = text.lines().find(|line| line.starts_with("maxsimd_build_info{")).expect("a line");
    assert!(build.contains(&format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), "{build}");
    let kernels = format!("kernels=\"{}\"", maxsimd_engine::kernels::best().name());
    assert!(build.contains(&kernels) && build.ends_with(" 1"), "{build}");
    assert!(text.ends_with("# EOF\n"), "{text}");
}
