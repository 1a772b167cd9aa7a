//! A graph that makes token vectors: batches of sequences in, normalised rows out.

use super::checkpoint::Content;
use super::runtime::Runtime;
use super::sequence::Sequence;
use super::session::{GraphSession, Signature};
use super::settings::{EncoderSettings, GraphLayout};
use super::shared::Shared;
use crate::{Result, TokenMatrix};

/// A loaded graph of an encoder.
#[derive(Debug)]
pub(super) struct Graph {
    session: GraphSession,
    layout: GraphLayout,
    width: usize,
}

impl Graph {
    /// Loads a graph and checks that it takes and gives what the settings say.
    pub(super) fn load(
        runtime: &Runtime,
        settings: &EncoderSettings,
        model: &Content,
        shared: &Shared,
    ) -> Result<Self> {
        let session = GraphSession::load(runtime, model, shared)?;
        let EncoderSettings { graph: layout, width, .. } = settings;
        session.check(&Signature {
            inputs: &layout.inputs(),
            output: layout.output(),
            sides: layout.output_shape(&[]).len() + 1,
            width: *width,
            settings: "encoder.json",
        })?;
        Ok(Self { session, layout: layout.clone(), width: *width })
    }

    /// Runs one sequence to see whether the graph can; it is the model's fault if not.
    pub(super) fn probe(&mut self, sequence: &Sequence) -> Result<()> {
        let first = self.run(&[sequence]);
        self.session.probed(sequence.ids.len(), first).map(drop)
    }

    /// Kept token vectors of each sequence of a batch, in its order.
    pub(super) fn run(&mut self, batch: &[&Sequence]) -> Result<Vec<TokenMatrix>> {
        let Self { session, layout, width } = self;
        let shape: Vec<usize> = layout.output_shape(batch).into_iter().chain([*width]).collect();
        session.run(&layout.values(batch), (layout.output(), &shape), |values| {
            layout.rows(batch).iter().map(|rows| kept(rows, values, *width)).collect()
        })
    }
}

/// Some rows, normalised.
fn kept(rows: &[usize], values: &[f32], width: usize) -> Result<TokenMatrix, String> {
    let mut kept = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        let vector = &values[row * width..][..width];
        let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm < f64::from(f32::MIN_POSITIVE) {
            return Err(format!("gave a vector of length {norm} in row {row}; weights or graph are broken"));
        }
        kept.extend(vector.iter().map(|&v| narrow(f64::from(v) / norm)));
    }
    TokenMatrix::new(width, kept).map_err(|error| error.to_string())
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant; the value is within -1 and 1")]
fn narrow(value: f64) -> f32 {
    value as f32
}
