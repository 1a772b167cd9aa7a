//! Kernels of encoders: right to rounding, and the same bits from every instruction set.

use proptest::prelude::*;

use super::super::*;
use crate::seed::Random;

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn floats(random: &mut Random, count: usize) -> Vec<f32> {
    (0..count).map(|_| random.gaussian()).collect()
}

/// A layer with random weights, and these weights as numbers.
fn layer(random: &mut Random, width: usize, outputs: usize) -> (Linear, Vec<f64>, Vec<f32>) {
    let weights: Vec<i8> = (0..width * outputs).map(|_| (random.below(255) as i16 - 127) as i8).collect();
    let scales: Vec<f32> = (0..outputs).map(|_| 0.001 + random.below(100) as f32 / 1e4).collect();
    let bias = floats(random, outputs);
    let wide = weights.iter().enumerate().map(|(at, &w)| f64::from(w) * f64::from(scales[at / width])).collect();
    (Linear::new(&weights, width, &scales, &bias), wide, bias)
}

/// What a row is after quantising it to 127 steps of its largest value.
fn quantized(row: &[f32]) -> Vec<f64> {
    let most = row.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let step = f64::from(most) / 127.0;
    row.iter().map(|&value| if most == 0.0 { 0.0 } else { (f64::from(value) / step).round() * step }).collect()
}

