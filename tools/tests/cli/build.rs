//! `build` and `inspect`: what is printed where, what is skipped, what is refused.

use std::fs;

use maxsimd_engine::build::{BuildOptions, build_vectors};
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::{Context, Document, TextFormat};

use super::support::{Shape, home, maxsim, path_text, token_vectors, write_vectors};
use super::{DOCS, shared};

#[test]
fn build_prints_one_object_and_says_nothing_else() {
    let report = shared().built.json();
    assert_eq!(shared().built.err, "");
    assert_eq!(report["skipped"], 0);
    assert_eq!(report["truncated_passages"], 0);
    let collection = &report["collection"];
    assert_eq!(collection["name"], DOCS);
    assert_eq!(collection["generation"], 1);
    assert_eq!(collection["width"], 384);
    assert_eq!(collection["bits"], 2);
    assert!(collection["documents"].as_u64().unwrap() >= 60);
    assert!(collection["passages"].as_u64() > collection["documents"].as_u64());
    assert!(collection["build_seconds"].as_f64().unwrap() > 0.0);
    let per_vector = collection["index_bytes"].as_f64().unwrap() / collection["token_vectors"].as_f64().unwrap();
    assert!((96.0..108.0).contains(&per_vector), "{per_vector} bytes per token vector");
}

#[test]
fn inspect_shows_what_was_built_and_every_file() {
    let inspected = shared().run("inspect", &["--json"]).json();
    assert_eq!(inspected["description"], shared().built.json()["collection"]);
    let mut named: Vec<&str> =
        inspected["files"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    named.sort_unstable();
    let entries = fs::read_dir(shared().data.join(DOCS)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut found: Vec<String> = names.filter(|n| n.ends_with(".segment") || n.ends_with(".vectors")).collect();
    found.sort_unstable();
    assert_eq!(named, found);
    assert!(shared().run("inspect", &[]).out.contains("all-minilm-l6-v2"));
}

#[test]
fn inspect_shows_what_each_effort_finds_and_which_recalls_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let shape = Shape { seed: 9, passages: 400, rows: 20, width: 32 };
    let (store, name) = (Store::open(data).unwrap(), CollectionName::parse("routed").unwrap());
    let options = BuildOptions { router_from: 1, ..BuildOptions::default() };
    let encoder = (EncoderId { name: "synthetic".to_owned(), fingerprint: String::new() }, shape.width);
    let items = (0..shape.passages).map(|passage| {
        let metadata = serde_json::Map::new();
        let (id, text) = (format!("d{passage}"), format!("Passage {passage}."));
        let document = Document { id, title: String::new(), text, format: TextFormat::Plain, metadata };
        Ok((document, token_vectors(shape, passage)))
    });
    let built = build_vectors(&Context::unbounded(), (&store, &name), &options, encoder, items, &mut |_| ()).unwrap();
    let efforts = built.description.router.unwrap().efforts;
    let inspect =
        |more: &[&str]| maxsim(&[&["inspect", "--data", &path_text(data), "--collection", "routed"], more].concat());
    assert_eq!(inspect(&["--json"]).json()["description"]["router"]["efforts"], serde_json::json!(efforts));
    let shown = inspect(&[]).out;
    let table: Vec<&str> = shown.lines().skip_while(|line| !line.starts_with("efforts")).skip(1).collect();
    let mut served = Vec::new();
    for (line, effort) in table.iter().zip(&efforts) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(fields[..2], [effort.probes.to_string(), effort.candidates.to_string()], "{line}");
        assert_eq!(fields[2], format!("{:.1}", effort.slack), "{line}");
        assert_eq!(fields[3..5], [effort.recall_at_10, effort.recall_at_100].map(|recall| format!("{recall:.4}")));
        served.extend(fields[5..].iter().map(|target| target.trim_matches(['(', ')']).to_owned()));
    }
    served.sort();
    assert_eq!(served, ["0.9", "0.9", "0.95", "0.95", "0.98", "0.98", "0.99", "0.99", "0.995", "0.995"], "{shown}");
}

