//! A query as score codes see it: rotated, int8 per token.

use super::Coder;
use crate::TokenMatrix;
use crate::kernels::{IntBlock, Kernels, PairBlock, Picked};

/// Quantises a row to -127..=127 of its largest magnitude; returns the unit of a step.
pub(crate) fn quantise(row: &[f32], out: &mut Vec<i8>) -> f32 {
    out.clear();
    let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let unit = if largest > 0.0 { largest / 127.0 } else { 1.0 };
    out.extend(row.iter().map(|v| (v / unit).round().clamp(-127.0, 127.0) as i8));
    unit
}

/// Quantises rows of one width; returns them and the unit of each.
fn quantised<'a>(rows: impl Iterator<Item = &'a [f32]>) -> (Vec<Vec<i8>>, Vec<f32>) {
    let quantised = |row: &'a [f32]| {
        let mut bytes = Vec::with_capacity(row.len());
        let unit = quantise(row, &mut bytes);
        (bytes, unit)
    };
    rows.map(quantised).unzip()
}

/// Rows laid out as lanes with the unit of each.
#[derive(Debug, Clone)]
pub(crate) struct IntRows {
    pub(crate) block: IntBlock,
    /// Real value of one integer step, per row.
    pub(crate) units: Vec<f32>,
}

impl IntRows {
    /// Quantises rows of one width, a multiple of 8.
    pub(crate) fn new<'a>(rows: impl Iterator<Item = &'a [f32]>, width: usize) -> Self {
        let (bytes, units) = quantised(rows);
        let views: Vec<&[i8]> = bytes.iter().map(Vec::as_slice).collect();
        Self { block: IntBlock::new(&views, width), units }
    }
}

/// A query ready to score codes, with buffers of its own; one per search and thread.
#[derive(Debug)]
pub struct CodedQuery<'a> {
    coder: &'a Coder,
    kernels: Kernels,
    block: IntBlock,
    pairs: PairBlock,
    units: Vec<f32>,
    rotated: TokenMatrix,
    levels: Vec<u8>,
    best: Vec<f32>,
}

impl<'a> CodedQuery<'a> {
    /// Rotates and quantises a query of the coder's width.
    pub fn new(coder: &'a Coder, kernels: Kernels, query: &TokenMatrix) -> crate::Result<Self> {
        if query.width() != coder.width() {
            return Err(crate::Error::Width { expected: coder.width(), found: query.width() });
        }
        if query.rows() == 0 {
            return Err(crate::Error::invalid("vectors", "a query has at least one token vector"));
        }
        let mut values = query.values().to_vec();
        values.chunks_exact_mut(coder.width()).for_each(|row| coder.rotate(row));
        Ok(Self::of_rotated(coder, kernels, TokenMatrix::new(coder.width(), values)?))
    }

    /// Quantises a query that is in the rotated space already, as decoded codes are.
    pub(crate) fn of_rotated(coder: &'a Coder, kernels: Kernels, rotated: TokenMatrix) -> Self {
        let (bytes, units) = quantised(rotated.iter_rows());
        let views: Vec<&[i8]> = bytes.iter().map(Vec::as_slice).collect();
        let (block, pairs) = (IntBlock::new(&views, coder.width()), PairBlock::new(&views, coder.width()));
        let best = vec![0.0; block.lanes().max(pairs.lanes())];
        Self { coder, kernels, block, pairs, units, rotated, levels: Vec::new(), best }
    }

    /// The query in the rotated space.
    pub fn rotated(&self) -> &TokenMatrix {
        &self.rotated
    }

    /// MaxSim of the query against a passage's codes and f16 scales (as bits); both come from one segment.
    pub fn score(&mut self, codes: &[u8], scales: &[u16]) -> f32 {
        let best = &mut self.best[..self.block.lanes()];
        best.fill(f32::NEG_INFINITY);
        self.kernels.row_max_codes(&self.block, &self.coder.view(codes, scales), best);
        best.iter().zip(&self.units).map(|(best, unit)| best * unit).sum()
    }

