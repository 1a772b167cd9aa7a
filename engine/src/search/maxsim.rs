//! MaxSim of one query with texts that are in no collection.

use crate::kernels::{self, FloatBlock, Kernels};
use crate::{Error, Result, TokenMatrix};

/// A query laid out to be compared with many passages, in full precision.
#[derive(Debug)]
pub struct MaxSim {
    query: FloatBlock,
    kernels: Kernels,
}

impl MaxSim {
    /// Lays out a query's token vectors.
    pub fn new(query: &TokenMatrix) -> Self {
        let rows: Vec<&[f32]> = query.iter_rows().collect();
        Self { query: FloatBlock::new(&rows, query.width()), kernels: kernels::best() }
    }

    /// Sum over the query's token vectors of the best dot product with one of a passage's; 0 of a passage without any.
    /// Vectors of another width are `Error::Width`.
    pub fn score(&self, passage: &TokenMatrix) -> Result<f32> {
        let (expected, found) = (self.query.width(), passage.width());
        if expected != found {
            return Err(Error::Width { expected, found });
        }
        if passage.rows() == 0 {
            return Ok(0.0);
        }
        let mut best = vec![f32::NEG_INFINITY; self.query.lanes()];
        self.kernels.row_max_f32(&self.query, passage.values(), &mut best);
        Ok(best[..self.query.rows()].iter().sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Random;

    fn vectors(random: &mut Random, rows: usize, width: usize) -> TokenMatrix {
        let mut values: Vec<f32> = (0..rows * width).map(|_| random.below(2001) as f32 / 1000.0 - 1.0001).collect();
        for row in values.chunks_exact_mut(width) {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= length);
        }
        TokenMatrix::new(width, values).unwrap()
    }

    #[test]
    fn a_score_is_the_sum_of_the_best_dot_products() {
        let mut random = Random::new(17);
        for (rows, others, width) in [(1, 1, 1), (3, 7, 5), (16, 40, 32), (33, 20, 384)] {
            let (query, passage) = (vectors(&mut random, rows, width), vectors(&mut random, others, width));
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let best = |row: &[f32]| passage.iter_rows().map(|other| dot(row, other)).fold(f64::MIN, f64::max);
            let want: f64 = query.iter_rows().map(best).sum();
            let found = MaxSim::new(&query).score(&passage).unwrap();
            assert!((f64::from(found) - want).abs() < 1e-4, "{found} for {want}");
        }
    }

    #[test]
    fn nothing_scores_0_and_another_width_is_refused() {
        let query = MaxSim::new(&TokenMatrix::new(2, vec![0.6, 0.8]).unwrap());
        assert_eq!(query.score(&TokenMatrix::new(2, Vec::new()).unwrap()).unwrap(), 0.0);
        let none = MaxSim::new(&TokenMatrix::new(2, Vec::new()).unwrap());
        assert_eq!(none.score(&TokenMatrix::new(2, vec![0.6, 0.8]).unwrap()).unwrap(), 0.0);
        let wider = TokenMatrix::new(3, vec![0.0, 0.6, 0.8]).unwrap();
        assert!(matches!(query.score(&wider), Err(Error::Width { expected: 2, found: 3 })));
    }
}
