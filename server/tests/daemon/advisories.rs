//! Advisories of comparable servers, the lesson of each, and the tests that show that it was learnt. That the tests exist is a test, too.
//!
//! | advisory | lesson | tests |
//! |---|---|---|
//! | CVE-2024-2221, CVE-2024-3584, CVE-2024-3829 (qdrant: names and links in uploaded snapshots) | names are made here, nothing is unpacked to a path of the sender's | `no_name_leads_out_of_the_data_folder`, `names_that_could_be_paths_are_refused`, `headers_and_lengths_that_lie_are_refused_before_anything_is_reserved`, `manifests_that_lie_are_refused` |
//! | CVE-2026-25628 (qdrant: a read-only key appends to any file by a setting) | no setting is changed by a request, none is a path | `no_request_names_a_file_an_address_or_a_setting`, `each_route_takes_the_scope_that_it_says` |
//! | GHSA-p9c2-9vq2-gxh8, GHSA-3gph-6c29-p29v (qdrant: the same mistake behind another port) | one check of names, one layer that asks for keys, on every listener | `nothing_but_livez_is_told_without_a_key`, `a_key_is_asked_for_over_tls_too`, `no_other_protocol_is_spoken_that_would_be_let_in_without_a_key` |
//! | CVE-2026-26190 (Milvus: the whole API on the port of metrics, a default token) | metrics need a key, there is no other port, no key by default | `metrics_are_told_to_holders_of_keys_only`, `an_address_that_others_can_reach_needs_a_flag_that_says_so` |
//! | CVE-2026-45829 (Chroma: a client's model is loaded before it shows a key) | a key is asked for first; models are named where the daemon is started | `a_key_is_asked_for_before_a_body_is_waited_for`, `no_client_has_a_model_loaded` |
//! | CVE-2026-7482 (Ollama), CVE-2026-55093, RUSTSEC-2026-0217 (tract): sizes in files that are not in the file | checked arithmetic, every section within its file | `every_flipped_byte_and_every_truncation_is_found_and_never_changes_an_answer`, `hostile_tables_and_footers_are_refused`, `any_bytes_under_correct_checksums_give_errors_or_answers_but_no_panic`, `every_truncation_of_the_weights_is_refused` |
//! | CVE-2024-37032 (Ollama: a digest as a path) | hashes are compared, not opened; names of files are from a list | `only_names_of_the_list_are_fetched_however_they_are_spelled`, `names_that_would_lead_out_of_the_folder_are_no_references`, `a_sealed_lock_that_names_other_files_or_a_later_format_is_refused` |
//! | CVE-2024-28224 (Ollama), CVE-2026-42559 (rmcp): DNS rebinding | `Host` and `Origin` have to be known, on loopback, too | `a_name_that_was_made_to_resolve_to_loopback_is_refused`, `names_are_known_or_refused_on_every_address`, `pages_of_other_sites_are_refused` |
//! | CVE-2026-34756 (vLLM: unbounded `n`), CVE-2026-21869 (llama-server: a negative number), CVE-2026-5497 (vLLM: number of frames) | every number of a request has a least and a most, before anything is reserved | `every_number_of_a_request_is_bounded`, `bodies_that_are_not_a_search_are_refused` |
//! | vLLM below 0.23.1 (25 MB decode to 15 GB) | what is decoded has the bound of what is sent | `a_body_that_grows_beyond_the_limit_is_refused`, `what_was_encoded_is_decoded_and_no_further_than_there_is_room` |
//! | CVE-2026-24779 (vLLM), CVE-2026-41271 (Flowise), CVE-2026-2531 (MindsDB): the server fetches what it is told to | no request names an address; pages that a search found are fetched from public machines only, at the address that was checked | `no_request_names_a_file_an_address_or_a_setting`, `no_way_of_writing_an_address_reaches_a_machine_that_is_not_public`, `a_redirect_to_a_machine_that_is_not_public_is_not_followed`, `of_a_name_only_addresses_that_may_be_asked_are` |
//! | CVE-2026-42867, CVE-2026-33497 (Langflow: names) | names of `[a-z0-9_-]{1,64}` | `no_name_leads_out_of_the_data_folder`, `names_that_could_be_paths_are_refused` |
//! | CVE-2026-46444 (Flowise), CVE-2026-45398 (open-webui): anybody's collection | keys for collections, checked after aliases, wherever a collection is named | `a_key_for_some_collections_knows_of_no_others`, `an_alias_is_what_it_stands_for` |
//! | CVE-2026-41705 (Spring AI: a filter is injected) | filters are parsed, values stay values | `a_value_of_a_filter_stays_a_value`, `text_of_any_kind_is_read_or_refused_at_a_byte_of_it` |
//! | RUSTSEC-2026-0187 (lopdf), RUSTSEC-2026-0194, RUSTSEC-2026-0195 (quick-xml) and others of parsers | PDF and DOCX are parsed in a child with limits; `deny.toml` | `broken_pdfs_end_the_child_and_nothing_else`, `a_parser_that_hangs_is_killed` |
//! | CVE-2025-32711 (EchoLeak), PoisonedRAG | passages are data between fences; no image, no address that a model made up | `images_made_up_references_and_targets_of_links_are_not_shown`, `passages_stay_between_fences_that_they_cannot_know`, `a_generator_that_obeys_is_not_shown`, `what_a_document_tells_a_model_to_do_stays_a_quotation` |
//! | text-embeddings-inference compares its key with `==` | hashes are kept and compared in constant time (`blake3::Hash`) | `keys_are_long_random_and_not_in_what_is_kept_of_them`, `what_is_no_key_is_not_found_however_long_it_is` |

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use maxsimd_server::keys::KeyScope;
use serde_json::{Value, json};

