//! The pulled model, run for real: what its vectors are, what it refuses, and what it does with hostile input.

#[path = "support/models.rs"]
mod models;

use std::path::Path;
use std::sync::OnceLock;

use maxsimd_engine::encode::{Encoder, OnnxEncoder};
use maxsimd_engine::{Context, Error, TokenMatrix};
use maxsimd_server::home::DEFAULT_MODEL;
use models::{home, runtime};

const QUESTION: &str = "how does late interaction work";
const PASSAGES: [&str; 4] = [
    "Late interaction models such as ColBERT keep a vector for every token and compare query and passage with MaxSim.",
    "The recipe asks for two eggs, a cup of flour and a pinch of salt, baked for forty minutes.",
    "A write-ahead log makes acknowledged writes survive a crash: append, sync, then apply.",
    "Heavy rain is expected over the northern hills on Thursday, with wind from the west.",
];

fn open(folder: &Path, sessions: usize) -> Result<OnnxEncoder, Error> {
    OnnxEncoder::open(&runtime(), folder, sessions)
}

fn encoder() -> &'static OnnxEncoder {
    static ENCODER: OnceLock<OnnxEncoder> = OnceLock::new();
    ENCODER.get_or_init(|| open(&home().model(DEFAULT_MODEL), 1).expect("the default model"))
}

