//! Cross-encoders, run for real, against what transformers says of them (`fixtures/golden/encoders`, with the recipe
//! beside it), and folders that are damaged.

#[path = "support/models.rs"]
mod models;

use std::path::{Path, PathBuf};

use maxsimd_engine::encode::{CrossEncoder, OnnxCrossEncoder, Precision, convert};
use maxsimd_engine::{Context, Error};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Golden {
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    query: String,
    passage: String,
    score: f32,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/encoders").join(name)
}

fn golden(name: &str) -> Vec<Pair> {
    let bytes = std::fs::read(fixture(name).join("golden.json")).unwrap();
    serde_json::from_slice::<Golden>(&bytes).unwrap().pairs
}

/// A copy of a fixture in f32, with a graph at its top.
fn copy(name: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["config.json", "tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(fixture(name).join(file), folder.path().join(file)).unwrap();
    }
    let graph = ["model.onnx", "onnx/model.onnx"].map(|graph| fixture(name).join(graph));
    std::fs::copy(graph.iter().find(|graph| graph.is_file()).unwrap(), folder.path().join("model.onnx")).unwrap();
    folder
}

fn open(folder: &Path, sessions: usize) -> Result<OnnxCrossEncoder, Error> {
    OnnxCrossEncoder::open(&models::runtime(), folder, sessions)
}

fn score(encoder: &OnnxCrossEncoder, query: &str, passages: &[&str]) -> Vec<f32> {
    encoder.score(&Context::unbounded(), query, passages).unwrap()
}

fn bits(scores: &[f32]) -> Vec<u32> {
    scores.iter().map(|score| score.to_bits()).collect()
}

/// The largest difference from the reference, with all passages of a query in one call.
fn farthest(name: &str, encoder: &OnnxCrossEncoder) -> f32 {
    let pairs = golden(name);
    assert!(pairs.len() >= 20);
    let calls = pairs.chunk_by(|a, b| a.query == b.query).flat_map(|pairs| {
        let passages: Vec<&str> = pairs.iter().map(|pair| pair.passage.as_str()).collect();
        let scores = score(encoder, &pairs[0].query, &passages);
        assert_eq!(scores.len(), passages.len());
        scores.into_iter().zip(pairs).map(|(score, pair)| (score - pair.score).abs()).collect::<Vec<_>>()
    });
    calls.fold(0.0, f32::max)
}

/// Some passages of very different lengths.
fn passages() -> Vec<String> {
    (0..60).map(|n| format!("passage {n}: {}", "a vector for each token, ".repeat(n * 7 % 12))).collect()
}

#[test]
fn scores_are_those_of_the_reference() {
    for name in ["cross-bert", "cross-roberta"] {
        let apart = farthest(name, &open(copy(name).path(), 2).unwrap());
        assert!(apart < 1e-4, "{name} differs by {apart}");
    }
}

#[test]
fn a_folder_as_a_hub_has_it_opens_and_bears_its_name() {
    let encoder = open(&fixture("cross-roberta"), 1).unwrap();
    assert_eq!(encoder.name(), "cross-roberta");
    assert!(farthest("cross-roberta", &encoder) < 1e-4);
}

#[test]
fn an_int8_graph_is_taken_first_and_batch_mates_change_no_bit_of_its_scores() {
    let encoder = open(&fixture("cross-bert"), 2).unwrap();
    let f32 = open(copy("cross-bert").path(), 1).unwrap();
    assert_ne!(encoder.fingerprint(), f32.fingerprint());
    let apart = farthest("cross-bert", &encoder);
    // Its weights' products may saturate on processors without VNNI.
    assert!(apart > 1e-4 && apart < 1.0, "differs by {apart}");
    let passages = passages();
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    let together = score(&encoder, "late interaction", &passages);
    let alone: Vec<f32> = passages.iter().flat_map(|passage| score(&encoder, "late interaction", &[passage])).collect();
    assert_eq!(bits(&alone), bits(&together));
}

#[test]
fn graphs_are_looked_for_in_the_order_of_the_list() {
    let folder = copy("cross-bert");
    let graph = std::fs::read(folder.path().join("model.onnx")).unwrap();
    std::fs::remove_file(folder.path().join("model.onnx")).unwrap();
    std::fs::create_dir(folder.path().join("onnx")).unwrap();
    for name in OnnxCrossEncoder::GRAPHS.into_iter().rev() {
        std::fs::write(folder.path().join(name), &graph).unwrap();
        assert!(open(folder.path(), 1).is_ok(), "{name}");
        std::fs::write(folder.path().join(name), "garbage").unwrap();
        assert_eq!(refusal(&folder).0, name);
    }
}

