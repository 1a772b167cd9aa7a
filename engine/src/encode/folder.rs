//! A model folder in any of the layouts that an encoder opens: ours, the ONNX export of PyLate models, or a checkpoint.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::checkpoint::{Content, MOST_VOCABULARY, MOST_WEIGHTS, PyLate, name_of};
use super::convert::{Precision, convert};
use super::settings::{EncoderSettings, GraphLayout, GraphNames};
use crate::{Error, Result};

/// What an encoder is made of.
#[derive(Debug)]
pub(super) struct ModelFolder {
    pub(super) settings: EncoderSettings,
    /// Where the settings come from, for errors.
    pub(super) settings_path: PathBuf,
    pub(super) vocabulary: Content,
    pub(super) model: Content,
}

impl ModelFolder {
    /// Reads a folder. A checkpoint is converted to int8 in memory.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let vocabulary = || Content::read(folder.join("tokenizer.json"), MOST_VOCABULARY);
        if let Some(own) = Content::settings_if_present(folder, "encoder.json")? {
            let settings = EncoderSettings::parse(&own.path, &own.bytes)?;
            let model = Content::read(folder.join("model.onnx"), MOST_WEIGHTS)?;
            return Ok(Self { settings, settings_path: own.path, vocabulary: vocabulary()?, model });
        }
        if let Some(export) = Content::settings_if_present(folder, "onnx_config.json")? {
            let settings = export.json::<Export>()?.settings(folder).checked(&export.path)?;
            let int8 = Content::read_if_present(folder.join("model_int8.onnx"), MOST_WEIGHTS)?;
            let model = match int8 {
                Some(model) => model,
                None => Content::read(folder.join("model.onnx"), MOST_WEIGHTS)?,
            };
            return Ok(Self { settings, settings_path: export.path, vocabulary: vocabulary()?, model });
        }
        if !folder.join("config.json").is_file() && !folder.join("modules.json").is_file() {
            let reason = "holds no encoder: neither encoder.json (with model.onnx and tokenizer.json), nor \
                          onnx_config.json, nor a checkpoint's config.json (with model.safetensors)";
            return Err(Error::Model { path: folder.to_path_buf(), reason: reason.to_owned() });
        }
        let vocabulary = vocabulary()?;
        let (settings, bytes) = convert(folder, Precision::Int8)?;
        let path = folder.join("model.safetensors");
        Ok(Self { settings, settings_path: folder.join("config.json"), vocabulary, model: Content { path, bytes } })
    }
}

/// `onnx_config.json` of PyLate models exported to ONNX.
#[derive(Deserialize)]
struct Export {
    embedding_dim: usize,
    uses_token_type_ids: Option<bool>,
    mask_token: Option<String>,
    do_lower_case: Option<bool>,
    #[serde(flatten)]
    colbert: PyLate,
}

impl Export {
    fn settings(mut self, folder: &Path) -> EncoderSettings {
        // Absent means none here, and punctuation in a checkpoint.
        self.colbert.skiplist_words.get_or_insert_default();
        let (mut query, passage) = self.colbert.sides();
        if let (Some(expansion), Some(mask)) = (&mut query.expansion, self.mask_token) {
            expansion.token = mask;
        }
        let graph = GraphLayout::Padded(GraphNames {
            input_ids: "input_ids".to_owned(),
            attention_mask: "attention_mask".to_owned(),
            token_type_ids: self.uses_token_type_ids.unwrap_or(false).then(|| "token_type_ids".to_owned()),
            token_vectors: "output".to_owned(),
        });
        let lowercase = self.do_lower_case.unwrap_or(false);
        EncoderSettings { name: name_of(folder), width: self.embedding_dim, graph, lowercase, query, passage }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_in_an_export_are_refused_before_anything_is_made_of_them() {
        for (field, value) in [("query_length", 1_u64 << 40), ("document_length", 0), ("embedding_dim", 1 << 40)] {
            let mut export = serde_json::json!({"embedding_dim": 16, "query_length": 8, "document_length": 8});
            export[field] = value.into();
            let folder = tempfile::tempdir().unwrap();
            for (name, content) in [("onnx_config.json", export.to_string()), ("model.onnx", String::new())] {
                std::fs::write(folder.path().join(name), content).unwrap();
            }
            let error = ModelFolder::read(folder.path()).unwrap_err();
            assert!(matches!(&error, Error::Model { path, .. } if path.ends_with("onnx_config.json")), "{error}");
        }
    }
}