    /// As `score`, from some pairs of tokens only; a query token of which none is picked scores nothing.
    pub fn score_picked(&mut self, codes: &[u8], scales: &[u16], picked: &[Picked]) -> f32 {
        let best = &mut self.best[..self.pairs.lanes()];
        best.fill(f32::NEG_INFINITY);
        self.kernels.row_max_picked(&self.pairs, &self.coder.view(codes, scales), picked, best);
        let scores = best.iter().zip(&self.units).filter(|(best, _)| best.is_finite());
        scores.map(|(best, unit)| best * unit).sum()
    }

    /// For each query token the passage token with the largest dot product, and that product.
    pub fn matches(&mut self, codes: &[u8], scales: &[u16]) -> Vec<(usize, f32)> {
        self.coder.unpack(self.kernels, &self.coder.view(codes, scales), &mut self.levels);
        let lanes = self.block.lanes();
        let mut found = vec![(0, f32::NEG_INFINITY); self.units.len()];
        let mut dots = vec![0; lanes];
        for (token, (row, &scale)) in self.levels.chunks_exact(self.coder.width()).zip(scales).enumerate() {
            let scale = half::f16::from_bits(scale).to_f32();
            self.kernels.dots_i8(&self.block, row, &mut dots);
            for ((found, &dot), unit) in found.iter_mut().zip(&dots).zip(&self.units) {
                let score = dot as f32 * scale * unit;
                if score > found.1 {
                    *found = (token, score);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernels, seed::Random};

    #[test]
    fn every_kernel_gives_the_same_score_and_it_is_the_documented_formula() {
        let mut random = Random::new(11);
        for bits in [1, 2, 3, 4, 8] {
            let coder = Coder::new(48, bits, 5).unwrap();
            let query = TokenMatrix::new(48, (0..48 * 5).map(|_| random.gaussian()).collect()).unwrap();
            let (mut codes, mut scales) = (Vec::new(), Vec::new());
            for _ in 0..21 {
                let vector: Vec<f32> = (0..48).map(|_| random.gaussian()).collect();
                scales.push(coder.encode(&vector, &mut codes).unwrap().to_bits());
            }
            let scores: Vec<f32> = kernels::available()
                .into_iter()
                .map(|k| CodedQuery::new(&coder, k, &query).unwrap().score(&codes, &scales))
                .collect();
            assert!(scores.iter().all(|s| s.to_bits() == scores[0].to_bits()), "{bits} bits: {scores:?}");

            let mut coded = CodedQuery::new(&coder, kernels::best(), &query).unwrap();
            let by_hand: f64 = formula(&coder, coded.rotated(), &codes, &scales);
            assert!((f64::from(scores[0]) - by_hand).abs() < 1e-4 * by_hand.abs(), "{} {by_hand}", scores[0]);
            let matched: f32 = coded.matches(&codes, &scales).iter().map(|m| m.1).sum();
            assert!((matched - scores[0]).abs() < 1e-4 * matched.abs());
        }
    }

    fn formula(coder: &Coder, rotated: &TokenMatrix, codes: &[u8], scales: &[u16]) -> f64 {
        let mut rows = Vec::new();
        coder.unpack(kernels::best(), &coder.view(codes, scales), &mut rows);
        rotated
            .iter_rows()
            .map(|q| {
                let m = f64::from(q.iter().fold(0.0f32, |m, v| m.max(v.abs())));
                rows.chunks_exact(coder.width())
                    .zip(scales)
                    .map(|(row, &s)| {
                        let sum: f64 = row
                            .iter()
                            .zip(q)
                            .map(|(&c, &q)| (f64::from(c) - 128.0) * (127.0 * f64::from(q) / m).round())
                            .sum();
                        sum * half::f16::from_bits(s).to_f64() * m / 127.0
                    })
                    .fold(f64::NEG_INFINITY, f64::max)
            })
            .sum()
    }
}
