//! Token vectors of one query or passage: rows x width of f32.

use crate::{Error, Result};

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

    /// Token vectors in order.
    pub fn iter_rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.width)
    }
}
