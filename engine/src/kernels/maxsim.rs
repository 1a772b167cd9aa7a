//! Row maxima over a run of token vectors: the inner part of MaxSim (ColBERT, Khattab & Zaharia 2020, section 3.2).

use super::{FloatBlock, IntBlock, Kernels, TILE};

/// Largest score of each lane so far, with room for one tile's dot products; one per search and thread.
#[derive(Debug)]
pub struct RowMax<T> {
    best: Vec<f32>,
    dots: Vec<T>,
}

impl<T: Clone + Default> RowMax<T> {
    /// For blocks of a number of lanes.
    pub fn new(lanes: usize) -> Self {
        Self { best: vec![f32::NEG_INFINITY; lanes], dots: vec![T::default(); TILE * lanes] }
    }

    /// Forgets the maxima.
    pub fn reset(&mut self) {
        self.best.fill(f32::NEG_INFINITY);
    }

    /// Maximum of each lane.
    pub fn best(&self) -> &[f32] {
        &self.best
    }
}

/// Raises each lane's maximum to the largest `scales[row] * dot(lane, rows[row])`.
/// `rows`: n x width biased levels; `scales`: n.
pub fn row_max_i8(kernels: Kernels, block: &IntBlock, rows: &[u8], scales: &[f32], max: &mut RowMax<i32>) {
    let (width, lanes) = (block.width(), block.lanes());
    for (rows, scales) in rows.chunks(TILE * width).zip(scales.chunks(TILE)) {
        let dots = &mut max.dots[..scales.len() * lanes];
        kernels.dots_i8(block, rows, dots);
        for (dots, &scale) in dots.chunks_exact(lanes).zip(scales) {
            for (best, &dot) in max.best.iter_mut().zip(dots) {
                // i32 to f32 rounds to nearest on every instruction set, so all kernels give the same bits.
                let score = dot as f32 * scale;
                *best = if score > *best { score } else { *best };
            }
        }
    }
}

/// Raises each lane's maximum to the largest `dot(lane, rows[row])`. `rows`: n x width; `best`: lanes.
pub fn row_max_f32(kernels: Kernels, block: &FloatBlock, rows: &[f32], max: &mut RowMax<f32>) {
    let (width, lanes) = (block.width(), block.lanes());
    for rows in rows.chunks(TILE * width) {
        let dots = &mut max.dots[..rows.len() / width * lanes];
        kernels.dots_f32(block, rows, dots);
        for dots in dots.chunks_exact(lanes) {
            for (best, &dot) in max.best.iter_mut().zip(dots) {
                *best = if dot > *best { dot } else { *best };
            }
        }
    }
}
