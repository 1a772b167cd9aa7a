//! `encoder.json`: what a model folder says about its graph and about how queries and passages are encoded.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Largest token vector that is accepted.
const MAX_WIDTH: usize = 4096;
/// Longest sequence that is accepted.
const MAX_LIMIT: usize = 8192;
/// Longest name of an encoder.
const MAX_NAME: usize = 100;

/// Settings of an encoder. Part of its fingerprint: different settings make different vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncoderSettings {
    /// Short name.
    pub name: String,
    /// Values per token vector.
    pub width: usize,
    /// What the ONNX graph takes and gives.
    pub graph: GraphLayout,
    /// Whether texts are put in lower case before the tokenizer sees them.
    #[serde(default)]
    pub lowercase: bool,
    /// How queries are encoded.
    pub query: SideSettings,
    /// How passages are encoded.
    pub passage: SideSettings,
}

/// How sequences lie in a graph's inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "layout", rename_all = "snake_case")]
pub enum GraphLayout {
    /// One behind the other, without padding; what `maxsim models convert` makes.
    Packed,
    /// One below the other, padded to the longest; what other tools make.
    Padded(GraphNames),
}

/// Names of the graph's inputs (int64, batch x tokens) and of its output (f32, batch x tokens x width).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphNames {
    /// Token ids.
    pub input_ids: String,
    /// 1 for tokens that are attended to, 0 for others and for padding.
    pub attention_mask: String,
    /// Segment ids, all zero; absent if the graph has no such input.
    pub token_type_ids: Option<String>,
    /// Token vectors.
    pub token_vectors: String,
}

/// How one side, queries or passages, is encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SideSettings {
    /// Most tokens of a sequence, special tokens and marker included.
    pub limit: usize,
    /// Token after the leading special tokens that tells queries from passages (ColBERT's `[Q]` and `[D]`).
    #[serde(default)]
    pub marker: Option<String>,
    /// Whether the vectors of special tokens and marker are kept.
    #[serde(default = "yes")]
    pub keep_special: bool,
    /// Tokens of the vocabulary whose vectors are left out (ColBERT's skiplist); a word that is none stands for the
    /// unknown token.
    #[serde(default)]
    pub skip: Vec<String>,
    /// What fills a sequence up to the limit (ColBERT's query augmentation).
    #[serde(default)]
    pub expansion: Option<Expansion>,
    /// How many vectors become one, by clustering them; 1 keeps all.
    #[serde(default = "one")]
    pub pool: usize,
}

/// A token that is repeated behind a text up to the limit; its vectors are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expansion {
    /// The token, `[MASK]`.
    pub token: String,
    /// Whether other tokens attend to it.
    pub attended: bool,
}

impl Default for SideSettings {
    /// All tokens of texts of up to 256.
    fn default() -> Self {
        Self { limit: 256, marker: None, keep_special: true, skip: Vec::new(), expansion: None, pool: 1 }
    }
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

impl EncoderSettings {
    /// Parses and checks `encoder.json`; `path` is for the error.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let settings: Self = serde_json::from_slice(bytes)
            .map_err(|e| Error::Model { path: path.to_path_buf(), reason: e.to_string() })?;
        settings.checked(path)
    }

    /// These settings, unless a number in them is out of range; `path` is where they come from, for the error.
    pub(super) fn checked(self, path: &Path) -> Result<Self> {
        match self.check() {
            Ok(()) => Ok(self),
            Err(reason) => Err(Error::Model { path: path.to_path_buf(), reason }),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > MAX_NAME || self.name.chars().any(char::is_control) {
            return Err(format!("name: 1 to {MAX_NAME} bytes without control characters"));
        }
        if !(1..=MAX_WIDTH).contains(&self.width) {
            return Err(format!("width: {} is not within 1 and {MAX_WIDTH}", self.width));
        }
        for (side, settings) in [("query", &self.query), ("passage", &self.passage)] {
            if !(1..=MAX_LIMIT).contains(&settings.limit) {
                return Err(format!("{side}.limit: {} is not within 1 and {MAX_LIMIT}", settings.limit));
            }
            if settings.pool == 0 {
                return Err(format!("{side}.pool: 0 vectors cannot become one"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"name":"m","width":384,
        "graph":{"layout":"padded","input_ids":"i","attention_mask":"a","token_vectors":"o"},
        "query":{"limit":64},
        "passage":{"limit":256,"marker":"[D]","skip":["!"]}}"#;

    fn reason(json: &str) -> String {
        match EncoderSettings::parse(Path::new("encoder.json"), json.as_bytes()) {
            Err(Error::Model { reason, .. }) => reason,
            other => panic!("expected Error::Model, got {other:?}"),
        }
    }

    #[test]
    fn absent_marker_and_segment_ids_mean_none() {
        let settings = EncoderSettings::parse(Path::new("encoder.json"), GOOD.as_bytes()).unwrap();
        assert_eq!(settings.query.marker, None);
        assert!(matches!(settings.graph, GraphLayout::Padded(GraphNames { token_type_ids: None, .. })));
        assert_eq!(settings.passage.marker.as_deref(), Some("[D]"));
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        assert!(reason(&GOOD.replacen("\"width\"", "\"dimension\":3,\"width\"", 1)).contains("dimension"));
        assert!(reason(&GOOD.replace("\"skip\"", "\"skipped\"")).contains("skipped"));
        assert!(reason(&GOOD.replace("token_vectors", "vectors")).contains("vectors"));
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_field() {
        assert!(reason(&GOOD.replace("384", "0")).starts_with("width"));
        assert!(reason(&GOOD.replace("384", "5000")).starts_with("width"));
        assert!(reason(&GOOD.replace("384", "-1")).contains("-1"));
        assert!(reason(&GOOD.replace(":64", ":0")).starts_with("query.limit"));
        assert!(reason(&GOOD.replace(":256", ":1000000")).starts_with("passage.limit"));
        assert!(reason(&GOOD.replace("\"m\"", "\"\"")).starts_with("name"));
    }
}
