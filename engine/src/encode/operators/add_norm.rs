//! `AddNorm`: rows of a sum, normalised.

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::{ADD_NORM, input, tensor, wrong};
use crate::kernels::{self, Kernels, Norm};

pub(super) struct AddNorm;

pub(super) struct NormKernel {
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
