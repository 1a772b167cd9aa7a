//! Principal component analysis: the peer's narrower vectors, made from the same encoder's.

use nalgebra::{DMatrix, SymmetricEigen};
use ndarray::{Array1, Array2, Axis, aview1};

/// A projection to the axes of largest variance (centred) or largest energy (not centred).
#[derive(Debug)]
pub(crate) struct Projection {
    mean: Option<Array1<f32>>,
    axes: Array2<f32>,
}

impl Projection {
    /// Fits `to` axes to a sample of rows.
    pub(crate) fn fit(mut sample: Array2<f32>, to: usize, centred: bool) -> Self {
        let mean = centred.then(|| sample.mean_axis(Axis(0))).flatten();
        if let Some(mean) = &mean {
            sample -= mean;
        }
        let width = sample.ncols();
        let products = sample.t().dot(&sample);
        let eigen = SymmetricEigen::new(DMatrix::from_fn(width, width, |row, at| f64::from(products[[row, at]])));
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        let axes = Array2::from_shape_fn((width, to), |(at, axis)| eigen.eigenvectors[(at, order[axis])] as f32);
        Self { mean, axes }
    }

    /// Values per projected vector.
    pub(crate) fn width(&self) -> usize {
        self.axes.ncols()
    }

    /// Projects rows and gives each length 1 again.
    pub(crate) fn apply(&self, values: Vec<f32>) -> anyhow::Result<Array2<f32>> {
        let width = self.axes.nrows();
        let mut rows = Array2::from_shape_vec((values.len() / width, width), values)?;
        if let Some(mean) = &self.mean {
            rows -= mean;
        }
        let mut projected = rows.dot(&self.axes);
        for mut row in projected.rows_mut() {
            let length = row.dot(&row).sqrt();
            row.mapv_inplace(|value| value / length.max(f32::MIN_POSITIVE));
        }
        Ok(projected)
    }
}

/// Rows as one matrix.
pub(crate) fn matrix(values: &[f32], width: usize) -> anyhow::Result<Array2<f32>> {
    Ok(aview1(values).to_shape((values.len() / width, width))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_few_axes_keeps_its_dot_products() {
        let plane = |t: usize| {
            let (sine, cosine) = (t as f32).sin_cos();
            [cosine * 0.6, sine, 0.0, cosine * 0.8]
        };
        let sample: Vec<f32> = (0..50).flat_map(plane).collect();
        let projection = Projection::fit(matrix(&sample, 4).unwrap(), 2, false);
        let rows = projection.apply([plane(3), plane(8)].concat()).unwrap();
        let want: f32 = plane(3).iter().zip(plane(8)).map(|(a, b)| a * b).sum();
        assert!((rows.row(0).dot(&rows.row(1)) - want).abs() < 1e-5);
        assert_eq!(projection.width(), 2);
    }
}
