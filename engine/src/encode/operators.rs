//! Operators of graphs that `convert` makes, in the domain `maxsimd`: what ONNX Runtime has not, or not without
//! making a text's vectors depend on its batch mates.
//!
//! | operator | inputs | attributes | output |
//! |---|---|---|---|
//! | `RowwiseLinear` | f32 n x width; i8 outputs x width; f32 scale and f32 bias of each output | | f32 n x outputs |
//! | `RowwiseFeedForward` | f32 n x width; weights, scales, biases of a layer; of a second | | f32 n x outputs |
//! | `AddNorm` | f32 n x width, twice; f32 gain and f32 bias of each value | `epsilon` | f32 n x width, normalised; the sum |
//! | `PackedAttention` | f32 tokens x (queries, keys, values); i64 first token of each sequence and the total; i64 tokens attended to of each | `heads`, `reach` (-1: all), `rotary` (0: none) | f32 tokens x hidden |

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorDomain, OperatorInput, OperatorOutput};
use ort::value::{TensorElementType, ValueRef};

use crate::kernels::{self, Attended, Heads, Kernels, Linear, Norm, Quantized, Widened};

/// Domain of the operators.
pub(super) const DOMAIN: &str = "maxsimd";
pub(super) const LINEAR: &str = "RowwiseLinear";
pub(super) const FEED_FORWARD: &str = "RowwiseFeedForward";
pub(super) const ADD_NORM: &str = "AddNorm";
pub(super) const ATTENTION: &str = "PackedAttention";

/// The operators, for a session.
pub(super) fn domain() -> ort::Result<OperatorDomain> {
    OperatorDomain::new(DOMAIN)?.add(RowwiseLinear)?.add(RowwiseFeedForward)?.add(AddNorm)?.add(PackedAttention)
}

struct RowwiseLinear;

struct LinearKernel {
    kernels: Kernels,
    layer: Linear,
    quantized: Quantized,
}

impl Operator for RowwiseLinear {
    type Kernel<'attr> = LinearKernel;

    fn name(&self) -> &str {
        LINEAR
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        use TensorElementType::{Float32, Int8};
        [Float32, Int8, Float32, Float32].map(OperatorInput::required)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<LinearKernel> {
        Ok(LinearKernel { kernels: kernels::best(), layer: layer(context, 1)?, quantized: Quantized::default() })
    }
}

/// The layer whose weights, scales and biases are inputs from `first` on.
fn layer(context: &KernelContext<'_>, first: usize) -> ort::Result<Linear> {
    let constant = |at| context.constant_input(first + at);
    let (weights, scales, bias) = (constant(0)?, constant(1)?, constant(2)?);
    let (shape, weights) = tensor::<i8>(&weights)?;
    let ((_, scales), (_, bias)) = (tensor::<f32>(&scales)?, tensor::<f32>(&bias)?);
    let &[outputs, width] = &shape[..] else { return Err(wrong("weights", &shape)) };
    if width == 0 || width % 8 != 0 || outputs == 0 || scales.len() != outputs || bias.len() != outputs {
        return Err(wrong("weights", &shape));
    }
    Ok(Linear::new(weights, width, scales, bias))
}

impl Kernel for LinearKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let rows = input(context, 0)?;
        let (shape, rows) = tensor::<f32>(&rows)?;
        let &[count, width] = &shape[..] else { return Err(wrong("rows", &shape)) };
        if width != self.layer.width() {
            return Err(wrong("rows", &shape));
        }
        write(context, [count, self.layer.outputs()], |out| {
            self.kernels.linear(&self.layer, rows, &mut self.quantized, out);
        })
    }
}

struct RowwiseFeedForward;

struct FeedForwardKernel {
    kernels: Kernels,
    inner: Linear,
    outer: Linear,
    memory: Widened,
}

impl Operator for RowwiseFeedForward {
    type Kernel<'attr> = FeedForwardKernel;

    fn name(&self) -> &str {
        FEED_FORWARD
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        use TensorElementType::{Float32, Int8};
        [Float32, Int8, Float32, Float32, Int8, Float32, Float32].map(OperatorInput::required)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<FeedForwardKernel> {
        let (inner, outer) = (layer(context, 1)?, layer(context, 4)?);
        if ![outer.width(), 2 * outer.width()].contains(&inner.outputs()) {
            return Err(wrong("weights", &[inner.outputs(), outer.width()]));
        }
        Ok(FeedForwardKernel { kernels: kernels::best(), inner, outer, memory: Widened::default() })
    }
}

impl Kernel for FeedForwardKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let rows = input(context, 0)?;
        let (shape, rows) = tensor::<f32>(&rows)?;
        let &[count, width] = &shape[..] else { return Err(wrong("rows", &shape)) };
        if width != self.inner.width() {
            return Err(wrong("rows", &shape));
        }
        write(context, [count, self.outer.outputs()], |out| {
            self.kernels.feed_forward(&self.inner, &self.outer, rows, &mut self.memory, out);
        })
    }
}

struct AddNorm;

struct NormKernel {
    kernels: Kernels,
    norm: Norm,
}

