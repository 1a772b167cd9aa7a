//! `model.safetensors`: named tensors as f32, whatever they are stored as.

use std::path::{Path, PathBuf};

use bytemuck::AnyBitPattern;
use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::{Error, Result};

/// A matrix in rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) values: Vec<f32>,
}

/// A linear layer.
#[derive(Debug)]
pub(crate) struct Layer {
    /// Outputs x inputs.
    pub(crate) weights: Matrix,
    pub(crate) bias: Option<Vec<f32>>,
}

impl Layer {
    /// Layers of one input side by side.
    pub(crate) fn beside(parts: [Self; 3]) -> Self {
        let (columns, rows) = (parts[0].weights.columns, parts.iter().map(|part| part.weights.rows).sum());
        let bias = parts.iter().flat_map(|part| match &part.bias {
            Some(bias) => bias.clone(),
            None => vec![0.0; part.weights.rows],
        });
        let bias = bias.collect();
        let values = parts.iter().flat_map(|part| &part.weights.values).copied().collect();
        Self { weights: Matrix { rows, columns, values }, bias: Some(bias) }
    }
}

/// Tensors of a file, under a prefix that their names share.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    path: PathBuf,
    tensors: SafeTensors<'a>,
    prefix: String,
}

impl<'a> Weights<'a> {
    /// Reads the table of a file; `path` is for errors. Lengths and offsets in it are checked against the bytes.
    pub(crate) fn parse(path: &Path, bytes: &'a [u8]) -> Result<Self> {
        let refuse = |reason: String| Error::Model { path: path.to_path_buf(), reason };
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|e| refuse(format!("is no whole safetensors file: {e}")))?;
        Ok(Self { path: path.to_path_buf(), tensors, prefix: String::new() })
    }

    /// Expects a prefix before every name from now on: what stands before `name` in the file.
    pub(crate) fn under_prefix_of(mut self, name: &str) -> Result<Self> {
        let names = self.tensors.names();
        let prefix = names.iter().filter_map(|full| full.strip_suffix(name)).min_by_key(|prefix| prefix.len());
        let found = prefix.map(str::to_owned);
        self.prefix = found.ok_or_else(|| self.refuse(format!("has no tensor {name:?}")))?;
        Ok(self)
    }

    /// A matrix of a known shape.
    pub(crate) fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix> {
        let values = self.values(name, &[rows, columns])?;
        Ok(Matrix { rows, columns, values })
    }

    /// A linear layer of a known shape, with or without a bias.
    pub(crate) fn layer(&self, name: &str, outputs: usize, inputs: usize) -> Result<Layer> {
        let weights = self.matrix(&format!("{name}.weight"), outputs, inputs)?;
        Ok(Layer { weights, bias: self.vector_if_present(&format!("{name}.bias"), outputs)? })
    }

    /// A vector of a known length.
    pub(crate) fn vector(&self, name: &str, length: usize) -> Result<Vec<f32>> {
        self.values(name, &[length])
    }

    /// A vector that may be absent.
    pub(crate) fn vector_if_present(&self, name: &str, length: usize) -> Result<Option<Vec<f32>>> {
        match self.tensor(name) {
            Some(_) => self.vector(name, length).map(Some),
            None => Ok(None),
        }
    }

    /// Rows of a matrix of known columns, if there is one of that name.
    pub(crate) fn rows_of(&self, name: &str) -> Option<usize> {
        self.tensor(name)?.shape().first().copied()
    }

    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let full = self.full(name);
        let tensor = self.tensor(name).ok_or_else(|| self.refuse(format!("has no tensor {full:?}")))?;
        if tensor.shape() != shape {
            let found = tensor.shape();
            return Err(self.refuse(format!("{full:?} has shape {found:?}, config.json makes it {shape:?}")));
        }
        let bytes = tensor.data();
        let values: Vec<f32> = match tensor.dtype() {
            Dtype::F32 => numbers::<4, f32>(bytes).collect(),
            Dtype::F16 => numbers::<2, f16>(bytes).map(f16::to_f32).collect(),
            Dtype::BF16 => numbers::<2, bf16>(bytes).map(bf16::to_f32).collect(),
            other => return Err(self.refuse(format!("{full:?} is of type {other:?}, expected F32, F16 or BF16"))),
        };
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(self.refuse(format!("{full:?} holds values that are no numbers"))),
        }
    }

    /// A tensor by its name, or by the name that normalisations had in older checkpoints.
    fn tensor(&self, name: &str) -> Option<TensorView<'_>> {
        let older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        [name, &older].iter().find_map(|name| self.tensors.tensor(&self.full(name)).ok())
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn refuse(&self, reason: String) -> Error {
        Error::Model { path: self.path.clone(), reason }
    }
}

/// Numbers of `N` bytes each, as they lie in the file (which is little-endian, as are the machines that this runs on).
fn numbers<const N: usize, T: AnyBitPattern>(bytes: &[u8]) -> impl Iterator<Item = T> + '_ {
    bytes.as_chunks::<N>().0.iter().map(|bytes| bytemuck::pod_read_unaligned(bytes))
}