#[test]
fn the_passages_beside_a_passage_do_not_change_its_score() {
    for name in ["cross-bert", "cross-roberta"] {
        let encoder = open(copy(name).path(), 1).unwrap();
        let passages = passages();
        let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
        for (passage, together) in passages.iter().zip(score(&encoder, "late interaction", &passages)) {
            let alone = score(&encoder, "late interaction", &[passage])[0];
            assert!((alone - together).abs() < 1e-4, "{name}: {passage:?} has {alone} alone, {together} with others");
        }
        let with = |other| score(&encoder, "late", &["a token is kept", other])[0].to_bits();
        assert_eq!(with("a kept is token"), with("a is kept token"), "{name}: as long, so bit for bit");
    }
}

#[test]
fn one_and_three_sessions_give_the_same_bits_in_the_order_of_the_passages() {
    let (folder, passages) = (copy("cross-bert"), passages());
    let (one, three) = (open(folder.path(), 1).unwrap(), open(folder.path(), 3).unwrap());
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    let scores = score(&one, "How is a token kept?", &passages);
    assert_eq!(bits(&scores), bits(&score(&three, "How is a token kept?", &passages)));
    let backwards: Vec<&str> = passages.iter().rev().copied().collect();
    let other = score(&three, "How is a token kept?", &backwards);
    assert!(scores.iter().zip(other.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-4));
    assert_eq!(one.fingerprint(), three.fingerprint());
}

#[test]
fn no_passage_makes_it_fail_and_a_query_without_a_token_is_refused() {
    let encoder = open(&fixture("cross-bert"), 1).unwrap();
    let (long_word, accents) = ("x".repeat(300_000), "é\u{301}\u{301}".repeat(50_000));
    let passages = ["", " \n", "\u{0}\u{1}", "\u{202e}\u{feff}\u{fffd}\0", "👩‍👩‍👧‍👦🏳️‍🌈", "[SEP] [PAD]", &long_word, &accents];
    assert_eq!(score(&encoder, &"late ".repeat(100_000), &passages).len(), passages.len());
    assert!(score(&encoder, "late", &[]).is_empty());
    for query in ["", " \t\n", "\u{0}\u{1}"] {
        let refused = encoder.score(&Context::unbounded(), query, &["fine"]);
        assert!(matches!(refused, Err(Error::Invalid { field: "query", .. })), "{query:?}");
    }
}

#[test]
fn a_call_ends_at_its_deadline_or_when_cancelled_and_notes_its_stages() {
    let encoder = open(&fixture("cross-bert"), 1).unwrap();
    let past = Context::until(std::time::Instant::now());
    assert!(matches!(encoder.score(&past, "late", &["search"]), Err(Error::Deadline)));
    let raised = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let cancelled = Context::unbounded().cancelled_by(raised);
    assert!(matches!(encoder.score(&cancelled, "late", &["search"]), Err(Error::Cancelled)));
    let soon = Context::until(std::time::Instant::now() + std::time::Duration::from_millis(200));
    let many = vec!["a passage that takes its time"; 1_000_000];
    assert!(matches!(encoder.score(&soon, "late", &many), Err(Error::Deadline)));
    let context = Context::unbounded();
    encoder.score(&context, "late", &["search"]).unwrap();
    let stages: Vec<&str> = context.timings().iter().map(|(stage, _)| stage.name()).collect();
    assert_eq!(stages, ["tokenize", "cross_encode"]);
}

#[test]
fn settings_are_part_of_the_fingerprint_and_the_name_is_not() {
    let (one, other) = (open(copy("cross-bert").path(), 1).unwrap(), open(copy("cross-bert").path(), 1).unwrap());
    assert_eq!(one.fingerprint(), other.fingerprint());
    assert_ne!(one.name(), other.name());
    let shorter = changed("cross-bert", "tokenizer_config.json", |settings| settings["model_max_length"] = 30.into());
    assert_ne!(open(shorter.path(), 1).unwrap().fingerprint(), one.fingerprint());
    let endless = changed("cross-bert", "tokenizer_config.json", |settings| settings["model_max_length"] = 1e30.into());
    assert_ne!(open(endless.path(), 1).unwrap().fingerprint(), one.fingerprint());
}

#[test]
fn a_number_of_sessions_out_of_range_is_refused() {
    for sessions in [0, 257] {
        assert!(matches!(open(&fixture("cross-bert"), sessions), Err(Error::Invalid { field: "sessions", .. })));
    }
}

/// A copy of a fixture with one file replaced, or left out.
fn with(name: &str, file: &str, content: Option<&[u8]>) -> tempfile::TempDir {
    let folder = copy(name);
    std::fs::remove_file(folder.path().join(file)).unwrap();
    if let Some(content) = content {
        std::fs::write(folder.path().join(file), content).unwrap();
    }
    folder
}

fn changed(name: &str, file: &str, change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let mut value = serde_json::from_slice(&std::fs::read(fixture(name).join(file)).unwrap()).unwrap();
    change(&mut value);
    with(name, file, Some(value.to_string().as_bytes()))
}

fn graph() -> Vec<u8> {
    std::fs::read(fixture("cross-bert/model.onnx")).unwrap()
}

