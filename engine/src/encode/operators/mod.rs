//! Operators of graphs that `convert` makes, in the domain `maxsimd`: what ONNX Runtime has not, or not without
//! making a text's vectors depend on its batch mates.
//!
//! | operator | inputs | attributes | output |
//! |---|---|---|---|
//! | `RowwiseLinear` | f32 n x width; i8 outputs x width; f32 scale and f32 bias of each output | | f32 n x outputs |
//! | `RowwiseFeedForward` | f32 n x width; weights, scales, biases of a layer; of a second | | f32 n x outputs |
//! | `AddNorm` | f32 n x width, twice; f32 gain and f32 bias of each value | `epsilon` | f32 n x width, normalised; the sum |
//! | `PackedAttention` | f32 tokens x (queries, keys, values); i64 first token of each sequence and the total; i64 tokens attended to of each | `heads`, `reach` (-1: all), `rotary` (0: none) | f32 tokens x hidden |

mod add_norm;
mod attention;
mod feed_forward;
mod linear;

use ort::operator::{ComputeContext, OperatorDomain};
use ort::value::ValueRef;

use add_norm::AddNorm;
use attention::PackedAttention;
use feed_forward::RowwiseFeedForward;
use linear::RowwiseLinear;

use super::shared::Layers;

/// Domain of the operators.
pub(super) const DOMAIN: &str = "maxsimd";
pub(super) const LINEAR: &str = "RowwiseLinear";
pub(super) const FEED_FORWARD: &str = "RowwiseFeedForward";
pub(super) const ADD_NORM: &str = "AddNorm";
pub(super) const ATTENTION: &str = "PackedAttention";

/// The operators, for a session that shares its layers with others.
pub(super) fn domain(layers: &Layers) -> ort::Result<OperatorDomain> {
    let domain = OperatorDomain::new(DOMAIN)?.add(AddNorm)?.add(PackedAttention)?;
    domain.add(RowwiseLinear(layers.clone()))?.add(RowwiseFeedForward(layers.clone()))
}

fn input(context: &ComputeContext, at: usize) -> ort::Result<ValueRef<'_>> {
    context.input(at)?.ok_or_else(|| ort::Error::new(format!("input {at} is absent")))
}

/// Shape and values of a tensor.
fn tensor<'a, T: ort::value::PrimitiveTensorElementType>(
    value: &'a ValueRef<'_>,
) -> ort::Result<(Vec<usize>, &'a [T])> {
    let (shape, values) = value.try_extract_tensor::<T>()?;
    let shape: Option<Vec<usize>> = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
    shape.map(|shape| (shape, values)).ok_or_else(|| ort::Error::new("a side is negative"))
}

fn write(context: &ComputeContext, shape: [usize; 2], fill: impl FnOnce(&mut [f32])) -> ort::Result<()> {
    let mut out = context.output(0, shape)?.ok_or_else(|| ort::Error::new("output is absent"))?;
    fill(out.try_extract_tensor_mut::<f32>()?.1);
    Ok(())
}

fn wrong(name: &str, shape: &[usize]) -> ort::Error {
    ort::Error::new(format!("{name} have a shape that does not fit: {shape:?}"))
}
