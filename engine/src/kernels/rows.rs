//! What encoders do to rows of values, in plain code that each instruction set compiles for itself: the same operations
//! in the same order everywhere, so the same bits.

use super::LANES;

/// A layer normalisation.
#[derive(Debug, Clone)]
pub struct Norm {
    /// Factor of each value.
    pub gain: Vec<f32>,
    /// What is added to each value.
    pub bias: Vec<f32>,
    /// What is added to the variance.
    pub epsilon: f32,
}

/// 1.5 x 2^23: added to a small number, it leaves the nearest integer in the low bits.
const ROUNDER: f32 = 12_582_912.0;

/// Quantises a row to biased levels (level + 128, 1 to 255) and returns what a level is worth.
#[inline(always)]
pub(super) fn quantize(row: &[f32], levels: &mut [u8]) -> f32 {
    let most = fold(row, 0.0, |most, value| larger(most, value.abs()), larger);
    let inverse = if most > 0.0 { 127.0 / most } else { 0.0 };
    for (level, value) in levels.iter_mut().zip(row) {
        // The low byte is the integer's, in two's complement; flipping its sign adds 128.
        *level = (value * inverse + ROUNDER).to_bits().to_le_bytes()[0] ^ 0x80;
    }
    most / 127.0
}

/// `values = sums * scale * scales + bias`.
#[inline(always)]
pub(super) fn scale(sums: &[i32], scale: f32, scales: &[f32], bias: &[f32], values: &mut [f32]) {
    for (((value, &sum), &lane), &bias) in values.iter_mut().zip(sums).zip(scales).zip(bias) {
        *value = (sum as f32).mul_add(scale * lane, bias);
    }
}

/// x times the share of a normal distribution that is below x, to 5e-5 (or as much of x where it is larger
/// than 4): finer than what it is quantised to afterwards.
#[inline(always)]
pub(super) fn gelu(values: &mut [f32]) {
    for value in values {
        let x = larger(-GELU_END, smaller(GELU_END, *value));
        let square = x * x;
        let series = GELU.iter().rev().fold(0.0_f32, |series, &term| series.mul_add(square, term));
        *value *= series.mul_add(x, 0.5);
    }
}

/// Beyond this a normal distribution is over, to 1e-5.
const GELU_END: f32 = 4.25;
/// The share below x less a half is this series in x squared, times x (least largest error of x times it, by
/// reweighted least squares over 8,001 points).
const GELU: [f32; 9] = [
    0.398_819_2,
    -0.066_190_26,
    0.009_718_761,
    -0.001_079_072_1,
    8.848_809_4e-5,
    -5.147_404e-6,
    1.986_092_6e-7,
    -4.515_088_7e-9,
    4.546_784_8e-11,
];

/// `sums = a + b`, and `out` their distances from the mean in standard deviations, times gain, plus bias.
#[inline(always)]
pub(super) fn add_norm(a: &[f32], b: &[f32], norm: &Norm, sums: &mut [f32], out: &mut [f32]) {
    for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
        *sum = a + b;
    }
    let count = sums.len() as f32;
    let mean = fold(sums, 0.0, add, add) / count;
    let spread = fold(sums, 0.0, |total, value| (value - mean).mul_add(value - mean, total), add);
    let factor = 1.0 / (spread / count + norm.epsilon).sqrt();
    for (((out, sum), gain), bias) in out.iter_mut().zip(&*sums).zip(&norm.gain).zip(&norm.bias) {
        *out = ((sum - mean) * factor).mul_add(*gain, *bias);
    }
}

/// Makes scores of a row into weights, `exp(score - largest)`, and returns one over their sum.
#[inline(always)]
pub(super) fn softmax(scores: &mut [f32]) -> f32 {
    let most = fold(scores, f32::MIN, larger, larger);
    for score in &mut *scores {
        *score = exp(*score - most);
    }
    1.0 / fold(scores, 0.0, add, add)
}

/// Values that are folded side by side: two registers of the widest kind, so that one need not wait for itself.
const FOLDED: usize = 2 * LANES;

/// Folds values in an order that is the same for every instruction set.
#[inline(always)]
fn fold(values: &[f32], start: f32, step: impl Fn(f32, f32) -> f32, join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = [start; FOLDED];
    let (runs, rest) = values.as_chunks::<FOLDED>();
    for run in runs {
        for (lane, &value) in lanes.iter_mut().zip(run) {
            *lane = step(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, value);
    }
    lanes.into_iter().fold(start, join)
}

#[inline(always)]
fn add(a: f32, b: f32) -> f32 {
    a + b
}

/// The larger of two numbers as a processor's instruction has it: the first if either is no number.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// e to a power of at most 0, to two units in the last place; below -87 it is as good as nothing.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = larger(-87.0, x);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUNDER);
    let power = shifted - ROUNDER;
    // ln 2 in two parts: the first is exact in few bits, so that what is taken away is exact too.
    let rest = power.mul_add(-0.693_359_4, x);
    let rest = power.mul_add(2.121_944_4e-4, rest);
    let series = 1.388_731_6e-3_f32
        .mul_add(rest, 8.333_452e-3)
        .mul_add(rest, 4.166_579_6e-2)
        .mul_add(rest, 1.666_666_5e-1)
        .mul_add(rest, 0.5);
    let near = (series * rest).mul_add(rest, rest) + 1.0;
    // Adding to the exponent's bits multiplies by a power of two.
    f32::from_bits(near.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_is_right_to_5e_minus_5() {
        // x, and x times the normal distribution function there.
        let known = [
            (-6.0, -5.919e-9),
            (-4.0, -1.266_85e-4),
            (-2.0, -0.045_500_26),
            (-0.5, -0.154_268_77),
            (0.0, 0.0),
            (0.1, 0.053_982_784),
            (1.0, 0.841_344_8),
            (3.0, 2.995_950_3),
            (50.0, 50.0),
        ];
        for (x, want) in known {
            let mut value = [x];
            gelu(&mut value);
            assert!((value[0] - want).abs() <= 2e-5 * x.abs().max(3.0), "{x}: {} {want}", value[0]);
        }
    }

    #[test]
    fn powers_of_e_are_right_to_two_units() {
        for step in 0..=870_000 {
            let x = -step as f32 / 10_000.0;
            let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((got - want).abs() <= want * 2.4e-7, "{x}: {got} {want}");
        }
    }
}
