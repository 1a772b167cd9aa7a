//! Damaged and hostile checkpoints: an error that names the file, never a panic or an allocation that a header asks for.

use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::Error;
use maxsimd_engine::encode::{Precision, convert};
use proptest::prelude::*;
use serde_json::{Value, json};

const FILES: [&str; 6] = [
    "config.json",
    "model.safetensors",
    "modules.json",
    "config_sentence_transformers.json",
    "1_Dense/config.json",
    "1_Dense/model.safetensors",
];

fn original(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/encoders/bert").join(file)
}

/// The checkpoint with one file replaced, or left out.
fn with(file: &str, content: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("1_Dense")).unwrap();
    for name in FILES.into_iter().filter(|name| *name != file) {
        fs::copy(original(name), folder.path().join(name)).unwrap();
    }
    if let Some(content) = content {
        fs::write(folder.path().join(file), content).unwrap();
    }
    folder
}

/// The file at fault and the reason.
fn refusal(folder: &tempfile::TempDir) -> (PathBuf, String) {
    match convert(folder.path(), Precision::Int8) {
        Err(Error::Model { path, reason }) => (path.strip_prefix(folder.path()).unwrap().to_path_buf(), reason),
        other => panic!("expected Error::Model, got {:?}", other.map(|(settings, _)| settings)),
    }
}

fn changed(file: &str, change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let mut value = serde_json::from_slice(&fs::read(original(file)).unwrap()).unwrap();
    change(&mut value);
    with(file, Some(value.to_string().as_bytes()))
}

#[test]
fn the_checkpoint_itself_is_converted() {
    let folder = with("none", None);
    let (settings, graph) = convert(folder.path(), Precision::Int8).unwrap();
    assert_eq!((settings.width, settings.query.limit, settings.passage.limit), (16, 16, 40));
    assert!(graph.len() > 10_000);
    assert_eq!(graph, convert(folder.path(), Precision::Int8).unwrap().1, "the same bytes every time");
}

#[test]
fn absent_files_are_named() {
    for file in ["config.json", "model.safetensors", "1_Dense/config.json", "1_Dense/model.safetensors"] {
        assert_eq!(refusal(&with(file, None)).0, Path::new(file));
    }
}

#[test]
fn sizes_that_the_weights_have_not_are_refused_with_both() {
    for (field, value) in [("vocab_size", 100_000), ("intermediate_size", 8), ("type_vocab_size", 7)] {
        let (file, reason) = refusal(&changed("config.json", |config| config[field] = value.into()));
        assert_eq!(file, Path::new("model.safetensors"), "{field}");
        assert!(reason.contains(&value.to_string()), "{field}: {reason}");
    }
    let (file, reason) = refusal(&changed("1_Dense/config.json", |config| config["in_features"] = 24.into()));
    assert!(file == Path::new("1_Dense/config.json") && reason.contains("24") && reason.contains("32"), "{reason}");
}

#[test]
fn what_cannot_be_built_is_said_by_name() {
    for (field, value, said) in [
        ("model_type", json!("gpt2"), "gpt2"),
        ("hidden_act", json!("swish"), "swish"),
        ("position_embedding_type", json!("relative_key"), "relative_key"),
        ("num_hidden_layers", json!(0), "num_hidden_layers"),
        ("num_hidden_layers", json!(1_000_000_000), "num_hidden_layers"),
        ("num_attention_heads", json!(3), "hidden_size"),
    ] {
        let (file, reason) = refusal(&changed("config.json", |config| config[field] = value));
        assert!(file == Path::new("config.json") && reason.contains(said), "{field}: {reason}");
    }
}

#[test]
fn an_id_of_padding_beyond_all_numbers_leaves_no_position() {
    let folder = changed("config.json", |config| {
        config["model_type"] = "roberta".into();
        config["pad_token_id"] = u64::MAX.into();
    });
    let (file, reason) = refusal(&folder);
    assert!(file == Path::new("config.json") && reason.contains("max_position_embeddings"), "{reason}");
}

#[test]
fn a_module_outside_the_folder_is_refused() {
    for path in ["../elsewhere", "/etc", "1_Dense/../.."] {
        let (file, reason) = refusal(&changed("modules.json", |modules| modules[1]["path"] = path.into()));
        assert!(file == Path::new("modules.json") && reason.contains(path), "{reason}");
    }
}

#[test]
fn a_header_longer_than_the_file_is_refused() {
    let whole = fs::read(original("model.safetensors")).unwrap();
    for length in [u64::MAX, u64::MAX / 2, 1 << 40, 99_000_000, whole.len() as u64, 0, 7] {
        let mut bytes = whole.clone();
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        assert_eq!(refusal(&with("model.safetensors", Some(&bytes))).0, Path::new("model.safetensors"));
    }
}

#[test]
fn every_truncation_of_the_weights_is_refused() {
    let whole = fs::read(original("model.safetensors")).unwrap();
    for length in (0..40).chain((40..whole.len()).step_by(1999)) {
        assert_eq!(refusal(&with("model.safetensors", Some(&whole[..length]))).0, Path::new("model.safetensors"));
    }
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let mut bytes = fs::read(original("model.safetensors")).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let folder = with("model.safetensors", Some(&bytes));
    // The last tensor may be one that no graph needs.
    if let Err(error) = convert(folder.path(), Precision::Int8) {
        assert!(error.to_string().contains("no numbers"), "{error}");
    }
    let mut bytes = fs::read(original("1_Dense/model.safetensors")).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let (file, reason) = refusal(&with("1_Dense/model.safetensors", Some(&bytes)));
    assert!(file == Path::new("1_Dense/model.safetensors") && reason.contains("no numbers"), "{reason}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_damage_makes_a_conversion_panic(file in 0..FILES.len(), at in any::<prop::sample::Index>(), flips in 1_u8..=255) {
        let name = FILES[file];
        let mut bytes = fs::read(original(name)).unwrap();
        // Mostly heads: what follows them are plain numbers.
        let at = at.index(bytes.len().min(4096));
        bytes[at] ^= flips;
        match convert(with(name, Some(&bytes)).path(), Precision::Int8) {
            Ok(_) | Err(Error::Model { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}
