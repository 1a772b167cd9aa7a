//! An ONNX graph in a session of its own: one thread, int64 tensors in, one tensor of f32 out.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ort::session::{Session, SessionInputValue};
use ort::value::{Outlet, TensorElementType, TensorRef, ValueType};

use super::checkpoint::Content;
use super::layout::Input;
use super::operators;
use super::runtime::{Runtime, fail};
use super::shared::Shared;
use crate::{Error, Result};

/// A loaded graph.
#[derive(Debug)]
pub(super) struct GraphSession {
    session: Session,
    path: PathBuf,
}

/// What a graph has to take and give.
#[derive(Debug)]
pub(super) struct Signature<'a> {
    /// Names of its inputs, all int64.
    pub(super) inputs: &'a [&'a str],
    /// Name of its output, f32.
    pub(super) output: &'a str,
    /// Number of the output's sides.
    pub(super) sides: usize,
    /// The last of them.
    pub(super) width: usize,
    /// The file that says so, for errors.
    pub(super) settings: &'a str,
}

impl GraphSession {
    /// Loads a graph; what is shared is used in place of its own weights.
    pub(super) fn load(runtime: &Runtime, model: &Content, shared: &Shared) -> Result<Self> {
        let path = model.path.clone();
        match session(runtime, &model.bytes, shared) {
            Ok(session) => Ok(Self { session, path }),
            Err(error) => Err(Error::Model { path, reason: format!("ONNX Runtime refuses it: {error}") }),
        }
    }

    /// Whether the graph has an input of this name.
    pub(super) fn takes(&self, input: &str) -> bool {
        self.session.inputs().iter().any(|taken| taken.name() == input)
    }

    /// Refuses a graph that takes or gives something else.
    pub(super) fn check(&self, signature: &Signature<'_>) -> Result<()> {
        let checked = check_inputs(self.session.inputs(), signature);
        checked.and_then(|()| check_output(self.session.outputs(), signature)).map_err(|reason| self.refuse(reason))
    }

    /// What a first run gave; where ONNX Runtime failed, it is the model's fault.
    pub(super) fn probed<T>(&self, tokens: usize, result: Result<T>) -> Result<T> {
        result.map_err(|error| match error {
            Error::Runtime { message } => {
                self.refuse(format!("cannot run a sequence of {tokens} tokens, which its settings allow: {message}"))
            }
            error => error,
        })
    }

    /// Runs the graph and reads the values of its output, which has to have the shape that is expected.
    pub(super) fn run<T>(
        &mut self,
        inputs: &[Input<'_>],
        (output, expected): (&str, &[usize]),
        read: impl FnOnce(&[f32]) -> Result<T, String>,
    ) -> Result<T> {
        let tensors = inputs.iter().map(|input| {
            let tensor = TensorRef::from_array_view((input.shape.as_slice(), input.values.as_slice()))?;
            Ok((Cow::from(input.name), SessionInputValue::from(tensor)))
        });
        let tensors: Vec<_> = tensors.collect::<ort::Result<_>>().map_err(fail)?;
        let outputs = self.session.run(tensors).map_err(fail)?;
        let tensor = outputs.get(output).ok_or_else(|| fail(format!("the graph gave no {output}")))?;
        let (found, values) = tensor.try_extract_tensor::<f32>().map_err(fail)?;
        let same = |(&found, &expected): (&i64, &usize)| usize::try_from(found) == Ok(expected);
        let read = match found.len() == expected.len() && found.iter().zip(expected).all(same) {
            true => read(values),
            false => Err(format!("gave {output} of shape {:?}, expected {expected:?}", &found[..])),
        };
        read.map_err(|reason| Error::Model { path: self.path.clone(), reason })
    }

    fn refuse(&self, reason: String) -> Error {
        Error::Model { path: self.path.clone(), reason }
    }
}

/// Held while a session is made: ONNX Runtime enters our operators' domain into a table of the process, and fails where
/// two threads find it absent at once.
static LOADING: Mutex<()> = Mutex::new(());

fn session(runtime: &Runtime, bytes: &[u8], shared: &Shared) -> ort::Result<Session> {
    let _loading = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
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

fn check_inputs(inputs: &[Outlet], signature: &Signature<'_>) -> Result<(), String> {
    let Signature { inputs: given, settings, .. } = signature;
    let taken: Vec<&str> = inputs.iter().map(Outlet::name).collect();
    if let Some(absent) = given.iter().find(|name| !taken.contains(name)) {
        return Err(format!("has no input {absent:?}, it has {taken:?}; by {settings} they are {given:?}"));
    }
    for input in inputs {
        if !given.contains(&input.name()) {
            return Err(format!("wants an input {:?}; by {settings} they are {given:?}", input.name()));
        }
        if input.dtype().tensor_type() != Some(TensorElementType::Int64) {
            return Err(format!("input {:?} is {}, expected int64", input.name(), input.dtype()));
        }
    }
    Ok(())
}

fn check_output(outputs: &[Outlet], signature: &Signature<'_>) -> Result<(), String> {
    let Signature { output: name, sides, width, settings, .. } = *signature;
    let Some(output) = outputs.iter().find(|output| output.name() == name) else {
        let names: Vec<&str> = outputs.iter().map(Outlet::name).collect();
        return Err(format!("has no output {name:?}, it has {names:?}"));
    };
    let ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } = output.dtype() else {
        return Err(format!("output {name:?} is {}, expected a tensor of f32", output.dtype()));
    };
    // A negative dimension is one that the graph leaves open; `run` checks it.
    let fits = |&last: &i64| last < 0 || usize::try_from(last) == Ok(width);
    if shape.len() != sides || !shape.last().is_some_and(fits) {
        return Err(format!(
            "output {name:?} has shape {:?}, expected {sides} sides and, by {settings}, {width} values in the last",
            &shape[..]
        ));
    }
    Ok(())
}