#[test]
fn skipped_files_are_named_with_the_reason_and_counted() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join("in").join(name), bytes).unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    write("good.md", b"# Tides\n\nThe tide turns twice a day.");
    write("empty.txt", b"");
    write("binary.txt", b"ab\0cd");
    write("latin1.txt", b"caf\xe9");
    write("photo.raw", b"....");
    write("lines.jsonl", b"{\"_id\":\"a\",\"text\":\"a line\"}\n{\"text\":\"no id\"}\nnot json\n");
    let (input, data) = (path_text(&folder.path().join("in")), path_text(&folder.path().join("data")));
    let built = maxsim(&["build", "--input", &input, "--data", &data, "--collection", "c", "--json"]);
    assert_eq!(built.json()["collection"]["documents"], 2);
    assert_eq!(built.json()["skipped"], 6);
    let reasons = [
        ("empty.txt", "empty"),
        ("binary.txt", "NUL"),
        ("latin1.txt", "not UTF-8"),
        ("photo.raw", "unsupported"),
        ("lines.jsonl:2", "missing _id"),
        ("lines.jsonl:3", "bad JSON"),
    ];
    assert_eq!(built.err.lines().count(), reasons.len(), "{}", built.err);
    for (name, reason) in reasons {
        assert!(built.err.lines().any(|line| line.contains(name) && line.contains(reason)), "{name}: {}", built.err);
    }
}

#[test]
fn inputs_without_a_single_document_leave_what_is_published_alone() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path_text(&folder.path().join(name));
    write_vectors(&folder.path().join("vectors"), Shape { seed: 1, passages: 3, rows: 2, width: 16 });
    let target = ["--data", &path("data"), "--collection", "c"];
    maxsim(&[&["build", "--json", "--vectors", &path("vectors")], &target[..]].concat()).json();
    fs::create_dir(path("nothing")).unwrap();
    let refused = maxsim(&[&["build", "--input", &path("nothing")], &target[..]].concat());
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("documents"), "{}", refused.err);
    let inspected = maxsim(&[&["inspect", "--json"], &target[..]].concat()).json();
    assert_eq!(inspected["description"]["generation"], 1);
    assert_eq!(inspected["description"]["documents"], 3);
}

#[test]
fn an_id_that_a_terminal_would_obey_is_shown_without_its_power() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.jsonl");
    fs::write(&input, "{\"_id\":\"\\u001b]0;owned\\u0007\",\"title\":\"\\u001b[2J\",\"text\":\"tides\\u009b2J\"}\n")
        .unwrap();
    let target = ["--data", &path_text(&folder.path().join("data")), "--collection", "c"];
    maxsim(&[&["build", "--json", "--input", &path_text(&input)], &target[..]].concat()).json();
    let found = maxsim(&[&["search", "tides"], &target[..]].concat());
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("owned") && !found.out.contains(['\u{1b}', '\u{7}', '\u{9b}']), "{:?}", found.out);
}

#[test]
fn fields_are_declared_or_learnt_and_what_filters_do_not_see_is_named() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path_text(&folder.path().join(name));
    let line =
        |id: &str, metadata: &str| format!("{{\"_id\":\"{id}\",\"text\":\"about {id}\",\"metadata\":{metadata}}}\n");
    let lines = line("a", r#"{"year":2020,"rank":1}"#) + &line("b", r#"{"year":"soon","rank":2.5,"tags":["x","y"]}"#);
    fs::write(path("in.jsonl"), lines).unwrap();
    let target = ["--data", &path("data"), "--collection", "c"];
    let build = ["build", "--input", &path("in.jsonl"), "--field", "rank=float"];
    let built = maxsim(&[&build, &target[..]].concat());
    assert!(
        built.out.contains("no filter sees year in 1 documents, first in b: \"soon\" is not integer"),
        "{}",
        built.out
    );
    let inspected = maxsim(&[&["inspect", "--json"], &target[..]].concat()).json();
    let fields = serde_json::json!({"year": "integer", "rank": "float", "tags": "keyword"});
    assert_eq!(inspected["description"]["fields"], fields);
    let found = |filter: &str| -> Vec<String> {
        let search = ["search", "--json", "--mode", "bm25", "--filter", filter, "about"];
        let reply = maxsim(&[&search, &target[..]].concat()).json();
        let ids = reply["hits"].as_array().unwrap().iter().map(|hit| hit["document_id"].as_str().unwrap().to_owned());
        ids.collect()
    };
    assert_eq!([found("rank > 1.5"), found("year = 2020"), found("tags = 'y'")], [["b"], ["a"], ["b"]]);
    assert_eq!(found("not exists(year)"), ["b"]);
    let refused = maxsim(&[&["build", "--input", &path("in.jsonl"), "--field", "rank=number"], &target[..]].concat());
    assert!(refused.code == 2 && refused.err.contains("keyword, integer, float"), "{}", refused.err);
}
