//! `PackedAttention`: attention within each of several sequences.

use ort::operator::{ComputeContext, Kernel, KernelContext, Operator, OperatorInput, OperatorOutput};
use ort::value::TensorElementType;

use super::{ATTENTION, input, tensor, write, wrong};
use crate::kernels::{self, Attended, Heads, Kernels};

pub(super) struct PackedAttention;

pub(super) struct AttentionKernel {
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
