//! Linear layers of encoders: int8 weights with a scale per output, rows quantised by themselves, so that what becomes
//! of a row depends on that row alone.

use super::{IntBlock, Kernels, TILE};

/// Outputs that are computed together: their weights stay in the first-level cache while rows pass by.
const BLOCK: usize = 64;

/// A layer's weights as SIMD lanes.
#[derive(Debug, Clone)]
pub struct Linear {
    width: usize,
    outputs: usize,
    blocks: Vec<IntBlock>,
    // Padded to whole blocks of lanes.
    scales: Vec<f32>,
    bias: Vec<f32>,
}

/// Memory that a layer's rows are quantised into; kept between calls.
#[derive(Debug, Default)]
pub struct Quantized {
    levels: Vec<u8>,
    scales: Vec<f32>,
}

impl Linear {
    /// Lays out weights. `weights`: outputs x width, -127 to 127, width a multiple of 8; `scales`: what a weight of each
    /// output is worth; `bias`: of each output.
    pub fn new(weights: &[i8], width: usize, scales: &[f32], bias: &[f32]) -> Self {
        let outputs = scales.len();
        assert!(weights.len() == outputs * width && bias.len() == outputs, "a scale and a bias per output");
        let rows: Vec<&[i8]> = weights.chunks_exact(width).collect();
        let blocks: Vec<IntBlock> = rows.chunks(BLOCK).map(|rows| IntBlock::new(rows, width)).collect();
        let lanes = blocks.iter().map(IntBlock::lanes).sum();
        let padded = |values: &[f32]| values.iter().copied().chain(std::iter::repeat(0.0)).take(lanes).collect();
        Self { width, outputs, blocks, scales: padded(scales), bias: padded(bias) }
    }

    /// Values per row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Values per row of the result.
    pub fn outputs(&self) -> usize {
        self.outputs
    }
}

impl Kernels {
    /// `out = rows x weights + bias`, and the Gaussian error linear unit of it if asked for. `rows`: n x width;
    /// `out`: n x outputs. What is no number in a row makes that row's result meaningless, not others'.
    pub fn linear(&self, layer: &Linear, gelu: bool, rows: &[f32], quantized: &mut Quantized, out: &mut [f32]) {
        let (width, outputs) = (layer.width, layer.outputs);
        let count = rows.len() / width;
        assert!(rows.len() == count * width && out.len() == count * outputs, "whole rows, and one result for each");
        let Quantized { levels, scales } = quantized;
        levels.resize(rows.len(), 0);
        scales.clear();
        let pairs = rows.chunks_exact(width).zip(levels.chunks_exact_mut(width));
        scales.extend(pairs.map(|(row, levels)| (self.quantize)(row, levels)));
        let mut dots = [0; TILE * BLOCK];
        for (number, block) in layer.blocks.iter().enumerate() {
            let (first, lanes) = (number * BLOCK, block.lanes());
            let last = outputs.min(first + BLOCK);
            for (tile, levels) in levels.chunks(TILE * width).enumerate() {
                let dots = &mut dots[..levels.len() / width * lanes];
                (self.dots_i8)(block, levels, dots);
                for (row, dots) in (tile * TILE..).zip(dots.chunks_exact(lanes)) {
                    let out = &mut out[row * outputs..][first..last];
                    (self.scale)(dots, scales[row], &layer.scales[first..], &layer.bias[first..], out);
                    if gelu {
                        (self.gelu)(out);
                    }
                }
            }
        }
    }
}
