//! Linear layers of encoders: int8 weights with a scale per output, rows quantised by themselves, so that what becomes
//! of a row depends on that row alone.

use super::{IntBlock, Kernels, TILE};

/// A layer's weights as SIMD lanes.
#[derive(Debug, Clone)]
pub struct Linear {
    pub(super) block: IntBlock,
    /// Of each lane; zero beyond the outputs.
    pub(super) scales: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

/// Rows as levels, each with what a level is worth; kept between calls.
#[derive(Debug, Default)]
pub struct Quantized {
    pub(super) levels: Vec<u8>,
    pub(super) scales: Vec<f32>,
}

impl Linear {
    /// Lays out weights. `weights`: outputs x width, -127 to 127, width a multiple of 8; `scales`: what a weight of each
    /// output is worth; `bias`: of each output.
    pub fn new(weights: &[i8], width: usize, scales: &[f32], bias: &[f32]) -> Self {
        let outputs = scales.len();
        assert!(weights.len() == outputs * width && bias.len() == outputs, "a scale and a bias per output");
        let rows: Vec<&[i8]> = weights.chunks_exact(width).collect();
        let block = IntBlock::new(&rows, width);
        let padded =
            |values: &[f32]| values.iter().copied().chain(std::iter::repeat(0.0)).take(block.lanes()).collect();
        Self { scales: padded(scales), bias: padded(bias), block }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.block.width()
    }

    /// Values per row of the result.
    pub fn outputs(&self) -> usize {
        self.block.rows()
    }
}

impl Kernels {
    /// `out = rows x weights + bias`. `rows`: n x width; `out`: n x outputs. What is no number in a row makes that row's
    /// result meaningless, not others'.
    pub fn linear(&self, layer: &Linear, rows: &[f32], quantized: &mut Quantized, out: &mut [f32]) {
        let width = layer.width();
        let count = rows.len() / width;
        assert!(rows.len() == count * width && out.len() == count * layer.outputs(), "whole rows, a result for each");
        quantized.levels.resize(rows.len(), 0);
        quantized.scales.clear();
        let pairs = rows.chunks_exact(width).zip(quantized.levels.chunks_exact_mut(width));
        quantized.scales.extend(pairs.map(|(row, levels)| (self.quantize)(row, levels)));
        (self.linear)(self, layer, quantized, out);
    }
}

/// Rows that go through both layers of a feed-forward together: what lies between stays in the second-level cache.
const CHUNK: usize = 60;

/// Memory of a feed-forward; kept between calls.
#[derive(Debug, Default)]
pub struct Widened {
    quantized: Quantized,
    wide: Vec<f32>,
    gated: Vec<f32>,
}

impl Kernels {
    /// `out = outer(gelu(inner(rows)))`; if inner gives twice as many values as outer takes, the second half of them is a
    /// gate: `outer(gelu(first half) * second half)`. `rows`: n x inner's width; `out`: n x outer's outputs.
    pub fn feed_forward(&self, inner: &Linear, outer: &Linear, rows: &[f32], memory: &mut Widened, out: &mut [f32]) {
        let gates = inner.outputs() / outer.width();
        assert!(inner.outputs() == gates * outer.width() && (1..=2).contains(&gates), "one layer takes what one gives");
        let chunks = rows.chunks(CHUNK * inner.width()).zip(out.chunks_mut(CHUNK * outer.outputs()));
        let Widened { quantized, wide, gated } = memory;
        for (rows, out) in chunks {
            let count = rows.len() / inner.width();
            wide.resize(count * inner.outputs(), 0.0);
            self.linear(inner, rows, quantized, wide);
            if gates == 1 {
                (self.gelu)(wide);
                self.linear(outer, wide, quantized, out);
                continue;
            }
            gated.resize(count * outer.width(), 0.0);
            let pairs = gated.chunks_exact_mut(outer.width()).zip(wide.chunks_exact_mut(inner.outputs()));
            for (gated, wide) in pairs {
                let (open, gate) = wide.split_at_mut(outer.width());
                (self.gelu)(open);
                for ((gated, open), gate) in gated.iter_mut().zip(open).zip(gate) {
                    *gated = *open * *gate;
                }
            }
            self.linear(outer, gated, quantized, out);
        }
    }
}

/// For instruction sets without a kernel of their own.
pub(super) fn linear(kernels: &Kernels, layer: &Linear, rows: &Quantized, out: &mut [f32]) {
    let (width, lanes) = (layer.width(), layer.block.lanes());
    let mut dots = vec![0; TILE * lanes];
    let mut wide = vec![0.0; lanes];
    let outs = out.chunks_mut(TILE * layer.outputs());
    for ((levels, scales), out) in rows.levels.chunks(TILE * width).zip(rows.scales.chunks(TILE)).zip(outs) {
        let dots = &mut dots[..scales.len() * lanes];
        (kernels.dots_i8)(&layer.block, levels, dots);
        for ((dots, &scale), out) in dots.chunks_exact(lanes).zip(scales).zip(out.chunks_exact_mut(layer.outputs())) {
            (kernels.scale)(dots, scale, &layer.scales, &layer.bias, &mut wide);
            out.copy_from_slice(&wide[..out.len()]);
        }
    }
}
