//! Checkpoints in Hugging Face's layout: what their files say, as typed values.

mod colbert;
mod config;
mod files;
mod weights;

pub(crate) use colbert::{Activation, Projection, Residual};
pub(crate) use colbert::{PyLate, name_of};
pub(crate) use config::{Config, Family, LayerAttention, skipped_positions};
pub(crate) use files::{Content, Files, MOST_VOCABULARY, MOST_WEIGHTS};
pub(crate) use weights::{Layer, Matrix, Weights};

use super::settings::EncoderSettings;
use crate::Result;

/// A checkpoint that a graph can be built from.
#[derive(Debug)]
pub(crate) struct Checkpoint<'a> {
    /// How texts become sequences, and the width of what comes out.
    pub(crate) settings: EncoderSettings,
    pub(crate) config: Config,
    pub(crate) weights: Weights<'a>,
    /// Layers between the encoder and its token vectors.
    pub(crate) projections: Vec<Projection>,
}

impl<'a> Checkpoint<'a> {
    /// Parses the files of a folder.
    pub(crate) fn parse(files: &'a Files) -> Result<Self> {
        let config = Config::parse(&files.config.path, &files.config.bytes)?;
        let weights = Weights::parse(&files.weights.path, &files.weights.bytes)?;
        let projections = colbert::projections(files, &weights, &config)?;
        let settings = colbert::settings(files, &config, &projections)?;
        let marked = match config.family {
            Family::ModernBert => "embeddings.tok_embeddings.weight",
            _ => "embeddings.word_embeddings.weight",
        };
        Ok(Self { settings, config, weights: weights.under_prefix_of(marked)?, projections })
    }
}
