//! `config.json` of a checkpoint: which architecture it is, and its sizes.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{Error, Result};

/// Largest number of layers, heads, and values in any dimension that is accepted.
const MOST_LAYERS: usize = 256;
const MOST_HEADS: usize = 1024;
const MOST_VALUES: usize = 1 << 20;

/// Kinds of encoders that graphs can be built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// BERT and MiniLM.
    Bert,
    /// BERT without token types, with other names.
    DistilBert,
    /// RoBERTa, XLM-RoBERTa, CamemBERT: BERT with positions that start after the padding's id.
    Roberta,
    /// Rotary positions, local and global attention, gated layers, normalisation first.
    ModernBert,
}

/// Sizes of an encoder.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) family: Family,
    pub(crate) layers: usize,
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    pub(crate) inner: usize,
    pub(crate) vocabulary: usize,
    /// Longest sequence.
    pub(crate) positions: usize,
    /// Positions in the table that no token has, before the first.
    pub(crate) skipped_positions: usize,
    pub(crate) token_types: usize,
    pub(crate) epsilon: f32,
    /// How each layer attends.
    pub(crate) attention: Vec<LayerAttention>,
}

/// How one layer attends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerAttention {
    /// Tokens to either side; all if absent.
    pub(crate) reach: Option<usize>,
    /// Base of the rotary position embedding, if there is one.
    pub(crate) rotary: Option<f32>,
}

/// The fields that matter, under every name that the families give them.
#[derive(Deserialize)]
struct Raw {
    model_type: String,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "activation", alias = "hidden_activation")]
    hidden_act: String,
    vocab_size: usize,
    max_position_embeddings: usize,
    type_vocab_size: Option<usize>,
    #[serde(alias = "norm_eps")]
    layer_norm_eps: Option<f64>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    global_attn_every_n_layers: Option<usize>,
    local_attention: Option<usize>,
    global_rope_theta: Option<f64>,
    local_rope_theta: Option<f64>,
    layer_types: Option<Vec<String>>,
    rope_parameters: Option<Value>,
}

impl Config {
    /// Parses and checks a `config.json`; `path` is for errors.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        let refuse = |reason: String| Error::Model { path: path.to_path_buf(), reason };
        let raw: Raw = serde_json::from_slice(bytes).map_err(|e| refuse(e.to_string()))?;
        raw.check().map_err(refuse)?;
        let family = raw.family().map_err(refuse)?;
        let skipped_positions = skipped_positions(&raw.model_type, raw.pad_token_id);
        let positions = raw.max_position_embeddings.checked_sub(skipped_positions).filter(|&left| left > 0);
        let default_epsilon = if family == Family::ModernBert { 1e-5 } else { 1e-12 };
        let attention = match family {
            Family::ModernBert => raw.modern_attention(),
            _ => vec![LayerAttention { reach: None, rotary: None }; raw.num_hidden_layers],
        };
        Ok(Self {
            family,
            layers: raw.num_hidden_layers,
            hidden: raw.hidden_size,
            heads: raw.num_attention_heads,
            inner: raw.intermediate_size,
            vocabulary: raw.vocab_size,
            positions: positions.ok_or_else(|| refuse("max_position_embeddings leaves no position".to_owned()))?,
            skipped_positions,
            token_types: raw.type_vocab_size.unwrap_or(0),
            epsilon: narrow(raw.layer_norm_eps.unwrap_or(default_epsilon)),
            attention,
        })
    }
}

impl Raw {
    fn family(&self) -> Result<Family, String> {
        match self.model_type.as_str() {
            "bert" => Ok(Family::Bert),
            "distilbert" => Ok(Family::DistilBert),
            "roberta" | "xlm-roberta" | "camembert" => Ok(Family::Roberta),
            "modernbert" => Ok(Family::ModernBert),
            other => Err(format!(
                "model_type {other:?} cannot be converted; bert, distilbert, roberta, xlm-roberta, camembert and \
                 modernbert can. Another model works as a folder with its own model.onnx"
            )),
        }
    }

    fn check(&self) -> Result<(), String> {
        let sizes = [
            ("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS),
            ("num_attention_heads", self.num_attention_heads, MOST_HEADS),
            ("hidden_size", self.hidden_size, MOST_VALUES),
            ("intermediate_size", self.intermediate_size, MOST_VALUES),
            ("vocab_size", self.vocab_size, 1 << 24),
            ("max_position_embeddings", self.max_position_embeddings, MOST_VALUES),
        ];
        for (name, found, most) in sizes {
            if !(1..=most).contains(&found) {
                return Err(format!("{name}: {found} is not within 1 and {most}"));
            }
        }
        for (name, size) in [("hidden_size", self.hidden_size), ("intermediate_size", self.intermediate_size)] {
            if !size.is_multiple_of(8) {
                return Err(format!("{name}: {size} is no multiple of 8"));
            }
        }
        if !self.hidden_size.is_multiple_of(2 * self.num_attention_heads) {
            return Err(format!("hidden_size {} has no even share per head", self.hidden_size));
        }
        if self.hidden_act != "gelu" {
            return Err(format!("activation {:?} is not built; \"gelu\" is", self.hidden_act));
        }
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => Ok(()),
            Some(other) => Err(format!("position_embedding_type {other:?} is not built; \"absolute\" is")),
        }
    }

    /// Local layers see `local_attention / 2` tokens to either side; every few layers one sees all.
    fn modern_attention(&self) -> Vec<LayerAttention> {
        let theta = |kind: &str, default: Option<f64>, otherwise: f64| {
            let nested = self.rope_parameters.as_ref().and_then(|all| all.get(kind)?.get("rope_theta")?.as_f64());
            Some(narrow(nested.or(default).unwrap_or(otherwise)))
        };
        let every = self.global_attn_every_n_layers.unwrap_or(3).max(1);
        let global = LayerAttention { reach: None, rotary: theta("full_attention", self.global_rope_theta, 160_000.0) };
        let local = LayerAttention {
            reach: Some(self.local_attention.unwrap_or(128) / 2),
            rotary: theta("sliding_attention", self.local_rope_theta, 10_000.0),
        };
        let is_global = |layer: usize| match self.layer_types.as_ref().and_then(|types| types.get(layer)) {
            Some(kind) => kind == "full_attention",
            None => layer.is_multiple_of(every),
        };
        (0..self.num_hidden_layers).map(|layer| if is_global(layer) { global } else { local }).collect()
    }
}

/// Positions in the table that no token has: those of RoBERTa and its kin start after the padding's id.
pub(crate) fn skipped_positions(model_type: &str, padding: Option<usize>) -> usize {
    match model_type {
        "roberta" | "xlm-roberta" | "xlm-roberta-xl" | "camembert" | "mpnet" | "longformer" => {
            padding.unwrap_or(1).saturating_add(1)
        }
        _ => 0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
fn narrow(value: f64) -> f32 {
    value as f32
}
