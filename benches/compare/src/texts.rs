//! The texts that `maxsim encode` wrote beside their vectors: documents.jsonl.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::vectors::VectorsFolder;

/// A document or a query.
#[derive(Debug, Deserialize)]
pub(crate) struct Text {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    pub(crate) title: String,
    pub(crate) text: String,
}

impl Text {
    /// Title and text.
    pub(crate) fn whole(&self) -> String {
        if self.title.is_empty() { self.text.clone() } else { format!("{}\n{}", self.title, self.text) }
    }
}

/// Texts of a folder in the order of its vectors, read one by one.
pub(crate) fn of<'a>(
    path: &Path,
    folder: &'a VectorsFolder,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<Text>> + 'a> {
    let path = path.join("documents.jsonl");
    let file = File::open(&path).with_context(|| path.display().to_string())?;
    let lines = BufReader::new(file).lines().map(Some).chain(std::iter::repeat_with(|| None));
    Ok(folder.ids().iter().zip(lines).map(move |(id, line)| {
        let line = line.with_context(|| format!("{}: ends before {id}", path.display()))??;
        let text: Text = serde_json::from_str(&line).with_context(|| format!("{}: {id}", path.display()))?;
        ensure!(text.id == *id, "{}: {} where {id} is expected", path.display(), text.id);
        Ok(text)
    }))
}
