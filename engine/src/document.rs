//! What a user adds: an id, a text, typed metadata.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// How a document's text is marked up, which decides where it may be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextFormat {
    /// Paragraphs separated by blank lines.
    #[default]
    Plain,
    /// Markdown (also what HTML and DOCX are turned into).
    Markdown,
    /// Source code: split between top-level blocks and lines.
    Code,
}

/// One document as it goes into a build.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document {
    /// Stable id chosen by the user; for files the path relative to the input folder, with forward slashes.
    pub id: String,
    /// Title, empty if there is none.
    pub title: String,
    /// The whole text; byte ranges of passages refer to it.
    pub text: String,
    /// How the text is marked up.
    pub format: TextFormat,
    /// User fields.
    pub metadata: Map<String, Json>,
}

impl Document {
    /// Bytes of memory that it takes, about.
    pub(crate) fn held(&self) -> usize {
        size_of::<Self>() + self.id.len() + self.title.len() + self.text.len() + held(&self.metadata)
    }
}

/// Bytes of memory that metadata take, about: many times those of their text, if they are of small objects.
pub(crate) fn held(metadata: &Map<String, Json>) -> usize {
    /// Fields of a node of a map, at least, and its bytes.
    const FIELDS: usize = 6;
    const NODE: usize = 640;
    let fields = metadata.iter().map(|(name, value)| name.len() + within(value)).sum::<usize>();
    metadata.len().div_ceil(FIELDS) * NODE + fields
}

/// What a value takes beside itself.
fn within(value: &Json) -> usize {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => 0,
        Json::String(text) => text.len(),
        Json::Array(values) => values.iter().map(|value| size_of::<Json>() + within(value)).sum(),
        Json::Object(object) => held(object),
    }
}
