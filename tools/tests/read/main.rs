//! Reading real files from real folders; PDF and DOCX through the built program.

mod files;
mod hostile;
mod jsonl;
mod office;
mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::Document;
use maxsimd_tools::read::{Item, Limits, Skipped, Source};

fn limits() -> Limits {
    Limits { parser_program: Some(env!("CARGO_BIN_EXE_maxsim").into()), ..Limits::default() }
}

/// Everything that inputs give.
fn read(inputs: &[&Path], limits: Limits) -> (Vec<Document>, Vec<Skipped>) {
    let inputs: Vec<PathBuf> = inputs.iter().map(|path| path.to_path_buf()).collect();
    let (mut documents, mut skipped) = (Vec::new(), Vec::new());
    for item in Source::open(&inputs, limits).expect("inputs exist") {
        match item {
            Item::Document(document) => documents.push(document),
            Item::Skipped(left_out) => skipped.push(left_out),
        }
    }
    (documents, skipped)
}

/// Reads one file of the given name and bytes: its document, or why there is none.
fn read_one(name: &str, bytes: &[u8], limits: Limits) -> Result<Document, Skipped> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    let (mut documents, mut skipped) = read(&[&path], limits);
    assert_eq!(documents.len() + skipped.len(), 1, "{documents:?} {skipped:?}");
    documents.pop().ok_or_else(|| skipped.remove(0))
}

fn ids(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.id.as_str()).collect()
}

fn reasons(skipped: &[Skipped], folder: &Path) -> Vec<String> {
    let prefix = format!("{}/", folder.display());
    skipped.iter().map(|left_out| left_out.to_string().replace(&prefix, "")).collect()
}
