//! A model folder in any of the layouts that an encoder opens: ours, the ONNX export of PyLate models, or a checkpoint.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::checkpoint::{Content, MOST_VOCABULARY, MOST_WEIGHTS};
use super::convert::{Precision, convert};
use super::settings::{EncoderSettings, Expansion, GraphLayout, GraphNames, SideSettings};
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
            let settings = export.json::<Export>()?.settings(folder);
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
    query_prefix: Option<String>,
    document_prefix: Option<String>,
    query_length: Option<usize>,
    document_length: Option<usize>,
    do_query_expansion: Option<bool>,
    attend_to_expansion_tokens: Option<bool>,
    skiplist_words: Option<Vec<String>>,
    mask_token: Option<String>,
    do_lower_case: Option<bool>,
}

impl Export {
    fn settings(self, folder: &Path) -> EncoderSettings {
        let marker = |prefix: Option<String>| prefix.filter(|prefix| !prefix.is_empty());
        let token = self.mask_token.unwrap_or_else(|| "[MASK]".to_owned());
        let attended = self.attend_to_expansion_tokens.unwrap_or(false);
        let expansion = self.do_query_expansion.unwrap_or(true).then_some(Expansion { token, attended });
        let query = SideSettings {
            limit: self.query_length.unwrap_or(32),
            marker: marker(self.query_prefix),
            expansion,
            ..SideSettings::default()
        };
        let passage = SideSettings {
            limit: self.document_length.unwrap_or(180),
            marker: marker(self.document_prefix),
            skip: self.skiplist_words.unwrap_or_default(),
            ..SideSettings::default()
        };
        let graph = GraphLayout::Padded(GraphNames {
            input_ids: "input_ids".to_owned(),
            attention_mask: "attention_mask".to_owned(),
            token_type_ids: self.uses_token_type_ids.unwrap_or(false).then(|| "token_type_ids".to_owned()),
            token_vectors: "output".to_owned(),
        });
        EncoderSettings {
            name: super::checkpoint::name_of(folder),
            width: self.embedding_dim,
            graph,
            lowercase: self.do_lower_case.unwrap_or(false),
            query,
            passage,
        }
    }
}
