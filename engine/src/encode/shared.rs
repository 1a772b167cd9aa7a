//! What the sessions of one encoder hold together: weights, once for all of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ort::session::builder::SessionBuilder;
use ort::value::{DynValue, Tensor};
use prost::Message;

use super::convert::proto::{FLOAT, INT8, ModelProto, TensorProto};
use crate::kernels::Linear;

/// Most sessions that hold weights of their own.
pub(super) const MAX_UNSHARED: usize = 4;
/// Tensors below this are left to each session.
const LEAST_BYTES: usize = 4096;

/// Weights of a graph that `convert` made, for all of its sessions.
#[derive(Debug, Default)]
pub(super) struct Shared {
    tensors: Vec<(String, Arc<DynValue>)>,
    pub(super) layers: Layers,
}

impl Shared {
    /// Takes the large weights out of a `model.onnx`. Of bytes that are no such file it takes nothing, and ONNX Runtime
    /// says what is wrong with them.
    pub(super) fn of(model: &[u8]) -> ort::Result<Self> {
        let graph = ModelProto::decode(model).ok().and_then(|model| model.graph);
        let tensors = graph.map_or_else(Vec::new, |graph| graph.initializer);
        let tensors = tensors.into_iter().filter_map(|tensor| Some((tensor.name.clone(), value(tensor)?)));
        let tensors = tensors.map(|(name, value)| Ok((name, Arc::new(value?)))).collect::<ort::Result<_>>()?;
        Ok(Self { tensors, layers: Layers::default() })
    }

    /// Has a session use these weights.
    pub(super) fn lend(&self, mut builder: SessionBuilder) -> ort::Result<SessionBuilder> {
        for (name, value) in &self.tensors {
            builder = builder.with_initializer(name, Arc::clone(value))?;
        }
        Ok(builder)
    }
}

/// A tensor that is large enough and says itself how long it is.
fn value(tensor: TensorProto) -> Option<ort::Result<DynValue>> {
    let TensorProto { dims, data_type, raw_data, .. } = tensor;
    let bytes = match data_type {
        FLOAT => size_of::<f32>(),
        INT8 => 1,
        _ => return None,
    };
    let count = dims.iter().try_fold(1_usize, |count, &side| count.checked_mul(usize::try_from(side).ok()?))?;
    if raw_data.len() < LEAST_BYTES || count.checked_mul(bytes)? != raw_data.len() {
        return None;
    }
    Some(match data_type {
        FLOAT => {
            let values = raw_data.chunks_exact(size_of::<f32>()).map(bytemuck::pod_read_unaligned);
            let values: Vec<f32> = values.collect();
            Tensor::from_array((dims, values)).map(Tensor::into_dyn)
        }
        _ => {
            let values: Vec<i8> = raw_data.into_iter().map(u8::cast_signed).collect();
            Tensor::from_array((dims, values)).map(Tensor::into_dyn)
        }
    })
}

/// Layers as the kernels want them.
#[derive(Clone, Default)]
pub(super) struct Layers(Arc<Mutex<HashMap<Place, Arc<Linear>>>>);

/// A node's name, and which of its inputs are the layer.
type Place = (String, usize);

impl Layers {
    /// The layer at a place; laid out by whoever asks first.
    pub(super) fn get(&self, place: Place, lay_out: impl FnOnce() -> ort::Result<Linear>) -> ort::Result<Arc<Linear>> {
        let mut layers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(layer) = layers.get(&place) {
            return Ok(Arc::clone(layer));
        }
        let layer = Arc::new(lay_out()?);
        layers.insert(place, Arc::clone(&layer));
        Ok(layer)
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers").finish_non_exhaustive()
    }
}
