//! What makes an encoder a ColBERT: projections, markers, lengths, expansion and skipped tokens, as PyLate
//! (`config_sentence_transformers.json`, `N_Dense`) and Stanford's ColBERT (`artifact.metadata`) write them.

use std::path::Path;

use serde::Deserialize;

use super::config::Config;
use super::files::{Content, Dense, Files};
use super::weights::{Layer, Weights};
use crate::encode::settings::{EncoderSettings, Expansion, GraphLayout, SideSettings};
use crate::{Error, Result};

/// Tokens of a sequence where nothing says otherwise.
const DEFAULT_LIMIT: usize = 256;
/// Characters of Python's `string.punctuation`, which ColBERT skips in documents.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// A layer between the encoder and its token vectors.
#[derive(Debug)]
pub(crate) struct Projection {
    pub(crate) layer: Layer,
    pub(crate) activation: Activation,
    /// What is added of the layer's input, after the activation.
    pub(crate) residual: Residual,
}

/// How a projection's input comes into its result.
#[derive(Debug)]
pub(crate) enum Residual {
    None,
    Input,
    Projected(Layer),
}

/// What is applied to a projection's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    None,
    Gelu,
    Relu,
    Tanh,
    Silu,
}

/// `config.json` of a `N_Dense` folder.
#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    activation_function: Option<String>,
    use_residual: Option<bool>,
}

/// Settings of PyLate in `config_sentence_transformers.json`, and in what it exports to ONNX.
#[derive(Deserialize, Default)]
pub(crate) struct PyLate {
    query_prefix: Option<String>,
    document_prefix: Option<String>,
    query_length: Option<usize>,
    document_length: Option<usize>,
    attend_to_expansion_tokens: Option<bool>,
    do_query_expansion: Option<bool>,
    pub(crate) skiplist_words: Option<Vec<String>>,
}

/// Settings of Stanford's ColBERT in `artifact.metadata`.
#[derive(Deserialize)]
struct Stanford {
    query_token_id: Option<String>,
    doc_token_id: Option<String>,
    query_maxlen: Option<usize>,
    doc_maxlen: Option<usize>,
    mask_punctuation: Option<bool>,
    attend_to_mask_tokens: Option<bool>,
}

#[derive(Deserialize, Default)]
struct SentenceBert {
    max_seq_length: Option<usize>,
    do_lower_case: Option<bool>,
}

