//! Nearest lane of each row by direction, for instruction sets without a kernel of its own.

use super::{IntBlock, Kernels, LANES, Nearest, TILE};

pub(super) fn nearest(kernels: &Kernels, block: &IntBlock, inverse: &[f32], rows: &[u8], nearest: &mut [Nearest]) {
    let (width, lanes) = (block.width(), block.lanes());
    let mut dots = vec![0; TILE * lanes];
    for (rows, nearest) in rows.chunks(TILE * width).zip(nearest.chunks_mut(TILE)) {
        let dots = &mut dots[..nearest.len() * lanes];
        kernels.dots_i8(block, rows, dots);
        for (dots, nearest) in dots.chunks_exact(lanes).zip(nearest) {
            let best = largest(dots, inverse);
            let lane = (0..).zip(dots).zip(inverse).find(|((_, dot), inverse)| **dot as f32 * **inverse == best);
            *nearest = lane.map_or(*nearest, |((lane, _), _)| Nearest { cosine: best, lane });
        }
    }
}

/// Largest `dots * inverse`. Sixteen running maxima, because one alone would be a chain that no compiler may reorder.
fn largest(dots: &[i32], inverse: &[f32]) -> f32 {
    let mut maxima = [f32::NEG_INFINITY; LANES];
    for (dots, inverse) in dots.chunks(LANES).zip(inverse.chunks(LANES)) {
        for ((max, &dot), inverse) in maxima.iter_mut().zip(dots).zip(inverse) {
            let score = dot as f32 * inverse;
            *max = if score > *max { score } else { *max };
        }
    }
    maxima.into_iter().fold(f32::NEG_INFINITY, f32::max)
}