impl Operator for AddNorm {
    type Kernel<'attr> = NormKernel;

    fn name(&self) -> &str {
        ADD_NORM
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        [TensorElementType::Float32; 4].map(OperatorInput::required)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [TensorElementType::Float32; 2].map(OperatorOutput::required)
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<NormKernel> {
        let (gain, bias) = (context.constant_input(2)?, context.constant_input(3)?);
        let ((shape, gain), (_, bias)) = (tensor::<f32>(&gain)?, tensor::<f32>(&bias)?);
        if gain.is_empty() || gain.len() != bias.len() {
            return Err(wrong("gain", &shape));
        }
        let epsilon = context.get::<f32>("epsilon").ok_or_else(|| ort::Error::new("epsilon is absent"))?;
        let norm = Norm { gain: gain.to_vec(), bias: bias.to_vec(), epsilon };
        Ok(NormKernel { kernels: kernels::best(), norm })
    }
}

impl Kernel for NormKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let (a, b) = (input(context, 0)?, input(context, 1)?);
        let ((shape, a), (other, b)) = (tensor::<f32>(&a)?, tensor::<f32>(&b)?);
        if shape != other || shape.len() != 2 || shape[1] != self.norm.gain.len() {
            return Err(wrong("rows", &shape));
        }
        let absent = || ort::Error::new("output is absent");
        let mut out = context.output(0, shape.clone())?.ok_or_else(absent)?;
        let mut sums = context.output(1, shape)?.ok_or_else(absent)?;
        let (out, sums) = (out.try_extract_tensor_mut::<f32>()?.1, sums.try_extract_tensor_mut::<f32>()?.1);
        self.kernels.add_norm(a, b, &self.norm, sums, out);
        Ok(())
    }
}

struct PackedAttention;

struct AttentionKernel {
    kernels: Kernels,
    heads: usize,
    reach: Option<usize>,
    rotary: Option<f32>,
    memory: Attended,
}

impl Operator for PackedAttention {
    type Kernel<'attr> = AttentionKernel;

    fn name(&self) -> &str {
        ATTENTION
    }

    fn inputs(&self) -> impl IntoIterator<Item = OperatorInput> {
        use TensorElementType::{Float32, Int64};
        [Float32, Int64, Int64].map(OperatorInput::required)
    }

    fn outputs(&self) -> impl IntoIterator<Item = OperatorOutput> {
        [OperatorOutput::required(TensorElementType::Float32)]
    }

    fn create_kernel<'attr>(&self, context: &KernelContext<'attr>) -> ort::Result<AttentionKernel> {
        let heads = context.get::<i64>("heads").and_then(|heads| usize::try_from(heads).ok());
        let heads = heads.filter(|&heads| heads > 0).ok_or_else(|| ort::Error::new("heads: at least one"))?;
        let reach = context.get::<i64>("reach").and_then(|reach| usize::try_from(reach).ok());
        let rotary = context.get::<f32>("rotary").filter(|base| *base > 0.0);
        Ok(AttentionKernel { kernels: kernels::best(), heads, reach, rotary, memory: Attended::default() })
    }
}

impl Kernel for AttentionKernel {
    fn compute(&mut self, context: &ComputeContext) -> ort::Result<()> {
        let (rows, starts, attended) = (input(context, 0)?, input(context, 1)?, input(context, 2)?);
        let (shape, rows) = tensor::<f32>(&rows)?;
        let ((_, starts), (_, attended)) = (tensor::<i64>(&starts)?, tensor::<i64>(&attended)?);
        let &[tokens, row] = &shape[..] else { return Err(wrong("rows", &shape)) };
        if row == 0 || row % (3 * self.heads) != 0 {
            return Err(wrong("rows", &shape));
        }
        let hidden = row / 3;
        let sequences = sequences(starts, attended, tokens).ok_or_else(|| ort::Error::new("sequences overlap"))?;
        let heads = Heads { count: self.heads, width: hidden / self.heads, reach: self.reach, rotary: self.rotary };
        write(context, [tokens, hidden], |out| {
            for (tokens, attended) in sequences {
                let rows = &rows[tokens.start * row..tokens.end * row];
                let out = &mut out[tokens.start * hidden..tokens.end * hidden];
                self.kernels.attention(&heads, rows, attended, &mut self.memory, out);
            }
        })
    }
}

/// Tokens of each sequence and how many of them are attended to; `None` unless they are `tokens` one after the other.
fn sequences(starts: &[i64], attended: &[i64], tokens: usize) -> Option<Vec<(std::ops::Range<usize>, usize)>> {
    let starts: Vec<usize> = starts.iter().map(|&start| usize::try_from(start).ok()).collect::<Option<_>>()?;
    if starts.first() != Some(&0) || starts.last() != Some(&tokens) || starts.len() != attended.len() + 1 {
        return None;
    }
    let pairs = starts.windows(2).zip(attended);
    pairs
        .map(|(range, &attended)| {
            let length = range[1].checked_sub(range[0])?;
            let attended = usize::try_from(attended).ok().filter(|attended| (1..=length).contains(attended))?;
            Some((range[0]..range[1], attended))
        })
        .collect()
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