fn passages(encoder: &OnnxEncoder, texts: &[&str]) -> Vec<TokenMatrix> {
    let encoded = encoder.encode_passages(&Context::unbounded(), texts).unwrap();
    encoded.into_iter().map(|passage| passage.vectors).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn maxsim(query: &TokenMatrix, passage: &TokenMatrix) -> f32 {
    let best = |q: &[f32]| passage.iter_rows().map(|p| dot(q, p)).fold(f32::MIN, f32::max);
    query.iter_rows().map(best).sum()
}

fn bits(vectors: &TokenMatrix) -> Vec<u32> {
    vectors.values().iter().map(|value| value.to_bits()).collect()
}

/// A folder with the default model's files, one of them replaced (or left out).
fn model_with(name: &str, content: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["model.onnx", "tokenizer.json", "encoder.json"].into_iter().filter(|file| *file != name) {
        std::os::unix::fs::symlink(home().model(DEFAULT_MODEL).join(file), folder.path().join(file)).unwrap();
    }
    if let Some(content) = content {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn model_with_settings(change: impl FnOnce(&mut serde_json::Value)) -> tempfile::TempDir {
    let bytes = std::fs::read(home().model(DEFAULT_MODEL).join("encoder.json")).unwrap();
    let mut settings = serde_json::from_slice(&bytes).unwrap();
    change(&mut settings);
    model_with("encoder.json", Some(settings.to_string().as_bytes()))
}

/// Opens a broken folder; the file at fault and the reason.
fn refusal(folder: &tempfile::TempDir) -> (String, String) {
    match open(folder.path(), 1) {
        Err(Error::Model { path, reason }) => (path.file_name().unwrap().to_string_lossy().into_owned(), reason),
        other => panic!("expected Error::Model, got {other:?}"),
    }
}

#[test]
fn vectors_have_the_models_width_and_unit_length() {
    let vectors = passages(encoder(), &PASSAGES);
    assert_eq!(encoder().width(), 384);
    for row in vectors.iter().flat_map(TokenMatrix::iter_rows) {
        assert_eq!(row.len(), 384);
        assert!((dot(row, row) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn a_question_is_closest_to_the_passage_that_answers_it() {
    let query = &encoder().encode_queries(&Context::unbounded(), &[QUESTION]).unwrap()[0].vectors;
    let scores: Vec<f32> = passages(encoder(), &PASSAGES).iter().map(|p| maxsim(query, p)).collect();
    assert!(scores[1..].iter().all(|&other| scores[0] > other + 0.5), "{scores:?}");
}

#[test]
fn one_and_two_sessions_give_the_same_bits_in_the_order_of_the_texts() {
    let texts: Vec<String> = (1..60).rev().map(|n| PASSAGES[n % 4].to_owned() + &" and more".repeat(n)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let two = open(&home().model(DEFAULT_MODEL), 2).unwrap();
    let (one, two) = (passages(encoder(), &texts), passages(&two, &texts));
    assert_eq!((one.len(), two.len()), (texts.len(), texts.len()));
    for ((one, two), text) in one.iter().zip(&two).zip(&texts) {
        assert_eq!(one.rows(), encoder().count_tokens(text).unwrap() + 2);
        assert_eq!(bits(one), bits(two), "{text}");
    }
}

#[test]
fn the_texts_beside_a_text_do_not_change_its_vectors() {
    let texts = ["short", "a little longer than that", "of some other length, as it were", QUESTION];
    for (text, together) in texts.iter().zip(passages(encoder(), &texts)) {
        let alone = &passages(encoder(), &[text])[0];
        assert_eq!(alone.rows(), together.rows());
        let apart = alone.values().iter().zip(together.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{text:?} differs by {apart}");
    }
}

#[test]
fn what_a_passage_has_too_much_is_cut_and_counted() {
    let text = "word ".repeat(1000);
    let encoded = encoder().encode_passages(&Context::unbounded(), &[&text, "word"]).unwrap();
    assert_eq!(encoded[0].vectors.rows(), 256);
    assert_eq!(encoded[0].truncated_tokens, 1000 - 254);
    assert_eq!((encoded[1].vectors.rows(), encoded[1].truncated_tokens), (3, 0));
}

#[test]
fn what_a_query_has_too_much_is_cut_and_counted_and_one_without_a_token_is_refused() {
    let context = Context::unbounded();
    let encoded = encoder().encode_queries(&context, &[&"word ".repeat(255), "word"]).unwrap();
    assert_eq!((encoded[0].vectors.rows(), encoded[0].truncated_tokens), (256, 1));
    assert_eq!((encoded[1].vectors.rows(), encoded[1].truncated_tokens), (3, 0));
    for text in ["", "  \n\t ", "\u{0}\u{1}"] {
        let refused = encoder().encode_queries(&context, &["fine", text]);
        assert!(matches!(refused, Err(Error::Invalid { field: "query", .. })), "{text:?}");
    }
    assert!(encoder().encode_queries(&context, &[]).unwrap().is_empty());
}

#[test]
fn an_empty_passage_has_its_special_tokens_only() {
    for text in ["", "   ", "\u{0}\u{7}"] {
        assert_eq!(passages(encoder(), &[text])[0].rows(), 2, "{text:?}");
    }
}

#[test]
fn no_text_makes_the_encoder_fail() {
    let long_word = "x".repeat(300_000);
    let accents = "é\u{301}\u{301}".repeat(50_000);
    let texts = ["日本語のテキスト", "👩‍👩‍👧‍👦🏳️‍🌈", "\u{202e}\u{feff}\u{fffd}\0", "a\u{0}b\u{1b}[31m", &long_word, &accents];
    for (text, vectors) in texts.iter().zip(passages(encoder(), &texts)) {
        assert!((2..=256).contains(&vectors.rows()));
        let starts = encoder().token_starts(text).unwrap();
        assert_eq!(starts.len(), encoder().count_tokens(text).unwrap());
        assert!(starts.is_sorted() && starts.iter().all(|&start| text.is_char_boundary(start)));
    }
}

#[test]
fn token_starts_of_a_long_text_are_those_of_its_words() {
    let pairs = 20_000;
    let text = "seven w ".repeat(pairs);
    let expected: Vec<usize> = (0..pairs).flat_map(|n| [8 * n, 8 * n + 6]).collect();
    assert_eq!(encoder().token_starts(&text).unwrap(), expected);
}

#[test]
fn a_text_that_spells_special_tokens_has_no_power_over_the_sequence() {
    assert!(encoder().count_tokens("[SEP] [CLS] [PAD] [MASK]").unwrap() > 4);
}

#[test]
fn a_call_ends_at_its_deadline_or_when_cancelled() {
    let past = Context::until(std::time::Instant::now());
    assert!(matches!(encoder().encode_passages(&past, &PASSAGES), Err(Error::Deadline)));
    let raised = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let cancelled = Context::unbounded().cancelled_by(raised);
    assert!(matches!(encoder().encode_queries(&cancelled, &[QUESTION]), Err(Error::Cancelled)));
}

#[test]
fn tokenizing_and_encoding_are_in_the_timings() {
    let context = Context::unbounded();
    encoder().encode_queries(&context, &[QUESTION]).unwrap();
    let stages: Vec<&str> = context.timings().iter().map(|(stage, _)| stage.name()).collect();
    assert_eq!(stages, ["tokenize", "encode"]);
}

#[test]
fn an_absent_file_is_named() {
    for name in ["model.onnx", "tokenizer.json"] {
        assert_eq!(refusal(&model_with(name, None)).0, name);
    }
    let (_, reason) = refusal(&model_with("encoder.json", None));
    assert!(["encoder.json", "onnx_config.json", "config.json"].iter().all(|name| reason.contains(name)), "{reason}");
}

#[test]
fn garbage_in_any_file_is_refused_by_name() {
    for name in ["model.onnx", "tokenizer.json", "encoder.json"] {
        for content in [&b""[..], b"\x00\xff garbage", b"{\"a\":1}"] {
            assert_eq!(refusal(&model_with(name, Some(content))).0, name);
        }
    }
    let whole = std::fs::read(home().model(DEFAULT_MODEL).join("model.onnx")).unwrap();
    assert_eq!(refusal(&model_with("model.onnx", Some(&whole[..whole.len() / 2]))).0, "model.onnx");
}

#[test]
fn settings_that_do_not_fit_the_model_are_refused_with_the_reason() {
    let (file, reason) = refusal(&model_with_settings(|s| s["width"] = 128.into()));
    assert!(file == "model.onnx" && reason.contains("384") && reason.contains("128"), "{reason}");
    let padded = |vectors: &str| serde_json::json!({"layout": "padded", "input_ids": "input_ids", "attention_mask": "mask", "token_vectors": vectors});
    let (_, reason) = refusal(&model_with_settings(|s| s["graph"] = padded("pooled")));
    assert!(reason.contains("\"mask\"") && reason.contains("starts"), "{reason}");
    let (_, reason) = refusal(&model_with_settings(|s| s["query"]["marker"] = "[nowhere]".into()));
    assert!(reason.contains("[nowhere]"), "{reason}");
    let expansion = serde_json::json!({"token": "[nothing]", "attended": false});
    let (_, reason) = refusal(&model_with_settings(|s| s["query"]["expansion"] = expansion));
    assert!(reason.contains("[nothing]"), "{reason}");
    let (_, reason) = refusal(&model_with_settings(|s| s["query"]["limit"] = 2.into()));
    assert!(reason.contains("limit 2"), "{reason}");
}

#[test]
fn a_limit_beyond_the_models_positions_is_refused_when_opening() {
    for side in ["query", "passage"] {
        let (file, reason) = refusal(&model_with_settings(|s| s[side]["limit"] = 2000.into()));
        assert!(file == "model.onnx" && reason.contains("2000"), "{reason}");
    }
}

#[test]
fn settings_decide_which_vectors_are_kept_and_change_the_fingerprint() {
    let folder = model_with_settings(|s| {
        s["passage"]["keep_special"] = false.into();
        s["passage"]["skip"] = serde_json::json!([",", ":", "!", "."]);
        s["query"]["marker"] = "[MASK]".into();
    });
    let other = open(folder.path(), 1).unwrap();
    assert_eq!(passages(&other, &["One, two: three!"])[0].rows(), 3);
    assert_eq!(passages(&other, &["..."])[0].rows(), 0);
    assert_eq!(other.encode_queries(&Context::unbounded(), &["one"]).unwrap()[0].vectors.rows(), 4);
    assert_ne!(other.fingerprint(), encoder().fingerprint());
    assert_eq!(encoder().fingerprint(), open(&home().model(DEFAULT_MODEL), 1).unwrap().fingerprint());
}

#[test]
fn a_number_of_sessions_out_of_range_is_refused() {
    for sessions in [0, 257] {
        let refused = open(&home().model(DEFAULT_MODEL), sessions);
        assert!(matches!(refused, Err(Error::Invalid { field: "sessions", .. })));
    }
}
