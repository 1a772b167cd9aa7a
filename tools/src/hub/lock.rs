//! `maxsim.lock` beside a pulled model: which commit it is, and length and SHA-256 of each of its files.

use std::collections::BTreeMap;
use std::path::Path;

use maxsimd_engine::{Error, read_sealed, write_sealed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::{Pin, is_hex};
use super::error::HubError;
use super::layout::most_bytes;
use super::reference::{Repository, is_revision};

/// Name of the file.
pub(super) const NAME: &str = "maxsim.lock";
/// Version of its fields.
const FORMAT: u32 = 1;
/// The files that a checkpoint is converted to.
pub(super) const CONVERTED: [&str; 2] = ["encoder.json", "model.onnx"];

const REMEDY: &str = "pull the model again, it is fetched or made anew";

/// What a model folder is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    format: u32,
    /// `ORG/REPO`.
    pub(super) repository: String,
    /// Branch, tag or commit that was asked for.
    pub(super) revision: String,
    /// The commit that it was.
    pub(super) commit: String,
    /// Files of the commit.
    pub(super) files: BTreeMap<String, Pin>,
    /// Files made of them here; none if they work as they are.
    pub(super) converted: BTreeMap<String, Pin>,
}

impl Lock {
    pub(super) fn new(repository: &Repository, revision: &str, commit: &str) -> Self {
        let (repository, revision, commit) = (repository.to_string(), revision.to_owned(), commit.to_owned());
        Self { format: FORMAT, repository, revision, commit, files: BTreeMap::new(), converted: BTreeMap::new() }
    }

    /// Reads the lock of a folder; `None` if there is none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, HubError> {
        let path = folder.join(NAME);
        let Some(value) = read_sealed::<Value>(&path).map_err(unsealed)? else { return Ok(None) };
        let refuse = |reason: String| HubError::Lock { path: path.clone(), reason };
        let format = value.get("format").cloned();
        if format != Some(FORMAT.into()) {
            let found = format.map_or_else(|| "none".to_owned(), |format| format.to_string());
            return Err(refuse(format!("is of format {found}, this program reads {FORMAT}")));
        }
        let lock: Self = serde_json::from_value(value).map_err(|e| refuse(e.to_string()))?;
        lock.check().map_err(refuse)?;
        Ok(Some(lock))
    }

    /// Writes the lock into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), HubError> {
        write_sealed(folder, NAME, self).map_err(unsealed)
    }

    /// A seal keeps accidents away, not intent: names become paths, so they are checked.
    fn check(&self) -> Result<(), String> {
        let sound = Repository::parse(&self.repository).is_some() && is_revision(&self.revision);
        if !sound || !is_hex(&self.commit, 40) {
            return Err("names no commit of a repository".to_owned());
        }
        let made = self.converted.keys().find(|name| !CONVERTED.contains(&name.as_str()));
        match self.files.keys().find(|name| most_bytes(name).is_none()).or(made) {
            Some(name) => Err(format!("names {name:?}, which is no file of a model")),
            None => Ok(()),
        }
    }

    /// Every file, and what is wrong with it, if anything.
    pub(super) fn states(&self, folder: &Path) -> impl Iterator<Item = (&String, Option<HubError>)> {
        self.all().map(move |(name, pin)| (name, problem(folder, name, pin)))
    }

    /// Whether every file is as it was pulled or made.
    pub(super) fn is_whole(&self, folder: &Path) -> bool {
        self.states(folder).all(|(_, problem)| problem.is_none())
    }

    /// Whether the converted files are as they were made.
    pub(super) fn is_converted(&self, folder: &Path) -> bool {
        self.converted.iter().all(|(name, pin)| problem(folder, name, pin).is_none())
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.all().map(|(_, pin)| pin.bytes).sum()
    }

    /// Whether all files are there with their lengths.
    pub(super) fn is_there(&self, folder: &Path) -> bool {
        self.all().all(|(name, pin)| folder.join(name).metadata().is_ok_and(|found| found.len() == pin.bytes))
    }

    fn all(&self) -> impl Iterator<Item = (&String, &Pin)> {
        self.files.iter().chain(&self.converted)
    }
}

fn unsealed(error: Error) -> HubError {
    match error {
        Error::Io { path, source } => HubError::Io { path, source },
        Error::Corrupt { path, section, expected, found } => {
            HubError::Lock { path, reason: format!("{section} is damaged: expected {expected}, found {found}") }
        }
        other => HubError::Engine(other),
    }
}

fn problem(folder: &Path, name: &str, pin: &Pin) -> Option<HubError> {
    let path = folder.join(name);
    pin.expected().check(&path, &path.display().to_string(), REMEDY).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock() -> Lock {
        let mut lock = Lock::new(&Repository::parse("o/r").unwrap(), "main", &"a".repeat(40));
        lock.files.insert("config.json".to_owned(), Pin { bytes: 2, sha256: "b".repeat(64) });
        lock
    }

    #[test]
    fn a_lock_is_read_as_it_was_written_and_any_changed_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), None);
        lock().write(folder.path()).unwrap();
        assert_eq!(Lock::read(folder.path()).unwrap(), Some(lock()));
        let path = folder.path().join(NAME);
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(matches!(Lock::read(folder.path()), Err(HubError::Lock { .. })), "byte {at}");
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(matches!(Lock::read(folder.path()), Err(HubError::Lock { .. })), "{at} bytes");
        }
    }

    #[test]
    fn a_sealed_lock_that_names_other_files_or_a_later_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pin = || Pin { bytes: 2, sha256: "b".repeat(64) };
        let mut outside = lock();
        outside.files.insert("../../x".to_owned(), pin());
        let mut made = lock();
        made.converted.insert("config.json".to_owned(), pin());
        let commit = Lock { commit: "../x".to_owned(), ..lock() };
        for (bad, word) in
            [(outside, "../x"), (made, "config.json"), (commit, "commit"), (Lock { format: 2, ..lock() }, "2")]
        {
            bad.write(folder.path()).unwrap();
            let error = Lock::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains("maxsim.lock"), "{error}");
        }
    }
}
