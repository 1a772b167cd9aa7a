//! A seeded orthogonal rotation in n log n: three rounds of (shuffle, random signs, Hadamard in blocks).
//!
//! The Hadamard transform needs a power of two, and widths are multiples of 8, so each round transforms blocks of the
//! largest power of two that divides the width, and the shuffles carry values from block to block.

use crate::seed::Random;

const ROUNDS: usize = 3;

/// An orthogonal matrix given by a width and a seed.
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    width: usize,
    block: usize,
    rounds: Vec<Round>,
}

#[derive(Debug, Clone)]
struct Round {
    /// Where each value comes from.
    source: Vec<u16>,
    /// +1 or -1, times the transform's normalisation.
    factor: Vec<f32>,
}

impl Rotation {
    pub(super) fn new(width: usize, seed: u64) -> Self {
        let block = 1 << width.trailing_zeros();
        let mut random = Random::new(seed);
        let rounds = (0..ROUNDS).map(|_| Round::new(width, block, &mut random)).collect();
        Self { width, block, rounds }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Rotates in place; `shuffled` is a buffer.
    pub(super) fn apply(&self, vector: &mut [f32], shuffled: &mut Vec<f32>) {
        shuffled.resize(self.width, 0.0);
        for round in &self.rounds {
            for ((out, &source), &factor) in shuffled.iter_mut().zip(&round.source).zip(&round.factor) {
                *out = vector[usize::from(source)] * factor;
            }
            vector.copy_from_slice(shuffled);
            vector.chunks_exact_mut(self.block).for_each(hadamard);
        }
    }

    /// Rotates back in place; `shuffled` is a buffer. A transform with its normalisation is its own inverse.
    pub(super) fn undo(&self, vector: &mut [f32], shuffled: &mut Vec<f32>) {
        shuffled.resize(self.width, 0.0);
        for round in self.rounds.iter().rev() {
            vector.chunks_exact_mut(self.block).for_each(hadamard);
            for ((&value, &source), &factor) in vector.iter().zip(&round.source).zip(&round.factor) {
                shuffled[usize::from(source)] = value * factor;
            }
            vector.copy_from_slice(shuffled);
        }
    }
}

impl Round {
    fn new(width: usize, block: usize, random: &mut Random) -> Self {
        let mut source: Vec<u16> = (0..=u16::MAX).take(width).collect();
        random.shuffle(&mut source);
        let unit = (1.0 / (block as f64).sqrt()) as f32;
        let factor = (0..width).map(|_| if random.bits() >> 63 == 0 { unit } else { -unit }).collect();
        Self { source, factor }
    }
}

/// Walsh-Hadamard transform without normalisation; the length is a power of two, 8 at least.
fn hadamard(values: &mut [f32]) {
    for eight in values.as_chunks_mut::<8>().0 {
        // Three rounds in registers: as loops over pairs they would take most of the time.
        *eight = butterflies::<4>(butterflies::<2>(butterflies::<1>(*eight)));
    }
    let mut half = 8;
    while half < values.len() {
        for pair in values.chunks_exact_mut(2 * half) {
            let (left, right) = pair.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// Sums and differences of values that lie `HALF` apart.
#[inline]
fn butterflies<const HALF: usize>(v: [f32; 8]) -> [f32; 8] {
    std::array::from_fn(|at| if at & HALF == 0 { v[at] + v[at + HALF] } else { v[at - HALF] - v[at] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_are_orthogonal_to_a_millionth() {
        for width in [8, 24, 96, 120, 128, 384, 768] {
            let rotation = Rotation::new(width, 42);
            let columns: Vec<Vec<f32>> = (0..width)
                .map(|at| {
                    let mut column = vec![0.0; width];
                    column[at] = 1.0;
                    rotation.apply(&mut column, &mut Vec::new());
                    column
                })
                .collect();
            for (i, a) in columns.iter().enumerate() {
                for (j, b) in columns.iter().enumerate() {
                    let dot: f64 = a.iter().zip(b).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
                    let want = if i == j { 1.0 } else { 0.0 };
                    assert!((dot - want).abs() < 1e-6, "width {width}: columns {i}, {j} give {dot}");
                }
            }
        }
    }

    #[test]
    fn what_is_rotated_back_is_what_it_was() {
        for width in [8, 24, 120, 384, 768] {
            let (rotation, mut random) = (Rotation::new(width, 9), Random::new(4));
            let vector: Vec<f32> = (0..width).map(|_| random.gaussian()).collect();
            let mut turned = vector.clone();
            rotation.apply(&mut turned, &mut Vec::new());
            rotation.undo(&mut turned, &mut Vec::new());
            let far = vector.iter().zip(&turned).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(far < 1e-5, "width {width}: {far}");
        }
    }

    #[test]
    fn a_single_value_spreads_over_the_whole_width() {
        let rotation = Rotation::new(384, 3);
        let mut vector = vec![0.0; 384];
        vector[17] = 1.0;
        rotation.apply(&mut vector, &mut Vec::new());
        let largest = vector.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!(largest < 0.35, "no coordinate keeps most of the energy: {largest}");
    }
}