/// Opens a broken folder; the file at fault, empty for the folder itself, and the reason.
fn refusal(folder: &tempfile::TempDir) -> (String, String) {
    match open(folder.path(), 1) {
        Err(Error::Model { path, reason }) => {
            (path.strip_prefix(folder.path()).unwrap().to_string_lossy().into_owned(), reason)
        }
        other => panic!("expected Error::Model, got {other:?}"),
    }
}

#[test]
fn an_absent_file_is_named() {
    for name in ["config.json", "tokenizer.json"] {
        assert_eq!(refusal(&with("cross-bert", name, None)), (name.to_owned(), "is absent".to_owned()));
    }
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", None));
    assert!(file.is_empty() && reason.contains("onnx/model_quantized.onnx"), "{reason}");
    open(with("cross-bert", "tokenizer_config.json", None).path(), 1).unwrap();
}

#[test]
fn garbage_in_any_file_is_refused_by_name() {
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "model.onnx"] {
        for content in [&b""[..], b"\x00\xff garbage", b"\"text\""] {
            assert_eq!(refusal(&with("cross-bert", name, Some(content))).0, name);
        }
    }
    let whole = graph();
    for length in [1, whole.len() / 3, whole.len() / 2, whole.len() - 20] {
        assert_eq!(refusal(&with("cross-bert", "model.onnx", Some(&whole[..length]))).0, "model.onnx");
    }
}

#[test]
fn a_configuration_that_is_no_sensible_classifier_is_refused_with_what_it_says() {
    let many: serde_json::Map<String, Value> = (0..20_000).map(|n| (n.to_string(), json!("x"))).collect();
    for (field, value, said) in [
        ("architectures", json!(["BertModel"]), "BertModel"),
        ("id2label", json!({}), "0 labels"),
        ("id2label", Value::Object(many), "20000 labels"),
        ("id2label", json!({"0": "good", "1": "bad"}), "\"good\", \"bad\""),
        ("id2label", json!({"0": "no", "7": "yes"}), "numbered"),
        ("pad_token_id", json!(-1), "-1"),
        ("max_position_embeddings", json!("many"), "many"),
    ] {
        let (file, reason) = refusal(&changed("cross-bert", "config.json", |config| config[field] = value));
        assert!(file == "config.json" && reason.contains(said), "{field}: {reason}");
    }
    let million = changed("cross-bert", "config.json", |config| {
        config["id2label"] = Value::Null;
        config["num_labels"] = 1_000_000.into();
    });
    assert!(refusal(&million).1.contains("1000000 labels"));
}

#[test]
fn a_graph_that_is_no_classifier_of_these_labels_is_refused_with_both() {
    let three =
        changed("cross-bert", "config.json", |config| config["id2label"] = json!({"0": "no", "1": "?", "2": "yes"}));
    let (file, reason) = refusal(&three);
    assert!(file == "model.onnx" && reason.contains("[-1, 1]") && reason.contains('3'), "{reason}");

    let encoder = std::fs::read(fixture("exported/model.onnx")).unwrap();
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", Some(&encoder)));
    assert!(file == "model.onnx" && reason.contains("\"logits\"") && reason.contains("\"output\""), "{reason}");

    let (_, packed) = convert(&fixture("bert"), Precision::F32).unwrap();
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", Some(&packed)));
    assert!(file == "model.onnx" && reason.contains("attention_mask") && reason.contains("starts"), "{reason}");

    let renamed = replaced(&graph(), b"token_type_ids", b"token_type_idz");
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", Some(&renamed)));
    assert!(file == "model.onnx" && reason.contains("token_type_idz"), "{reason}");
}

#[test]
fn a_graph_that_cannot_run_the_longest_pair_is_refused_when_opening() {
    let folder =
        changed("cross-bert", "config.json", |config| config["max_position_embeddings"] = (1_u64 << 60).into());
    std::fs::remove_file(folder.path().join("tokenizer_config.json")).unwrap();
    let (file, reason) = refusal(&folder);
    assert!(file == "model.onnx" && reason.contains("512 tokens"), "{reason}");
    let tight = changed("cross-bert", "tokenizer_config.json", |settings| settings["model_max_length"] = 4.into());
    let (file, reason) = refusal(&tight);
    assert!(file == "tokenizer.json" && reason.contains("limit of 4"), "{reason}");
}

#[test]
fn an_operator_set_of_the_future_and_logits_that_are_no_numbers_are_refused() {
    let mut future = graph();
    let version = future.windows(2).rposition(|pair| pair == [0x10, 14]).unwrap();
    future[version + 1] = 127;
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", Some(&future)));
    assert!(file == "model.onnx" && reason.contains("ONNX Runtime refuses it"), "{reason}");

    let mut broken = graph();
    let bias = b"model.classifier.bias\x4a\x04";
    let at = broken.windows(bias.len()).position(|bytes| bytes == bias).unwrap() + bias.len();
    broken[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let (file, reason) = refusal(&with("cross-bert", "model.onnx", Some(&broken)));
    assert!(file == "model.onnx" && reason.contains("NaN"), "{reason}");
}

/// Bytes with every occurrence of some replaced by as many others.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
    bytes
}
