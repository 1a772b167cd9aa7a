//! `RowwiseLinear`: an int8 layer that quantises every row by itself.

use std::sync::Arc;

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::{LINEAR, input, tensor, write, wrong};
use crate::encode::shared::Layers;
use crate::kernels::{self, Kernels, Linear, Quantized};

pub(super) struct RowwiseLinear(pub(super) Layers);

pub(super) struct LinearKernel {
    kernels: Kernels,
    layer: Arc<Linear>,
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
        let layer = layer(&self.0, context, 1)?;
        Ok(LinearKernel { kernels: kernels::best(), layer, quantized: Quantized::default() })
    }
}

/// The layer whose weights, scales and biases are inputs from `first` on.
pub(super) fn layer(layers: &Layers, context: &KernelContext<'_>, first: usize) -> ort::Result<Arc<Linear>> {
    layers.get((context.node_name()?, first), || lay_out(context, first))
}

fn lay_out(context: &KernelContext<'_>, first: usize) -> ort::Result<Linear> {
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
