//! `verify`: a sound collection passes, a damaged one is named with file and section.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::{Shape, maxsim, path_text, write_vectors};
use super::{DOCS, shared};

fn verify(data: &Path, arguments: &[&str]) -> super::Ran {
    maxsim(&[&["verify", "--data", &path_text(data), "--collection", "c"], arguments].concat())
}

fn small(folder: &Path) -> PathBuf {
    let (vectors, data) = (folder.join("vectors"), folder.join("data"));
    write_vectors(&vectors, Shape { seed: 3, passages: 400, rows: 50, width: 32 });
    let build =
        ["build", "--json", "--vectors", &path_text(&vectors), "--data", &path_text(&data), "--collection", "c"];
    maxsim(&build).json();
    data
}

fn segment(data: &Path) -> PathBuf {
    let mut files = fs::read_dir(data.join("c")).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "segment")).unwrap()
}

/// Writes over a published file, which is read-only.
fn overwrite(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_sound_collection_passes() {
    assert_eq!(shared().run("verify", &[]).code, 0);
    let report = shared().run("verify", &["--json"]).json();
    assert_eq!((&report["collection"], &report["ok"]), (&DOCS.into(), &true.into()));
    assert_eq!(report["damage"].as_array().unwrap().len(), 0);
}

#[test]
fn one_flipped_bit_in_the_codes_is_named_with_file_and_section() {
    let folder = tempfile::tempdir().unwrap();
    let data = small(folder.path());
    assert_eq!(verify(&data, &[]).code, 0);
    let damaged = segment(&data);
    // In the second block of 64 KiB, which holds nothing but codes.
    overwrite(&damaged, |bytes| bytes[100_000] ^= 1);
    let found = verify(&data, &[]);
    assert_eq!(found.code, 1);
    assert!(found.out.contains(&path_text(&damaged)) && found.out.contains("section codes"), "{}", found.out);
    let found = verify(&data, &["--json"]);
    let report: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    assert_eq!((found.code, &report["ok"]), (1, &false.into()));
    assert_eq!(report["damage"][0]["path"], path_text(&damaged));
    assert!(report["damage"][0]["error"].as_str().unwrap().contains("section codes"));
}

#[test]
fn a_file_cut_short_or_gone_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = small(folder.path());
    let damaged = segment(&data);
    overwrite(&damaged, |bytes| bytes.truncate(bytes.len() / 2));
    let found = verify(&data, &[]);
    assert!(found.code == 1 && found.out.contains(&path_text(&damaged)), "{}", found.out);
    fs::remove_file(&damaged).unwrap();
    let found = verify(&data, &[]);
    assert!(found.code == 1 && found.out.contains(&path_text(&damaged)), "{}", found.out);
}

#[test]
fn a_manifest_that_was_edited_by_hand_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let data = small(folder.path());
    let manifest = data.join("c/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap().replace("\"seed\": 0", "\"seed\": 1");
    fs::remove_file(&manifest).unwrap();
    fs::write(&manifest, text).unwrap();
    let found = verify(&data, &[]);
    assert!(found.code == 1 && found.out.contains("manifest.json"), "{}", found.out);
}