use crate::client::{JSON, Reply, connect, get, request, search};
use crate::collection::{Running, start, start_over, wait_until};
use crate::keys::{asked, key, ring};

fn send(running: &Running, line: &str, body: &Value) -> Reply {
    request(running.address, line, JSON, body.to_string().as_bytes())
}

/// All Rust below the folders of this repository that have tests.
fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["engine", "server", "tools"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_test_of_the_table_exists() {
    let table = include_str!("advisories.rs").lines().filter(|line| line.starts_with("//! | "));
    let named: BTreeSet<&str> = table
        .filter_map(|line| line.trim_end_matches(" |").rsplit(" | ").next())
        .flat_map(|tests| tests.split('`').skip(1).step_by(2))
        .collect();
    assert!(named.len() > 30, "{named:?}");
    let sources: Vec<String> = sources().iter().map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect();
    let there = |name: &str| sources.iter().any(|text| text.contains(&format!("fn {name}(")));
    let missing: Vec<&str> = named.into_iter().filter(|name| !there(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn no_name_leads_out_of_the_data_folder() {
    let running = start(|_| ());
    let names = [
        "..",
        ".",
        "%2e%2e",
        "..%2f..%2fetc",
        "a%2fb",
        "a%5cb",
        "%00",
        "docs%00",
        "%c3%a9",
        "Docs",
        "-a",
        "a.b",
        "*",
        &"a".repeat(65),
    ];
    for name in names {
        for (method, rest) in [
            ("GET", ""),
            ("DELETE", ""),
            ("GET", "/tree"),
            ("POST", "/search"),
            ("PUT", "/documents"),
            ("POST", "/snapshot"),
            ("POST", "/compact"),
            ("GET", "/documents/x"),
        ] {
            let reply = send(&running, &format!("{method} /v1/collections/{name}{rest}"), &json!({}));
            assert!([400, 404].contains(&reply.status), "{method} {name}{rest}: {}", reply.status);
        }
        assert!(
            [400, 404]
                .contains(&send(&running, &format!("PUT /v1/aliases/{name}"), &json!({"collection": "docs"})).status)
        );
    }
    for name in ["..", "../a", "a/b", "/etc", "a\0", "", "Docs", "a.b", &"a".repeat(65)] {
        let reply = send(&running, "POST /v1/collections", &json!({"name": name, "width": 8}));
        assert_eq!(reply.status, 422, "{name:?}");
        let reply = send(&running, "PUT /v1/aliases/live", &json!({"collection": name}));
        assert_eq!(reply.status, 422, "{name:?}");
    }
    // An id is no name: it is never a path.
    let upsert = json!({"documents": [{"id": "../../etc/passwd", "vectors": [[1.0]], "text": "x"}]});
    assert!(send(&running, "PUT /v1/collections/docs/documents", &upsert).status < 500);
    let entries: BTreeSet<_> = std::fs::read_dir(running.data.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(entries.iter().all(|name| !name.to_string_lossy().contains("passwd")), "{entries:?}");
}

#[test]
fn no_request_names_a_file_an_address_or_a_setting() {
    let running = start(|_| ());
    let bodies = [
        ("POST /v1/collections", json!({"name": "more", "width": 8})),
        ("PUT /v1/collections/docs/documents", json!({"documents": []})),
        ("POST /v1/collections/docs/search", json!({"query": "x"})),
        ("POST /v1/answer", json!({"question": "x", "collections": ["docs"]})),
        ("POST /v1/route", json!({"question": "x", "collections": ["docs"]})),
        ("POST /v1/encode", json!({"input": "x"})),
        ("POST /v1/filters/parse", json!({"filter": "a = 1", "fields": {"a": "integer"}})),
        ("PUT /v1/aliases/live", json!({"collection": "docs"})),
    ];
    for (line, body) in bodies {
        for field in
            ["path", "file", "url", "generator_url", "web_url", "model_path", "log", "log_file", "config", "callback"]
        {
            let mut body = body.clone();
            body[field] = json!("http://127.0.0.1:1/x");
            send(&running, line, &body).assert_problem(422, "unknown_field");
        }
    }
    let document = json!({"documents": [{"id": "d", "url": "http://127.0.0.1:1/x"}]});
    send(&running, "PUT /v1/collections/docs/documents", &document).assert_problem(422, "invalid_field");
    for path in ["/logger", "/v1/config", "/admin/reload", "/debug", "/v1/settings"] {
        for method in ["GET", "POST", "PUT"] {
            send(&running, &format!("{method} {path}"), &json!({})).assert_problem(404, "route_not_found");
        }
    }
}

#[test]
fn metrics_are_told_to_holders_of_keys_only() {
    let scrape = key(KeyScope::Metrics, &[]);
    let ring = ring(&[&scrape]);
    let running = start_over(|_| (), |config| config.keys = Some(ring));
    get(running.address, "/metrics").assert_problem(401, "key_missing");
    assert_eq!(asked(running.address, &scrape.key, "GET /metrics", "").status, 200);
    asked(running.address, &scrape.key, "GET /v1/collections", "").assert_problem(403, "scope_too_small");
}

#[test]
fn no_client_has_a_model_loaded() {
    let running = start(|_| ());
    for model in ["hf:evil/model", "/tmp/model", "../model", "https://evil.example/model.onnx"] {
        let reply = send(&running, "POST /v1/collections", &json!({"name": "more", "encoder": model}));
        reply.assert_problem(409, "encoder_mismatch");
        let named = send(&running, "POST /v1/embeddings", &json!({"model": model, "input": "x"}));
        assert!(named.status != 200 || named.json()["model"] != model, "{model}");
    }
}

#[test]
fn every_number_of_a_request_is_bounded() {
    let running = start(|_| ());
    let numbers = [json!(-1), json!(0.5), json!(1e300), json!(u64::MAX), json!(i64::MIN), json!("1"), json!([1])];
    let fields = [
        (
            "POST /v1/collections/docs/search",
            json!({"query": "x"}),
            &["k", "per_layer", "max_tokens", "deadline_ms"][..],
        ),
        ("POST /v1/answer", json!({"question": "x", "collections": ["docs"]}), &["k"]),
        ("POST /v1/collections", json!({"name": "more", "width": 8}), &["width", "bits"]),
        ("POST /v1/encode", json!({"input": "x"}), &["deadline_ms"]),
        ("POST /v1/rerank", json!({"query": "x", "documents": ["y"]}), &["top_n", "deadline_ms"]),
        ("POST /v1/route", json!({"question": "x", "collections": ["docs"]}), &["deadline_ms"]),
    ];
    for (line, body, names) in fields {
        for name in names {
            for number in &numbers {
                let mut body = body.clone();
                body[name] = number.clone();
                let reply = send(&running, line, &body);
                assert_eq!(reply.status, 422, "{line} {name} {number}: {}", String::from_utf8_lossy(&reply.body));
            }
        }
    }
    for budget in ["max_llm_calls", "max_ms", "max_iterations", "max_context_tokens"] {
        for number in &numbers {
            let body = json!({"question": "x", "collections": ["docs"], "budget": {budget: number}});
            assert_eq!(send(&running, "POST /v1/answer", &body).status, 422, "{budget} {number}");
        }
    }
    let wide = json!({"vectors": {"f16": "", "shape": [u64::MAX, u64::MAX]}});
    assert_eq!(search(running.address, wide.to_string()).status, 422);
}

#[test]
fn a_value_of_a_filter_stays_a_value() {
    let running = start(|_| ());
    for value in ["x\" or exists(tag) or tag = \"", "x' OR '1'='1", "x); drop", "*", "x\\\" or tag = \\\"first"] {
        let body = json!({"query": "x", "filter": {"field": "tag", "op": "=", "value": value}});
        let reply = search(running.address, body.to_string());
        assert_eq!(reply.status, 200, "{value}");
        assert_eq!(reply.json()["hits"], json!([]), "{value}");
    }
    let sound = json!({"query": "x", "filter": {"field": "tag", "op": "=", "value": "first"}});
    assert!(search(running.address, sound.to_string()).json()["hits"].as_array().is_some_and(|hits| !hits.is_empty()));
}

#[test]
fn no_other_protocol_is_spoken_that_would_be_let_in_without_a_key() {
    let read = key(KeyScope::Read, &[]);
    let ring = ring(&[&read]);
    let running = start_over(|_| (), |config| config.keys = Some(Arc::clone(&ring)));
    wait_until(|| get(running.address, "/livez").status == 200);
    let told = |sent: &[u8]| {
        let mut stream = connect(running.address);
        stream.write_all(sent).expect("the daemon reads");
        let mut told = Vec::new();
        // What it says before it closes, or resets because there is more than it reads.
        let _ = stream.read_to_end(&mut told);
        String::from_utf8_lossy(&told).into_owned()
    };
    // HTTP/2 with prior knowledge: its preface and empty settings.
    let preface = told(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00");
    assert!(preface.is_empty() || preface.starts_with("HTTP/1.1 4"), "{preface:?}");
    for protocol in ["h2c", "websocket"] {
        let head = format!(
            "GET /v1/collections HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: {protocol}\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"
        );
        assert!(told(head.as_bytes()).starts_with("HTTP/1.1 401"), "{protocol}");
    }
}
