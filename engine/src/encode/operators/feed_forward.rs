//! `RowwiseFeedForward`: two int8 layers with a Gaussian error linear unit between them.

use std::sync::Arc;

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::{FEED_FORWARD, input, linear::layer, tensor, write, wrong};
use crate::encode::shared::Layers;
use crate::kernels::{self, Kernels, Linear, Widened};

pub(super) struct RowwiseFeedForward(pub(super) Layers);

pub(super) struct FeedForwardKernel {
    kernels: Kernels,
    inner: Arc<Linear>,
    outer: Arc<Linear>,
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
        let (inner, outer) = (layer(&self.0, context, 1)?, layer(&self.0, context, 4)?);
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
