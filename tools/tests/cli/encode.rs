//! `encode`: files that NumPy reads, and that a collection built from them is the one built from the texts.

use std::fs;
use std::path::Path;

use half::f16;

use super::support::{fixtures, home, maxsim, path_text};

/// A .npy file as NumPy's format specification (version 1.0) has it: its header's dictionary and its data.
fn npy(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(bytes[..8], *b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert!((10 + length).is_multiple_of(64));
    let header = String::from_utf8(bytes[10..10 + length].to_vec()).unwrap();
    assert!(header.ends_with('\n'));
    (header.trim_end().to_owned(), bytes[10 + length..].to_vec())
}

/// Checks a folder against `texts` texts and gives its number of token vectors.
fn check(folder: &Path, texts: usize) -> usize {
    let ids: Vec<String> = serde_json::from_slice(&fs::read(folder.join("ids.json")).unwrap()).unwrap();
    assert_eq!(ids.len(), texts);
    let (header, data) = npy(&folder.join("offsets.npy"));
    assert_eq!(header, format!("{{'descr': '<i8', 'fortran_order': False, 'shape': ({},), }}", texts + 1));
    let offsets: Vec<i64> = data.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes)).collect();
    assert!(offsets[0] == 0 && offsets.len() == texts + 1 && offsets.is_sorted_by(|a, b| a < b), "{offsets:?}");
    let rows = *offsets.last().unwrap() as usize;
    let (header, data) = npy(&folder.join("vectors.npy"));
    assert_eq!(header, format!("{{'descr': '<f2', 'fortran_order': False, 'shape': ({rows}, 384), }}"));
    let values: Vec<f32> = data.as_chunks().0.iter().map(|&bytes| f16::from_le_bytes(bytes).to_f32()).collect();
    assert_eq!(values.len(), rows * 384);
    for row in values.chunks_exact(384) {
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        assert!((norm - 1.0).abs() < 2e-3, "{norm}");
    }
    rows
}

#[test]
fn a_collection_built_from_encoded_vectors_is_the_one_built_from_the_texts() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| path_text(&folder.path().join(name));
    let (input, data) = (fixtures("corpus/codes"), path("data"));
    let report = maxsim(&["encode", "--input", &input, "--no-split", "--out", &path("vectors"), "--json"]).json();
    assert_eq!(report["texts"], 4);
    assert_eq!(report["token_vectors"], check(&folder.path().join("vectors"), 4));
    let target = ["--data", &data, "--json", "--keep-vectors", "--collection"];
    maxsim(&[&["build", "--vectors", &path("vectors")], &target[..], &["vectors"]].concat()).json();
    maxsim(&[&["build", "--input", &input, "--no-split"], &target[..], &["texts"]].concat()).json();
    // Manifests name everything by content hash, so these are the same codes, vectors, texts and ids.
    let manifest =
        |name: &str| fs::read_to_string(folder.path().join("data").join(name).join("manifest.json")).unwrap();
    assert_eq!(manifest("vectors"), manifest("texts"));
}

#[test]
fn queries_are_encoded_whole_and_in_order() {
    home();
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (fixtures("questions/queries.jsonl"), path_text(folder.path()));
    let report = maxsim(&["encode", "--queries", "--input", &input, "--out", &out, "--json"]).json();
    assert_eq!(report["texts"], 25);
    assert_eq!(report["truncated"], 0);
    check(folder.path(), 25);
    let ids: Vec<String> = serde_json::from_slice(&fs::read(folder.path().join("ids.json")).unwrap()).unwrap();
    assert!(ids.is_sorted() && ids[0] == "q01");
}
