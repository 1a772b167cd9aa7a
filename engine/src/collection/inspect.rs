//! What a generation's files hold, for people.

use serde::Serialize;

use super::Generation;
use crate::format::Sections;

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
    pub fn files(&self) -> Vec<FileReport> {
        self.sections().map(report).collect()
    }
}

fn report(file: &Sections) -> FileReport {
    let sections = file.lengths().map(|(section, bytes)| SectionReport { name: section.name(), bytes }).collect();
    let name = file.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    FileReport { name, kind: file.kind().extension(), bytes: file.file_length(), sections }
}
