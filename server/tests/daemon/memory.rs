//! Collections that are read, or locked in memory, before they are served.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use maxsimd_server::Config;
use rustix::process::{Resource, getrlimit, setrlimit};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

use crate::client::{JSON, get, request, search};
use crate::collection::{publish_routed, start_over, start_routed, wait_until};

fn preload(config: &mut Config) {
    config.memory.preload = true;
}

fn lock(config: &mut Config) {
    config.memory.lock = true;
}

fn segment(data: &Path) -> PathBuf {
    let mut files = fs::read_dir(data.join("docs")).expect("a collection").map(|entry| entry.expect("a file").path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "segment")).expect("a segment")
}

/// KiB of locked memory of this process.
fn locked() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmLck:")).expect("a line");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
}

/// Adds a document, and returns when it can be found.
fn write(address: SocketAddr, collection: &str) {
    let line = format!("PUT /v1/collections/{collection}/documents?wait=searchable");
    let reply = request(address, &line, JSON, br#"{"documents":[{"id":"new","text":"x"}]}"#);
    assert_eq!(reply.status, 200, "{}", reply.json());
}

#[test]
fn a_preloaded_collection_answers_as_any_other() {
    let (plain, preloaded) = (start_routed(|_| ()), start_routed(preload));
    let body = r#"{"query":"x","k":20,"mode":"exhaustive"}"#;
    assert_eq!(search(plain.address, body).json()["hits"], search(preloaded.address, body).json()["hits"]);
}

#[test]
fn damage_that_preloading_meets_does_not_keep_a_collection_from_being_served() {
    let running = start_over(
        |data| {
            publish_routed(data, "docs", "first");
            let path = segment(data);
            let mut bytes = fs::read(&path).expect("bytes");
            // In the second block of 64 KiB, which opening does not look at.
            bytes[70_000] ^= 1;
            fs::remove_file(&path).expect("removed");
            fs::write(&path, bytes).expect("written");
        },
        preload,
    );
    wait_until(|| get(running.address, "/readyz").status == 200);
    assert_eq!(get(running.address, "/v1/collections/docs").json().get("failure"), None);
    search(running.address, r#"{"query":"x","mode":"exhaustive"}"#).assert_problem(500, "index_damaged");
}

#[test]
fn a_daemon_that_cannot_lock_its_collections_is_not_ready_and_says_what_to_raise() {
    // The limit is the process's, the capability to ignore it the thread's; the daemon's threads inherit it from this.
    let limit = getrlimit(Resource::Memlock);
    let may = capabilities(None).expect("capabilities");
    if may.effective.contains(CapabilitySet::IPC_LOCK) || limit.current.is_none_or(|bytes| bytes >= 1 << 20) {
        let running = start_routed(lock);
        let before = locked();
        assert!(before > 0);
        write(running.address, "docs");
        assert!(locked() > before, "what is written is locked too");
        assert_eq!(search(running.address, r#"{"query":"x"}"#).status, 200);
    }
    let mut less = may;
    less.effective.remove(CapabilitySet::IPC_LOCK);
    set_capabilities(None, less).expect("a thread may give up a capability");
    setrlimit(Resource::Memlock, rustix::process::Rlimit { current: Some(0), ..limit })
        .expect("a limit may be lowered");
    let running = start_over(|data| publish_routed(data, "docs", "first"), lock);
    let readiness = || get(running.address, "/readyz");
    wait_until(|| readiness().json()["collections"]["failing"] == serde_json::json!(["docs"]));
    assert_eq!(readiness().status, 503);
    let failure = &get(running.address, "/v1/collections/docs").json()["failure"];
    assert_eq!(failure["code"], "memory_not_locked");
    assert!(failure["detail"].as_str().is_some_and(|detail| detail.contains("limit on locked memory")), "{failure}");
    search(running.address, r#"{"query":"x"}"#).assert_problem(503, "collection_unavailable");
    // What is acknowledged is found all the same.
    wait_until(|| readiness().json()["encoder"] == "ready");
    assert_eq!(request(running.address, "POST /v1/collections", JSON, br#"{"name":"notes"}"#).status, 201);
    write(running.address, "notes");
    let search = |body: &[u8]| request(running.address, "POST /v1/collections/notes/search", JSON, body).json();
    assert_eq!(search(br#"{"query":"x"}"#)["hits"][0]["document_id"], "new");
    assert_eq!(get(running.address, "/v1/collections/notes").json()["failure"]["code"], "memory_not_locked");
}
