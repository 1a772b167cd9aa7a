//! Readers of model folders: one file of a small checkpoint replaced by whatever comes, then converted. The first byte
//! says which file, the rest is its content. Nothing may panic, or allocate what a header asks for.
#![no_main]

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use libfuzzer_sys::{Corpus, fuzz_target};
use maxsimd_engine::Error;
use maxsimd_engine::encode::{EncoderSettings, Precision, convert};
use tempfile::TempDir;

/// The files of `fixtures/golden/encoders/bert` that a conversion reads, and one of another layout.
const FILES: [&str; 7] = [
    "config.json",
    "model.safetensors",
    "modules.json",
    "config_sentence_transformers.json",
    "1_Dense/config.json",
    "1_Dense/model.safetensors",
    "artifact.metadata",
];

thread_local! {
    static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let Some((&which, content)) = input.split_first() else { return Corpus::Reject };
    match FILES.get(usize::from(which)) {
        Some(file) => FOLDER.with(|folder| converted(folder.get_or_init(whole).path(), file, content)),
        None if usize::from(which) == FILES.len() => {
            let _ = EncoderSettings::parse(Path::new("encoder.json"), content);
        }
        None => return Corpus::Reject,
    }
    Corpus::Keep
});

/// Converts the folder with one file of another content, and puts the file back.
fn converted(folder: &Path, file: &str, content: &[u8]) {
    fs::write(folder.join(file), content).expect("a folder to write to");
    match convert(folder, Precision::Int8) {
        Ok(_) | Err(Error::Model { .. }) => {}
        Err(other) => panic!("{other:?}"),
    }
    match original(file).exists() {
        true => fs::copy(original(file), folder.join(file)).map(drop),
        false => fs::remove_file(folder.join(file)),
    }
    .expect("a folder to write to");
}

fn whole() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder to write to");
    fs::create_dir(folder.path().join("1_Dense")).expect("a folder to write to");
    for file in FILES.iter().filter(|file| original(file).exists()) {
        fs::copy(original(file), folder.path().join(file)).expect("a folder to write to");
    }
    folder
}

fn original(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/encoders/bert").join(file)
}
