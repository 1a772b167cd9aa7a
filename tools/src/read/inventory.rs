//! The files behind the inputs, listed before any is read.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::kind::Kind;
use super::skip::{SkipReason, Skipped};

/// Inputs that cannot be read at all; what is wrong with single files is `Skipped`.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No input was given.
    #[error("no input: name at least one file or folder")]
    NoInput,
    /// An input does not exist or cannot be looked at.
    #[error("{}: {source}", path.display())]
    Input {
        /// The input.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An input is neither a file nor a folder.
    #[error("{}: neither a file nor a folder", path.display())]
    NotAFile {
        /// The input.
        path: PathBuf,
    },
}

/// A file that will be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its document's id (for JSONL: how it is called relative to its input).
    pub id: String,
    /// Its size when it was listed.
    pub bytes: u64,
    /// When it was last changed, in nanoseconds since 1970; 0 if the system does not tell.
    pub modified_ns: u128,
    pub(super) kind: Kind,
}

/// The files that will be read, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The files.
    pub files: Vec<PlannedFile>,
}

impl Plan {
    /// Sum of all sizes.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// SHA-256 over ids, sizes and times of change, as hex: equal if a resumed build sees what it saw before.
    /// Not for hashed files, since it changes when a file is merely touched.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            hash.update(file.id.len().to_le_bytes());
            hash.update(&file.id);
            hash.update(file.bytes.to_le_bytes());
            hash.update(file.modified_ns.to_le_bytes());
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A step of a listing, in the order of the inputs.
#[derive(Debug)]
pub(super) enum Entry {
    File(PlannedFile),
    Skipped(Skipped),
}

/// Lists inputs in order, folders by name. Hidden entries of folders are left out without a word.
pub(super) fn list(inputs: &[PathBuf]) -> Result<Vec<Entry>, ReadError> {
    if inputs.is_empty() {
        return Err(ReadError::NoInput);
    }
    let mut entries = Vec::new();
    for input in inputs {
        let found = std::fs::metadata(input).map_err(|source| ReadError::Input { path: input.clone(), source })?;
        if found.is_dir() {
            entries.extend(walk(input));
        } else if found.is_file() {
            let kind = Kind::of(input).unwrap_or(Kind::Text);
            let id = input.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            entries.push(Entry::File(planned(input.clone(), id, &found, kind)));
        } else {
            return Err(ReadError::NotAFile { path: input.clone() });
        }
    }
    Ok(entries)
}

fn walk(folder: &Path) -> impl Iterator<Item = Entry> + '_ {
    let hidden = |entry: &DirEntry| entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(move |entry| !hidden(entry));
    walk.filter_map(|step| match step {
        Ok(entry) if entry.file_type().is_dir() => None,
        Ok(entry) => Some(classify(folder, entry)),
        Err(error) => {
            let path = error.path().unwrap_or(folder).to_path_buf();
            Some(skipped(path, SkipReason::Unreadable(error.into())))
        }
    })
}

fn classify(folder: &Path, entry: DirEntry) -> Entry {
    if entry.path_is_symlink() {
        return skipped(entry.into_path(), SkipReason::SymbolicLink);
    }
    let kind = Kind::of(entry.path()).filter(|_| entry.file_type().is_file());
    let Some(kind) = kind else { return skipped(entry.into_path(), SkipReason::UnsupportedType) };
    if matches!(kind, Kind::Jsonl | Kind::JsonlGz) && is_queries(entry.path()) {
        return skipped(entry.into_path(), SkipReason::Queries);
    }
    match entry.metadata() {
        Ok(found) => {
            let id = relative_id(folder, entry.path());
            Entry::File(planned(entry.into_path(), id, &found, kind))
        }
        Err(error) => skipped(entry.into_path(), SkipReason::Unreadable(error.into())),
    }
}

/// A BEIR data set's folder holds its queries in the same layout as its documents.
fn is_queries(path: &Path) -> bool {
    let stem = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
    let corpus = || ["corpus.jsonl", "corpus.jsonl.gz"].iter().any(|name| path.with_file_name(name).is_file());
    stem == Some("queries") && corpus()
}

fn skipped(path: PathBuf, reason: SkipReason) -> Entry {
    Entry::Skipped(Skipped { path, line: None, reason })
}

fn planned(path: PathBuf, id: String, found: &std::fs::Metadata, kind: Kind) -> PlannedFile {
    let modified = found.modified().unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH);
    PlannedFile { path, id, bytes: found.len(), modified_ns: modified.map_or(0, |d| d.as_nanos()), kind }
}

/// Path below the folder, with forward slashes on every system.
fn relative_id(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
