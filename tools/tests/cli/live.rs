//! `add`, `delete`, `compact`, `snapshot`, `restore`, `alias`: a collection's life, one command after the other.

use std::fs;
use std::path::Path;

use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::{Change, LiveCollection};
use serde_json::{Value, json};

use super::support::{Shape, home, maxsim, path_text, program, run, write_vectors};

/// A data folder, and commands on it.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        path_text(&self.folder.path().join(name))
    }

    fn on(&self, collection: &str, command: &str, arguments: &[&str]) -> super::Ran {
        maxsim(&[&[command, "--data", &self.path("data"), "--collection", collection], arguments].concat())
    }

    fn alias(&self, arguments: &[&str]) -> super::Ran {
        maxsim(&[&["alias", "--data", &self.path("data")], arguments].concat())
    }

    /// A folder of vectors whose ids tell seed and number.
    fn vectors(&self, seed: u64, passages: usize) -> String {
        let folder = self.path(&format!("vectors-{seed}"));
        write_vectors(Path::new(&folder), Shape { seed, passages, rows: 4, width: 16 });
        folder
    }

    /// Ids that words find.
    fn found(&self, collection: &str, words: &str) -> Vec<String> {
        let reply = self.on(collection, "search", &["--json", "-k", "100", "--mode", "bm25", words]).json();
        let hits = reply["hits"].as_array().unwrap().clone();
        let mut ids: Vec<String> = hits.iter().map(|hit| hit["document_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

#[test]
fn documents_are_added_replaced_deleted_and_compacted() {
    let scratch = Scratch::new();
    let vectors = scratch.vectors(1, 4);
    let report = scratch.on("c", "add", &["--json", "--vectors", &vectors]).json();
    assert_eq!((&report["added"], &report["replaced"]), (&4.into(), &0.into()));
    assert_eq!((&report["refused"], &report["skipped"]), (&0.into(), &0.into()));
    assert_eq!(report["collection"]["encoder"]["name"], "synthetic");
    let report = scratch.on("c", "add", &["--json", "--vectors", &scratch.vectors(2, 3)]).json();
    assert_eq!((&report["added"], &report["collection"]["segments"]), (&3.into(), &2.into()));
    let report = scratch.on("c", "add", &["--json", "--vectors", &vectors]).json();
    assert_eq!((&report["added"], &report["replaced"]), (&0.into(), &4.into()));
    assert_eq!(report["collection"]["documents"], 7);

    let report = scratch.on("c", "delete", &["--json", "--id", "doc-1-0", "doc-2-1", "absent"]).json();
    assert_eq!((&report["deleted"], &report["collection"]["documents"]), (&2.into(), &5.into()));
    assert_eq!(scratch.found("c", "passage"), ["doc-1-1", "doc-1-2", "doc-1-3", "doc-2-0", "doc-2-2"]);
    let shown = scratch.on("c", "inspect", &[]).out;
    assert!(shown.contains("\nlog            ") && shown.contains(", 0 wait\n"), "{shown}");
    let inspected = scratch.on("c", "inspect", &["--json"]).json();
    assert_eq!((&inspected["log"]["waiting"], &inspected["log"]["applied"]), (&0.into(), &4.into()));

    let report = scratch.on("c", "compact", &["--json"]).json();
    assert_eq!(report["collection"]["segments"], 1);
    assert_eq!(report["collection"]["deleted_passages"], 0);
    // What was due, the commands before have compacted.
    assert_eq!(report["purged_passages"], 0);
    assert_eq!(scratch.found("c", "passage").len(), 5);
    assert_eq!(scratch.on("c", "verify", &[]).code, 0);
}

#[test]
fn lines_with_metadata_are_added_as_text_and_deleted_by_filter() {
    home();
    let scratch = Scratch::new();
    let line = |id: &str, year: u32| json!({"_id": id, "text": format!("{id} and tides"), "metadata": {"year": year}});
    let lines = [line("a", 1999), line("b", 2020), json!({"_id": "c", "text": ""})];
    let input = scratch.path("in.jsonl");
    fs::write(&input, lines.map(|line| line.to_string() + "\n").concat()).unwrap();
    let added = scratch.on("c", "add", &["--json", "--no-split", "--input", &input]);
    let report: Value = serde_json::from_str(&added.out).unwrap();
    assert_eq!(report["added"], 2, "{}", added.err);
    assert_eq!(report["refused"].as_u64().unwrap() + report["skipped"].as_u64().unwrap(), 1, "{}", added.err);
    assert!(added.err.contains("refused c") || added.err.contains("skipped"), "{}", added.err);
    let other_split = scratch.on("c", "add", &["--passage-tokens", "64", "--input", &input]);
    assert!(other_split.code == 1 && other_split.err.contains("another way"), "{}", other_split.err);
    let deleted = scratch.on("c", "delete", &["--filter", "year < 2000"]);
    assert_eq!((deleted.code, deleted.out.contains("1 documents deleted, 1 left")), (0, true), "{}", deleted.err);
    assert_eq!(scratch.found("c", "tides"), ["b"]);
    let refused = scratch.on("c", "delete", &["--filter", "typo < 2000"]);
    assert!(refused.code == 1 && refused.err.contains("typo"), "{}", refused.err);
}

#[test]
fn a_snapshot_restores_elsewhere_through_a_file_and_through_a_pipe() {
    let (scratch, elsewhere) = (Scratch::new(), Scratch::new());
    scratch.on("c", "add", &["--json", "--vectors", &scratch.vectors(1, 6)]).json();
    scratch.on("c", "delete", &["--json", "--id", "doc-1-2"]).json();
    let file = scratch.path("c.snapshot");
    let report = scratch.on("c", "snapshot", &["--json", "--out", &file]).json();
    assert_eq!(report["bytes"], fs::metadata(&file).unwrap().len());
    assert_eq!(report["waiting"], 0);
    let restored = elsewhere.on("d", "restore", &["--json", "--input", &file]).json();
    assert_eq!((&restored["collection"]["name"], &restored["collection"]["documents"]), (&"d".into(), &5.into()));
    assert_eq!(elsewhere.found("d", "passage"), scratch.found("c", "passage"));
    let again = elsewhere.on("d", "restore", &["--input", &file]);
    assert!(again.code == 1 && again.err.contains("d exists already"), "{}", again.err);

    let target = ["--data", &scratch.path("data"), "--collection", "c", "--out", "-"];
    let piped = program().arg("snapshot").args(target).output().unwrap();
    assert_eq!(piped.stdout, fs::read(&file).unwrap());
    assert!(String::from_utf8(piped.stderr).unwrap().contains("5 documents"));
    let target = ["--data", &elsewhere.path("data"), "--collection", "e", "--input", "-"];
    let ran = run(program().arg("restore").args(target).stdin(fs::File::open(&file).unwrap()));
    assert_eq!((ran.code, ran.out.contains("5 documents")), (0, true), "{}", ran.err);
}

#[test]
fn a_snapshot_says_what_only_the_log_has() {
    let scratch = Scratch::new();
    scratch.on("c", "add", &["--json", "--vectors", &scratch.vectors(1, 3)]).json();
    let store = Store::open(scratch.path("data")).unwrap();
    let live = LiveCollection::open(&store, &CollectionName::parse("c").unwrap()).unwrap();
    live.submit(Change::Delete(vec!["doc-1-0".to_owned()]), None).unwrap();
    // Its writer may still be there.
    let taken = scratch.on("c", "snapshot", &["--out", &scratch.path("c.snapshot")]);
    assert!(taken.code == 0 && taken.out.contains("not in it: 1"), "{}{}", taken.out, taken.err);
    drop(live);
    // The next command applies it.
    let report = scratch.on("c", "compact", &["--json"]).json();
    assert_eq!(report["collection"]["documents"], 2);
}

#[test]
fn a_snapshot_that_is_none_or_damaged_is_refused_and_leaves_nothing() {
    let scratch = Scratch::new();
    scratch.on("c", "add", &["--json", "--vectors", &scratch.vectors(1, 3)]).json();
    let file = scratch.path("c.snapshot");
    scratch.on("c", "snapshot", &["--json", "--out", &file]).json();
    let sound = fs::read(&file).unwrap();
    let mut flipped = sound.clone();
    flipped[sound.len() / 2] ^= 1;
    let hostile = [flipped, sound[..sound.len() - 9].to_vec(), b"../../etc/passwd".repeat(9), Vec::new()];
    for bytes in hostile {
        fs::write(&file, bytes).unwrap();
        let refused = scratch.on("d", "restore", &["--input", &file]);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""));
        assert!(refused.err.contains("c.snapshot") && refused.err.contains("section"), "{}", refused.err);
        assert!(!Path::new(&scratch.path("data/d")).exists());
    }
    assert_eq!(scratch.on("d", "restore", &["--input", &scratch.path("absent")]).code, 1);
}

#[test]
fn an_alias_stands_for_a_collection_in_every_command() {
    let scratch = Scratch::new();
    scratch.on("one", "add", &["--json", "--vectors", &scratch.vectors(1, 3)]).json();
    scratch.on("two", "add", &["--json", "--vectors", &scratch.vectors(2, 2)]).json();
    for (target, documents) in [("one", 3), ("two", 2)] {
        let set = scratch.alias(&["--set", &format!("live={target}"), "--json"]).json();
        assert_eq!(set, json!({"aliases": {"live": target}}));
        assert_eq!(scratch.found("live", "passage").len(), documents);
        let inspected = scratch.on("live", "inspect", &["--json"]).json();
        assert_eq!(inspected["description"]["name"], target);
        assert_eq!(scratch.on("live", "verify", &["--json"]).json()["collection"], target);
    }
    assert_eq!(scratch.on("live", "delete", &["--json", "--id", "doc-2-0"]).json()["deleted"], 1);
    let added = scratch.on("live", "add", &["--json", "--vectors", &scratch.vectors(3, 1)]).json();
    assert_eq!((&added["collection"]["name"], &added["added"]), (&"two".into(), &1.into()));
    scratch.on("live", "snapshot", &["--json", "--out", &scratch.path("two.snapshot")]).json();
    assert_eq!(scratch.alias(&[]).out, "live = two\n");
    for refused in ["two=one", "far=live", "far=absent"] {
        let ran = scratch.alias(&["--set", refused]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{refused}: {}", ran.err);
    }
    let build = scratch.on("live", "build", &["--vectors", &scratch.vectors(4, 1)]);
    assert!(build.code == 1 && build.err.contains("live is an alias of two"), "{}", build.err);
    assert_eq!(scratch.alias(&["--remove", "live", "--json"]).json(), json!({"aliases": {}}));
    let gone = scratch.alias(&["--remove", "live"]);
    assert!(gone.code == 1 && gone.err.contains("no alias live"), "{}", gone.err);
    for senseless in ["live", "live=", "../a=one", "a=b=c"] {
        assert_eq!(scratch.alias(&["--set", senseless]).code, 2, "{senseless}");
    }
}

#[test]
fn a_collection_that_somebody_writes_to_comes_with_what_to_do() {
    let scratch = Scratch::new();
    let vectors = scratch.vectors(1, 3);
    scratch.on("c", "add", &["--json", "--vectors", &vectors]).json();
    let store = Store::open(scratch.path("data")).unwrap();
    let live = LiveCollection::open(&store, &CollectionName::parse("c").unwrap()).unwrap();
    for command in [&["add", "--vectors", &vectors][..], &["delete", "--id", "x"], &["compact"]] {
        let ran = scratch.on("c", command[0], &command[1..]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        assert!(ran.err.contains("over HTTP") && ran.err.contains("stop it"), "{}", ran.err);
    }
    drop(live);
    assert_eq!(scratch.on("c", "compact", &[]).code, 0);
}

#[test]
fn vectors_of_another_width_or_encoder_are_refused() {
    let scratch = Scratch::new();
    scratch.on("c", "add", &["--json", "--vectors", &scratch.vectors(1, 3)]).json();
    let wide = scratch.path("wide");
    write_vectors(Path::new(&wide), Shape { seed: 9, passages: 1, rows: 2, width: 24 });
    let refused = scratch.on("c", "add", &["--vectors", &wide]);
    assert!(refused.code == 1 && refused.err.contains("width 24"), "{}", refused.err);
    let foreign = scratch.vectors(5, 1);
    fs::write(Path::new(&foreign).join("encoder.json"), r#"{"name":"other","fingerprint":""}"#).unwrap();
    let refused = scratch.on("c", "add", &["--vectors", &foreign]);
    assert!(refused.code == 1 && refused.err.contains("synthetic"), "{}", refused.err);
    assert_eq!(scratch.found("c", "passage").len(), 3);
}
