//! Points in the centroid space as integers: a quarter of the memory of f32, and what the kernels take.

use crate::codes::quantise;

/// Rows of one width.
#[derive(Debug, Default)]
pub(super) struct Points {
    width: usize,
    /// n x width, each value + 128.
    biased: Vec<u8>,
    /// Real value of one integer step, per row.
    units: Vec<f32>,
}

impl Points {
    /// Quantises rows.
    pub(super) fn new(rows: &[f32], width: usize) -> Self {
        let mut points = Self { width, biased: Vec::with_capacity(rows.len()), units: Vec::new() };
        let mut bytes = Vec::with_capacity(width);
        for row in rows.chunks_exact(width) {
            points.units.push(quantise(row, &mut bytes));
            points.biased.extend(bytes.iter().map(|&v| v.cast_unsigned() ^ 128));
        }
        points
    }

    /// Puts runs of points behind one another.
    pub(super) fn concat(runs: Vec<Self>, width: usize) -> Self {
        let mut all = Self { width, ..Self::default() };
        for run in runs {
            all.biased.extend(run.biased);
            all.units.extend(run.units);
        }
        all
    }

    /// Number of points.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// Values per point.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// All rows as the kernels take them.
    pub(super) fn biased(&self) -> &[u8] {
        &self.biased
    }

    /// Real values of one point.
    pub(super) fn values(&self, at: usize) -> impl Iterator<Item = f32> + '_ {
        let unit = self.units[at];
        self.biased[at * self.width..][..self.width].iter().map(move |&v| f32::from(i16::from(v) - 128) * unit)
    }
}
