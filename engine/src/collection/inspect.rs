//! What a generation's files hold, for people.

use serde::Serialize;

use super::{Generation, file_path};
use crate::Result;
use crate::format::{FileKind, Sections};

/// One file.
#[derive(Debug, Clone, Serialize)]
pub struct FileReport {
    /// File name.
    pub name: String,
    /// `segment`, `vectors`, `router` or `postings`.
    pub kind: &'static str,
    /// Length in bytes.
    pub bytes: u64,
    /// Its sections, in the order of the file.
    pub sections: Vec<SectionReport>,
}

/// One section.
#[derive(Debug, Clone, Serialize)]
pub struct SectionReport {
    /// Name, as in FORMAT.md.
    pub name: &'static str,
    /// Length in bytes.
    pub bytes: u64,
}

impl Generation {
    /// Every file of this generation with its sections.
    pub fn files(&self) -> Result<Vec<FileReport>> {
        let report = |(kind, hash): (FileKind, &str)| {
            let path = file_path(self.folder(), kind, hash);
            let file = Sections::open(&path, kind)?;
            let sections = file.lengths().map(|(s, bytes)| SectionReport { name: s.name(), bytes }).collect();
            let name = format!("{hash}.{}", kind.extension());
            Ok(FileReport { name, kind: kind.extension(), bytes: file.file_length(), sections })
        };
        self.manifest().files().into_iter().map(report).collect()
    }
}
