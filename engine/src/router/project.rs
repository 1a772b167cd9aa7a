//! Projection of rotated token vectors onto the leading principal directions of a sample.

use nalgebra::{DMatrix, SymmetricEigen};

use crate::kernels::{FloatBlock, Kernels, TILE};

/// Orthonormal directions.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    values: Vec<f32>,
    block: FloatBlock,
}

impl Projection {
    /// Takes directions, row after row.
    pub(crate) fn new(values: Vec<f32>, source_width: usize) -> Self {
        let rows: Vec<&[f32]> = values.chunks_exact(source_width).collect();
        let block = FloatBlock::new(&rows, source_width);
        Self { values, block }
    }

    /// The `width` directions with the largest second moment (not centred: dot products are what has to survive).
    pub(crate) fn principal(sample: &[f32], source_width: usize, width: usize) -> Self {
        let rows: Vec<&[f32]> = sample.chunks_exact(source_width).collect();
        let eigen = SymmetricEigen::new(second_moment(&rows, source_width));
        let mut order: Vec<usize> = (0..source_width).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]).then(a.cmp(&b)));
        let directions = order.iter().take(width);
        let values =
            directions.flat_map(|&at| eigen.eigenvectors.column(at).iter().map(|&v| v as f32).collect::<Vec<_>>());
        Self::new(values.collect(), source_width)
    }

    /// Width of the vectors that are projected.
    pub(crate) fn source_width(&self) -> usize {
        self.block.width()
    }

    /// Number of directions.
    pub(crate) fn width(&self) -> usize {
        self.block.rows()
    }

    /// Directions, row after row.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// Projects rows; `narrow` becomes rows x width.
    pub(crate) fn project(&self, kernels: Kernels, rows: &[f32], narrow: &mut Vec<f32>) {
        let (lanes, width) = (self.block.lanes(), self.width());
        narrow.clear();
        let mut dots = vec![0.0; TILE * lanes];
        for rows in rows.chunks(TILE * self.source_width()) {
            let dots = &mut dots[..rows.len() / self.source_width() * lanes];
            kernels.dots_f32(&self.block, rows, dots);
            dots.chunks_exact(lanes).for_each(|row| narrow.extend_from_slice(&row[..width]));
        }
    }
}

/// Sum of outer products, in f32 over short runs and f64 over the runs.
fn second_moment(rows: &[&[f32]], width: usize) -> DMatrix<f64> {
    let mut total = vec![0.0f64; width * width];
    let mut run = vec![0.0f32; width * width];
    for rows in rows.chunks(64) {
        run.fill(0.0);
        for row in rows {
            for (out, &a) in run.chunks_exact_mut(width).zip(*row) {
                out.iter_mut().zip(*row).for_each(|(out, &b)| *out += a * b);
            }
        }
        total.iter_mut().zip(&run).for_each(|(total, &run)| *total += f64::from(run));
    }
    DMatrix::from_row_slice(width, width, &total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels, seed::Random};

    #[test]
    fn principal_directions_are_orthonormal_and_find_the_subspace() {
        let mut random = Random::new(4);
        let width = 32;
        let mut sample = Vec::new();
        for _ in 0..500 {
            // Energy in the first eight coordinates only, plus a little noise.
            sample.extend((0..width).map(|at| random.gaussian() * if at < 8 { 1.0 } else { 0.01 }));
        }
        let projection = Projection::principal(&sample, width, 8);
        for (i, a) in projection.values().chunks_exact(width).enumerate() {
            assert!(a[..8].iter().map(|v| v * v).sum::<f32>() > 0.99, "direction {i} lies in the subspace");
            for (j, b) in projection.values().chunks_exact(width).enumerate() {
                let dot = kernels::dot(a, b);
                assert!((dot - if i == j { 1.0 } else { 0.0 }).abs() < 1e-5, "{i} {j} {dot}");
            }
        }
    }
}
