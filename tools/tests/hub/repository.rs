//! A model repository as a hub serves it: listing with hashes, and files with ranges.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::server::{Asked, Reply};

/// Repository that the tests pull; its encoder bears the name of the fixtures' folder.
pub(crate) const NAME: &str = "golden/bert";

/// One commit of a repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) commit: String,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Repository {
    pub(crate) fn new(commit: char, files: &[(&str, &[u8])]) -> Self {
        let files = files.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec()));
        Self { commit: commit.to_string().repeat(40), files: files.collect() }
    }

    /// The small checkpoint of the fixtures, with files that nobody asked for.
    pub(crate) fn checkpoint() -> Self {
        let mut repository = Self::new('a', &[("README.md", b"a card"), ("pytorch_model.bin", b"a pickle")]);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/encoders/bert");
        repository.add(&folder, "");
        repository.add(&folder.join("1_Dense"), "1_Dense/");
        repository
    }

    fn add(&mut self, folder: &Path, prefix: &str) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
            if entry.path().is_file() {
                self.files.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }

    /// What a hub answers.
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        let resolve = format!("/{NAME}/resolve/{}/", self.commit);
        if let Some(name) = asked.path.strip_prefix(&resolve) {
            return self.files.get(name).map_or_else(|| Reply::new(404, ""), |content| part(content, asked));
        }
        match asked.path.strip_prefix(&format!("/api/models/{NAME}/revision/")) {
            Some(_) => Reply::new(200, self.listing().to_string()),
            None => Reply::new(404, "").with("x-error-message", "Repository not found"),
        }
    }

    pub(crate) fn listing(&self) -> Value {
        let siblings: Vec<Value> = self.files.iter().map(|(name, content)| listed(name, content)).collect();
        json!({ "id": NAME, "sha": self.commit, "private": false, "siblings": siblings })
    }
}

/// Weights are large files, which are named by SHA-256; the rest are git's blobs.
fn listed(name: &str, content: &[u8]) -> Value {
    let mut file = json!({ "rfilename": name, "size": content.len(), "blobId": git_blob(content) });
    if name.ends_with(".safetensors") || name.ends_with(".onnx") {
        let sha256 = format!("{:x}", Sha256::digest(content));
        file["lfs"] = json!({ "sha256": sha256, "size": content.len(), "pointerSize": 134 });
    }
    file
}

fn git_blob(content: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", content.len()));
    hash.update(content);
    format!("{:x}", hash.finalize())
}

/// The content, or the part that was asked for.
pub(crate) fn part(content: &[u8], asked: &Asked) -> Reply {
    let Some(range) = asked.header("range") else { return Reply::new(200, content) };
    let from: usize = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
    let range = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
    Reply::new(206, &content[from..]).with("content-range", range)
}