/// `special_tokens_map.json` or `tokenizer_config.json`.
#[derive(Deserialize)]
struct SpecialTokens {
    mask_token: Option<SpecialToken>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SpecialToken {
    Plain(String),
    Described { content: String },
}

/// All projections, in order; Stanford keeps its one among the encoder's weights.
pub(super) fn projections(files: &Files, weights: &Weights<'_>, config: &Config) -> Result<Vec<Projection>> {
    let mut width = config.hidden;
    if let Some(rows) = weights.rows_of("linear.weight") {
        let layer = weights.layer("linear", rows, width)?;
        return Ok(vec![Projection { layer, activation: Activation::None, residual: Residual::None }]);
    }
    files
        .dense
        .iter()
        .map(|dense| {
            let projection = projection(dense, width)?;
            width = projection.layer.weights.rows;
            Ok(projection)
        })
        .collect()
}

fn projection(dense: &Dense, width: usize) -> Result<Projection> {
    let refuse = |reason: String| Error::Model { path: dense.config.path.clone(), reason };
    let config: DenseConfig = dense.config.json()?;
    if config.in_features != width {
        return Err(refuse(format!("in_features is {}, the layer before gives {width}", config.in_features)));
    }
    if !width.is_multiple_of(8) {
        return Err(refuse(format!("in_features: {width} is no multiple of 8")));
    }
    let name = config.activation_function.as_deref().and_then(|name| name.rsplit('.').next());
    let activation = match name {
        None | Some("Identity") => Activation::None,
        Some("GELU") => Activation::Gelu,
        Some("ReLU") => Activation::Relu,
        Some("Tanh") => Activation::Tanh,
        Some("SiLU") => Activation::Silu,
        Some(other) => return Err(refuse(format!("activation_function {other:?} is not built"))),
    };
    let weights = Weights::parse(&dense.weights.path, &dense.weights.bytes)?;
    let residual = match config.use_residual {
        Some(true) if config.out_features == width => Residual::Input,
        Some(true) => Residual::Projected(weights.layer("residual", config.out_features, width)?),
        _ => Residual::None,
    };
    Ok(Projection { layer: weights.layer("linear", config.out_features, width)?, activation, residual })
}

/// Settings of the encoder, from whichever files there are.
pub(super) fn settings(files: &Files, config: &Config, projections: &[Projection]) -> Result<EncoderSettings> {
    let width = projections.last().map_or(config.hidden, |last| last.layer.weights.rows);
    let settings = |name| Content::settings_if_present(&files.folder, name);
    let sentence = match settings("sentence_bert_config.json")? {
        Some(content) => content.json::<SentenceBert>()?,
        None => SentenceBert::default(),
    };
    let pylate = match settings("config_sentence_transformers.json")? {
        Some(content) => content.json::<PyLate>()?,
        None => PyLate::default(),
    };
    let stanford = match settings("artifact.metadata")? {
        Some(content) if pylate.query_length.is_none() => Some(content.json::<Stanford>()?),
        _ => None,
    };
    let (mut query, mut passage) = match stanford {
        Some(stanford) => stanford.sides(),
        None if pylate.query_length.is_some() => pylate.sides(),
        None => {
            let limit = sentence.max_seq_length.unwrap_or(DEFAULT_LIMIT);
            let side = SideSettings { limit, ..SideSettings::default() };
            (side.clone(), side)
        }
    };
    for side in [&mut query, &mut passage] {
        side.limit = side.limit.min(config.positions);
    }
    if let (Some(expansion), Some(mask)) = (&mut query.expansion, mask_token(files)?) {
        expansion.token = mask;
    }
    let name = name_of(&files.folder);
    let lowercase = sentence.do_lower_case.unwrap_or(false);
    let settings = EncoderSettings { name, width, graph: GraphLayout::Packed, lowercase, query, passage };
    settings.checked(&files.config.path)
}

/// A folder's own name, for the encoder in it.
pub(crate) fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().ok();
    let name = whole.as_deref().unwrap_or(folder).file_name();
    name.map_or_else(|| "encoder".to_owned(), |name| name.to_string_lossy().into_owned())
}

impl PyLate {
    /// How queries and passages are encoded.
    pub(crate) fn sides(self) -> (SideSettings, SideSettings) {
        let attended = self.attend_to_expansion_tokens.unwrap_or(false);
        let expansion = self.do_query_expansion.unwrap_or(true).then(|| Expansion { token: mask(), attended });
        let punctuation = || PUNCTUATION.chars().map(String::from).collect();
        let query = SideSettings {
            limit: self.query_length.unwrap_or(32),
            marker: self.query_prefix.filter(|prefix| !prefix.is_empty()),
            expansion,
            skip: Vec::new(),
            ..SideSettings::default()
        };
        let passage = SideSettings {
            limit: self.document_length.unwrap_or(180),
            marker: self.document_prefix.filter(|prefix| !prefix.is_empty()),
            skip: self.skiplist_words.unwrap_or_else(punctuation),
            ..SideSettings::default()
        };
        (query, passage)
    }
}

impl Stanford {
    fn sides(self) -> (SideSettings, SideSettings) {
        let attended = self.attend_to_mask_tokens.unwrap_or(false);
        let query = SideSettings {
            limit: self.query_maxlen.unwrap_or(32),
            marker: Some(self.query_token_id.unwrap_or_else(|| "[unused0]".to_owned())),
            expansion: Some(Expansion { token: mask(), attended }),
            ..SideSettings::default()
        };
        let skip = if self.mask_punctuation.unwrap_or(true) { PUNCTUATION } else { "" };
        let passage = SideSettings {
            limit: self.doc_maxlen.unwrap_or(220),
            marker: Some(self.doc_token_id.unwrap_or_else(|| "[unused1]".to_owned())),
            skip: skip.chars().map(String::from).collect(),
            ..SideSettings::default()
        };
        (query, passage)
    }
}

fn mask() -> String {
    "[MASK]".to_owned()
}

/// What the tokenizer's settings call the mask.
fn mask_token(files: &Files) -> Result<Option<String>> {
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
        let Some(content) = Content::settings_if_present(&files.folder, name)? else { continue };
        match content.json::<SpecialTokens>()?.mask_token {
            Some(SpecialToken::Plain(token) | SpecialToken::Described { content: token }) => return Ok(Some(token)),
            None => {}
        }
    }
    Ok(None)
}
