//! Checkpoints to ONNX graphs, in f32 or int8.
//!
//! Sequences lie one behind the other in a graph's input (`starts` says where), so nothing is padded: a text's vectors
//! do not depend on its batch mates. Only rows that are kept leave the last layer.

mod bert;
mod builder;
mod dense;
mod modern;
pub(super) mod proto;

use std::path::Path;

use builder::Builder;

use super::checkpoint::{Checkpoint, Family, Files};
use super::settings::EncoderSettings;
use crate::Result;

/// How weights are stored, and products made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As in the checkpoint.
    F32,
    /// Weights with a scale per output, activations with a scale per token.
    Int8,
}

impl Precision {
    /// `f32` or `int8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

/// Builds the model of a checkpoint folder: its settings, and the bytes of its `model.onnx`.
pub fn convert(folder: &Path, precision: Precision) -> Result<(EncoderSettings, Vec<u8>)> {
    let files = Files::read(folder)?;
    let checkpoint = Checkpoint::parse(&files)?;
    let graph = graph(&checkpoint, precision)?;
    Ok((checkpoint.settings, graph))
}

/// The graph of a checkpoint as the bytes of a `model.onnx`.
fn graph(checkpoint: &Checkpoint<'_>, precision: Precision) -> Result<Vec<u8>> {
    let mut builder = Builder::new(precision);
    let rows = match checkpoint.config.family {
        Family::ModernBert => modern::encoder(&mut builder, checkpoint)?,
        _ => bert::encoder(&mut builder, checkpoint)?,
    };
    let vectors = dense::projections(&mut builder, rows, &checkpoint.projections);
    Ok(builder.finish(&vectors, checkpoint.settings.width))
}
