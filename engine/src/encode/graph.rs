//! An ONNX graph in a session of its own: one thread, batches of sequences in, token vectors out.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

use super::checkpoint::Content;
use super::operators;
use super::runtime::{Runtime, fail};
use super::sequence::Sequence;
use super::settings::{EncoderSettings, GraphLayout};
use super::shared::Shared;
use crate::{Error, Result, TokenMatrix};

/// A loaded graph.
#[derive(Debug)]
pub(super) struct Graph {
    session: Session,
    layout: GraphLayout,
    width: usize,
    path: PathBuf,
}

impl Graph {
    /// Loads a graph and checks that it takes and gives what the settings say.
    pub(super) fn load(
        runtime: &Runtime,
        settings: &EncoderSettings,
        model: &Content,
        shared: &Shared,
    ) -> Result<Self> {
        let Content { path, bytes } = model;
        let refuse = |reason: String| Error::Model { path: path.clone(), reason };
        let session = session(runtime, bytes, shared).map_err(|e| refuse(format!("ONNX Runtime refuses it: {e}")))?;
        let layout = &settings.graph;
        check_inputs(session.inputs(), &layout.inputs()).map_err(refuse)?;
        let sides = layout.output_shape(&[]).len() + 1;
        check_output(session.outputs(), layout.output(), sides, settings.width).map_err(refuse)?;
        Ok(Self { session, layout: layout.clone(), width: settings.width, path: path.clone() })
    }

    /// Runs one sequence to see whether the graph can; it is the model's fault if not.
    pub(super) fn probe(&mut self, sequence: &Sequence) -> Result<()> {
        match self.run(&[sequence]) {
            Ok(_) => Ok(()),
            Err(Error::Runtime { message }) => {
                let tokens = sequence.ids.len();
                let reason = format!("cannot run a sequence of {tokens} tokens, which encoder.json allows: {message}");
                Err(Error::Model { path: self.path.clone(), reason })
            }
            Err(error) => Err(error),
        }
    }

    /// Kept token vectors of each sequence of a batch, in its order.
    pub(super) fn run(&mut self, batch: &[&Sequence]) -> Result<Vec<TokenMatrix>> {
        let inputs = self.layout.values(batch);
        let tensors = inputs.iter().map(|input| {
            let tensor = TensorRef::from_array_view((input.shape.as_slice(), input.values.as_slice()))?;
            Ok((Cow::from(input.name), SessionInputValue::from(tensor)))
        });
        let tensors: Vec<_> = tensors.collect::<ort::Result<_>>().map_err(fail)?;
        let outputs = self.session.run(tensors).map_err(fail)?;
        let output = outputs.get(self.layout.output()).ok_or_else(|| fail("the graph gave no token vectors"))?;
        let (found, values) = output.try_extract_tensor::<f32>().map_err(fail)?;
        let expected: Vec<usize> = self.layout.output_shape(batch).into_iter().chain([self.width]).collect();
        if found.len() != expected.len()
            || found.iter().zip(&expected).any(|(&found, &expected)| usize::try_from(found) != Ok(expected))
        {
            let reason = format!("gave token vectors of shape {:?}, expected {expected:?}", &found[..]);
            return Err(Error::Model { path: self.path.clone(), reason });
        }
        self.layout.rows(batch).iter().map(|rows| kept(rows, values, self.width, &self.path)).collect()
    }
}

/// Some rows, normalised.
fn kept(rows: &[usize], values: &[f32], width: usize, path: &Path) -> Result<TokenMatrix> {
    let mut kept = Vec::with_capacity(rows.len() * width);
    for &row in rows {
        let vector = &values[row * width..][..width];
        let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm < f64::from(f32::MIN_POSITIVE) {
            let reason = format!("gave a vector of length {norm} in row {row}; weights or graph are broken");
            return Err(Error::Model { path: path.to_path_buf(), reason });
        }
        kept.extend(vector.iter().map(|&v| narrow(f64::from(v) / norm)));
    }
    TokenMatrix::new(width, kept)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant; the value is within -1 and 1")]
fn narrow(value: f64) -> f32 {
    value as f32
}

fn session(runtime: &Runtime, bytes: &[u8], shared: &Shared) -> ort::Result<Session> {
    let builder = Session::builder(runtime.environment())?
        // One thread a session: sums are then made in the same order whatever the number of sessions.
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        // Shapes vary from batch to batch, so a remembered layout is of no use.
        .with_memory_pattern(false)?
        .with_operators(operators::domain(&shared.layers)?)?;
    shared.lend(builder)?.commit_from_memory(bytes)
}

fn check_inputs(inputs: &[Outlet], given: &[&str]) -> Result<(), String> {
    let taken: Vec<&str> = inputs.iter().map(Outlet::name).collect();
    if let Some(absent) = given.iter().find(|name| !taken.contains(name)) {
        return Err(format!("has no input {absent:?}, it has {taken:?}; correct \"graph\" in encoder.json"));
    }
    for input in inputs {
        if !given.contains(&input.name()) {
            return Err(format!("wants an input {:?} that encoder.json does not name", input.name()));
        }
        if input.dtype().tensor_type() != Some(TensorElementType::Int64) {
            return Err(format!("input {:?} is {}, expected int64", input.name(), input.dtype()));
        }
    }
    Ok(())
}

fn check_output(outputs: &[Outlet], name: &str, sides: usize, width: usize) -> Result<(), String> {
    let Some(output) = outputs.iter().find(|output| output.name() == name) else {
        let names: Vec<&str> = outputs.iter().map(Outlet::name).collect();
        return Err(format!("has no output {name:?}, it has {names:?}; correct \"graph\" in encoder.json"));
    };
    let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = output.dtype() else {
        return Err(format!("output {name:?} is {}, expected a tensor of f32", output.dtype()));
    };
    // A negative dimension is one that the graph leaves open; `run` checks it.
    let fits = |&last: &i64| last < 0 || usize::try_from(last) == Ok(width);
    if shape.len() != sides || !shape.last().is_some_and(fits) {
        return Err(format!("output {name:?} has shape {:?}, encoder.json says width {width}", &shape[..]));
    }
    Ok(())
}
