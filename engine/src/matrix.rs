//! Token vectors of one query or passage: rows x width of f32.

use crate::{Error, Result};

/// How far a token vector's length may be from 1: more than what rounding to f16 does.
const LENGTH_TOLERANCE: f64 = 0.01;

/// Row-major matrix of token vectors; every value is finite.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenMatrix {
    width: usize,
    values: Vec<f32>,
}

impl TokenMatrix {
    /// Takes row-major values. Refuses NaN and infinities, and lengths that are no multiple of `width`.
    pub fn new(width: usize, values: Vec<f32>) -> Result<Self> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(Error::invalid(
                "vectors",
                format!("{} values do not fill rows of width {width}", values.len()),
            ));
        }
        if let Some(at) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::invalid("vectors", format!("row {} holds {}", at / width, values[at])));
        }
        Ok(Self { width, values })
    }

    /// These vectors, if each is L2-normalised. What an encoder makes is; what a file or a request brings may not be.
    pub fn normalised(self) -> Result<Self> {
        self.check_normalised().map(|()| self)
    }

    /// Fails unless each of these vectors is L2-normalised.
    pub(crate) fn check_normalised(&self) -> Result<()> {
        let length = |row: &[f32]| row.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
        let lengths = self.iter_rows().map(length).enumerate();
        match lengths.into_iter().find(|(_, length)| (length - 1.0).abs() > LENGTH_TOLERANCE) {
            None => Ok(()),
            Some((row, length)) => {
                let reason = format!("row {row} has length {length:.3}, expected 1: token vectors are L2-normalised");
                Err(Error::invalid("vectors", reason))
            }
        }
    }

    /// Number of token vectors.
    pub fn rows(&self) -> usize {
        self.values.len() / self.width
    }

    /// Values per token vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One token vector.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.width..][..self.width]
    }

    /// Mean over these token vectors of the best dot product with one of others; 0 of none.
    pub(crate) fn similarity(&self, other: &Self) -> f64 {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let best = |row: &[f32]| other.iter_rows().map(|other| dot(row, other)).fold(0.0, f32::max);
        f64::from(self.iter_rows().map(best).sum::<f32>()) / self.rows().max(1) as f64
    }

    /// The direction of these vectors' mean, of length 1; none if there is none, because they are no vectors or cancel out.
    pub fn mean_direction(&self) -> Option<Vec<f32>> {
        let mut mean = vec![0.0_f64; self.width];
        for row in self.iter_rows() {
            mean.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let length = mean.iter().map(|value| value * value).sum::<f64>().sqrt();
        // Of vectors of length 1, rounding alone leaves less.
        let least = 1e-6 * self.rows() as f64;
        (length > least).then(|| mean.into_iter().map(|value| (value / length) as f32).collect())
    }

    /// Token vectors in order.
    pub fn iter_rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_another_length_are_named() {
        let matrix = |values: &[f32]| TokenMatrix::new(2, values.to_vec()).unwrap();
        assert!(matrix(&[0.6, 0.8, 0.0, -1.004]).normalised().is_ok());
        for (last, length) in [(0.0, "0.000"), (0.5, "0.500"), (1.02, "1.020"), (1e30, "1000000")] {
            let error = matrix(&[0.6, 0.8, 0.0, last]).normalised().unwrap_err().to_string();
            assert!(error.contains("row 1") && error.contains(length), "{error}");
        }
    }

    #[test]
    fn the_mean_direction_has_length_1_and_what_cancels_out_has_none() {
        let mean = |values: &[f32]| TokenMatrix::new(2, values.to_vec()).unwrap().mean_direction();
        assert_eq!(mean(&[1.0, 0.0, 0.0, 1.0]), Some(vec![0.5_f32.sqrt(), 0.5_f32.sqrt()]));
        assert_eq!(mean(&[0.6, 0.8]), Some(vec![0.6, 0.8]));
        assert_eq!((mean(&[]), mean(&[0.6, 0.8, -0.6, -0.8])), (None, None));
    }
}