/// Attention in f64.
fn attended(heads: &Heads, rows: &[f32], keys: usize) -> Vec<f64> {
    let (row, hidden) = (heads.row(), heads.count * heads.width);
    let tokens = rows.len() / row;
    let part = |kind: usize, token: usize, head: usize| -> Vec<f64> {
        let values = &rows[token * row + kind * hidden + head * heads.width..][..heads.width];
        let values: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        let (Some(base), true) = (heads.rotary, kind < 2) else { return values };
        let half = heads.width / 2;
        let turned = |at: usize| {
            let angle = token as f64 * f64::from(base).powf(-((at % half) as f64) / half as f64);
            let other = if at < half { -values[at + half] } else { values[at - half] };
            values[at] * angle.cos() + other * angle.sin()
        };
        (0..heads.width).map(turned).collect()
    };
    let mut out = vec![0.0; tokens * hidden];
    for token in 0..tokens {
        for head in 0..heads.count {
            let near = |key: &usize| heads.reach.is_none_or(|reach| key.abs_diff(token) <= reach);
            let seen: Vec<usize> = (0..keys).filter(near).collect();
            let query = part(0, token, head);
            let dot = |key: Vec<f64>| query.iter().zip(key).map(|(a, b)| a * b).sum::<f64>();
            let scores: Vec<f64> =
                seen.iter().map(|&key| dot(part(1, key, head)) / (heads.width as f64).sqrt()).collect();
            let most = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
            for (&key, score) in seen.iter().zip(&scores) {
                for (at, value) in part(2, key, head).into_iter().enumerate() {
                    out[token * hidden + head * heads.width + at] += (score - most).exp() / sum * value;
                }
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn linear_layers_are_right_and_the_same_everywhere(
        eights in 1usize..=40, outputs in 1usize..=100, rows in 0usize..=40, seed in any::<u64>()
    ) {
        let mut random = Random::new(seed);
        let width = eights * 8;
        let (layer, weights, bias) = layer(&mut random, width, outputs);
        let mut input = floats(&mut random, rows * width);
        // A row of nothing, as a damaged or masked one may be.
        input.iter_mut().take(width).for_each(|value| *value = 0.0);
        let mut all = available().into_iter().map(|kernels| {
            let mut out = vec![0.0; rows * outputs];
            kernels.linear(&layer, &input, &mut Quantized::default(), &mut out);
            out
        });
        let first = all.next().unwrap();
        for (row, out) in input.chunks_exact(width).zip(first.chunks_exact(outputs)) {
            let row = quantized(row);
            let size: f64 = row.iter().map(|value| value.abs()).sum::<f64>() + 10.0;
            for (lane, &found) in out.iter().enumerate() {
                let weights = &weights[lane * width..][..width];
                let want = row.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>() + f64::from(bias[lane]);
                // A value halfway between two steps may be rounded either way.
                prop_assert!((f64::from(found) - want).abs() <= size * 1e-3, "{found} {want}");
            }
        }
        for other in all {
            prop_assert_eq!(bits(&first), bits(&other));
        }
    }

    #[test]
    fn a_feed_forward_is_its_layers_one_after_the_other(
        inner in 1usize..=6, gates in 1usize..=2, rows in 0usize..=150, seed in any::<u64>()
    ) {
        let mut random = Random::new(seed);
        let (width, inner) = (16, inner * 8);
        let (first, ..) = layer(&mut random, width, inner * gates);
        let (second, ..) = layer(&mut random, inner, 24);
        let input = floats(&mut random, rows * width);
        for kernels in available() {
            let mut wide = vec![0.0; rows * inner * gates];
            kernels.linear(&first, &input, &mut Quantized::default(), &mut wide);
            let opened: Vec<f32> = wide.chunks_exact(inner * gates).flat_map(|row| {
                let mut open = row[..inner].to_vec();
                (kernels.gelu)(&mut open);
                open.iter().enumerate().map(|(at, open)| if gates == 2 { open * row[inner + at] } else { *open }).collect::<Vec<_>>()
            }).collect();
            let (mut want, mut found) = (vec![0.0; rows * 24], vec![0.0; rows * 24]);
            kernels.linear(&second, &opened, &mut Quantized::default(), &mut want);
            kernels.feed_forward(&first, &second, &input, &mut Widened::default(), &mut found);
            prop_assert_eq!(bits(&want), bits(&found), "{}", kernels.name());
        }
    }

    #[test]
    fn attention_is_right_and_the_same_everywhere(
        tokens in 1usize..=70, share in 0.0..=1.0, count in 1usize..=3, width in prop::sample::select(vec![8usize, 12, 16, 32]),
        reach in prop::option::of(1usize..=20), rotary in prop::option::of(Just(10_000.0_f32)), seed in any::<u64>()
    ) {
        let heads = Heads { count, width, reach, rotary };
        let keys = ((tokens as f64 * share) as usize).max(1);
        let rows = floats(&mut Random::new(seed), tokens * heads.row());
        let want = attended(&heads, &rows, keys);
        let mut all = available().into_iter().map(|kernels| {
            let mut out = vec![f32::NAN; tokens * count * width];
            kernels.attention(&heads, &rows, keys, &mut Attended::default(), &mut out);
            out
        });
        let first = all.next().unwrap();
        for (found, want) in first.iter().zip(&want) {
            prop_assert!((f64::from(*found) - want).abs() < 2e-5, "{found} {want}");
        }
        for other in all {
            prop_assert_eq!(bits(&first), bits(&other));
        }
    }

    #[test]
    fn normalised_rows_have_mean_and_spread_of_gain_and_bias(
        eights in 1usize..=60, rows in 0usize..=5, seed in any::<u64>()
    ) {
        let mut random = Random::new(seed);
        let width = eights * 8;
        let (a, b) = (floats(&mut random, rows * width), floats(&mut random, rows * width));
        let norm = Norm { gain: floats(&mut random, width), bias: floats(&mut random, width), epsilon: 1e-5 };
        let mut all = available().into_iter().map(|kernels| {
            let (mut sums, mut out) = (vec![0.0; a.len()], vec![0.0; a.len()]);
            kernels.add_norm(&a, &b, &norm, &mut sums, &mut out);
            (sums, out)
        });
        let (sums, first) = all.next().unwrap();
        for (at, (sum, (a, b))) in sums.iter().zip(a.iter().zip(&b)).enumerate() {
            prop_assert_eq!(*sum, a + b, "{}", at);
        }
        for (sums, out) in sums.chunks_exact(width).zip(first.chunks_exact(width)) {
            let mean = sums.iter().map(|&v| f64::from(v)).sum::<f64>() / width as f64;
            let spread = sums.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / width as f64;
            for (at, found) in out.iter().enumerate() {
                let want = (f64::from(sums[at]) - mean) / (spread + 1e-5).sqrt();
                let want = want * f64::from(norm.gain[at]) + f64::from(norm.bias[at]);
                prop_assert!((f64::from(*found) - want).abs() < 1e-4, "{found} {want}");
            }
        }
        for (other_sums, other) in all {
            prop_assert_eq!((bits(&sums), bits(&first)), (bits(&other_sums), bits(&other)));
        }
    }
}
