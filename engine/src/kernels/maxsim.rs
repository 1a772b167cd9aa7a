//! Row maxima over a run of token vectors: the inner part of MaxSim (ColBERT, Khattab & Zaharia 2020, section 3.2).

use super::{FloatBlock, IntBlock, Kernels, TILE};

/// Dot products of one tile.
fn tile_buffer<T: Clone + Default>(lanes: usize) -> Vec<T> {
    vec![T::default(); TILE * lanes]
}

/// Raises `best[lane]` to the largest `scales[row] * dot(lane, rows[row])`.
/// `rows`: n x width biased levels; `scales`: n; `best`: lanes.
pub fn row_max_i8(kernels: Kernels, block: &IntBlock, rows: &[u8], scales: &[f32], best: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    let mut dots = tile_buffer::<i32>(lanes);
    for (rows, scales) in rows.chunks(TILE * width).zip(scales.chunks(TILE)) {
        let dots = &mut dots[..scales.len() * lanes];
        kernels.dots_i8(block, rows, dots);
        for (dots, &scale) in dots.chunks_exact(lanes).zip(scales) {
            for (best, &dot) in best.iter_mut().zip(dots) {
                // i32 to f32 rounds to nearest on every instruction set, so all kernels give the same bits.
                let score = dot as f32 * scale;
                *best = if score > *best { score } else { *best };
            }
        }
    }
}

/// Raises `best[lane]` to the largest `dot(lane, rows[row])`. `rows`: n x width; `best`: lanes.
pub fn row_max_f32(kernels: Kernels, block: &FloatBlock, rows: &[f32], best: &mut [f32]) {
    let (width, lanes) = (block.width(), block.lanes());
    let mut dots = tile_buffer::<f32>(lanes);
    for rows in rows.chunks(TILE * width) {
        let dots = &mut dots[..rows.len() / width * lanes];
        kernels.dots_f32(block, rows, dots);
        for dots in dots.chunks_exact(lanes) {
            for (best, &dot) in best.iter_mut().zip(dots) {
                *best = if dot > *best { dot } else { *best };
            }
        }
    }
}
