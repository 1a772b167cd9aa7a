//! What a user adds: an id, a text, typed metadata.

use serde::{Deserialize, Serialize};

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
    pub metadata: serde_json::Map<String, serde_json::Value>,
}
