//! What a collection's log holds beside what is published, for people.

use std::io::ErrorKind;

use serde::Serialize;

use super::manifest::Manifest;
use super::{CollectionName, Store};
use crate::format::RecordKind;
use crate::log::replay;
use crate::{Error, Result};

/// Times that a log is read anew because its writer removed a file meanwhile.
const ATTEMPTS: usize = 5;

/// A log in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LogReport {
    /// Its files.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The newest operation that the published generation holds.
    pub applied: u64,
    /// Operations that wait to be applied.
    pub waiting: u64,
}

impl Store {
    /// Reads a collection's log, also while somebody writes it.
    pub fn log(&self, name: &CollectionName) -> Result<LogReport> {
        for _ in 1..ATTEMPTS {
            match self.read_log(name) {
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {}
                result => return result,
            }
        }
        self.read_log(name)
    }

    fn read_log(&self, name: &CollectionName) -> Result<LogReport> {
        let folder = self.folder(name);
        let not_found = || Error::CollectionNotFound { name: name.as_str().to_owned() };
        let applied = Manifest::read(&folder)?.ok_or_else(not_found)?.applied;
        let mut failed = 0;
        let replayed = replay(&folder, applied, |record| {
            failed += u64::from(record.kind == RecordKind::Failure && record.number > applied);
            Ok(())
        })?;
        let bytes = replayed.files.iter().map(|file| file.bytes).sum();
        let waiting = (replayed.next - 1 - applied).saturating_sub(failed);
        Ok(LogReport { files: replayed.files.len(), bytes, applied, waiting })
    }
}
