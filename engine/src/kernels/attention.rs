//! Attention of encoders over sequences that lie one behind the other, without padding.

use super::{FloatBlock, Kernels, TILE};

/// Shape of a layer's attention.
#[derive(Debug, Clone, PartialEq)]
pub struct Heads {
    /// Number of heads.
    pub count: usize,
    /// Values of a head, even where there is a rotation.
    pub width: usize,
    /// Tokens to either side that a token attends to; all if absent.
    pub reach: Option<usize>,
    /// Base of the rotary position embedding, if there is one.
    pub rotary: Option<f32>,
}

/// Memory of an attention; kept between calls.
#[derive(Debug, Default)]
pub struct Attended {
    queries: Vec<f32>,
    keys: Vec<f32>,
    shares: Vec<f32>,
    sums: Vec<f32>,
    turns: Turns,
}

/// Cosine and sine for every position and pair of values, for as many positions as were needed so far.
#[derive(Debug, Default)]
struct Turns {
    base: f32,
    pairs: usize,
    values: Vec<(f32, f32)>,
}

impl Heads {
    /// Values of a row of queries, keys and values together.
    pub fn row(&self) -> usize {
        3 * self.count * self.width
    }
}

impl Turns {
    /// Makes sure that there are those of so many positions.
    fn reach(&mut self, heads: &Heads, tokens: usize) {
        let Some(base) = heads.rotary else { return };
        let pairs = heads.width / 2;
        if (self.base.to_bits(), self.pairs) != (base.to_bits(), pairs) {
            *self = Self { base, pairs, values: Vec::new() };
        }
        for at in self.values.len()..tokens * pairs {
            let (position, pair) = ((at / pairs) as f64, (at % pairs) as f64);
            let angle = position * f64::from(base).powf(-pair / pairs as f64);
            self.values.push((angle.cos() as f32, angle.sin() as f32));
        }
    }
}

impl Kernels {
    /// Attention of one sequence: softmax(queries x keys / sqrt(width)) x values for each head. `rows`: tokens x (queries,
    /// keys, values of all heads); only the first `attended` tokens are attended to, at least one; `out`: tokens x heads.
    pub fn attention(&self, heads: &Heads, rows: &[f32], attended: usize, memory: &mut Attended, out: &mut [f32]) {
        let (row, hidden) = (heads.row(), heads.count * heads.width);
        let tokens = rows.len() / row;
        assert!(rows.len() == tokens * row && out.len() == tokens * hidden, "whole rows, and one result for each");
        assert!((1..=tokens.max(1)).contains(&attended), "the sequence has the tokens that are attended to");
        memory.turns.reach(heads, tokens);
        // With a reach, rows are taken in stretches as long as it, so that few keys are looked at in vain.
        let stretch = heads.reach.unwrap_or(tokens).max(TILE);
        for first in (0..tokens).step_by(stretch) {
            let last = tokens.min(first + stretch);
            let reach = heads.reach.unwrap_or(tokens);
            let keys = first.saturating_sub(reach).min(attended)..attended.min(last + reach);
            if keys.is_empty() {
                out[first * hidden..last * hidden].fill(0.0);
                continue;
            }
            for head in 0..heads.count {
                let part = Part { heads, rows, head, row };
                self.part(&part, first..last, keys.clone(), memory, out);
            }
        }
    }

    /// One head of some rows.
    fn part(
        &self,
        part: &Part<'_>,
        rows: std::ops::Range<usize>,
        keys: std::ops::Range<usize>,
        memory: &mut Attended,
        out: &mut [f32],
    ) {
        let (heads, width) = (part.heads, part.heads.width);
        let hidden = heads.count * width;
        let Attended { queries, keys: keyed, shares, sums, turns } = memory;
        part.turned(0, rows.clone(), &turns.values, (width as f32).sqrt().recip(), queries);
        let keyed: Vec<&[f32]> = match heads.rotary {
            None => keys.clone().map(|key| part.of(1, key)).collect(),
            Some(_) => {
                part.turned(1, keys.clone(), &turns.values, 1.0, keyed);
                keyed.chunks_exact(width).collect()
            }
        };
        let keyed = FloatBlock::new(&keyed, width);
        let lanes = keyed.lanes();
        let values = FloatBlock::of_columns(lanes, width, keys.clone().map(|key| part.of(2, key)));
        shares.resize(TILE * lanes, 0.0);
        sums.resize(TILE * values.lanes(), 0.0);
        let mut inverse = [0.0; TILE];
        for (tile, queries) in queries.chunks(TILE * width).enumerate() {
            let count = queries.len() / width;
            let shares = &mut shares[..count * lanes];
            (self.dots_f32)(&keyed, queries, shares);
            for (at, shares) in shares.chunks_exact_mut(lanes).enumerate() {
                let token = rows.start + tile * TILE + at;
                let near = heads.near(token, &keys);
                if near.is_empty() {
                    shares.fill(0.0);
                    continue;
                }
                // As good as nothing, and whole registers for those that count.
                shares[..near.start].fill(f32::MIN);
                shares[near.end..].fill(f32::MIN);
                inverse[at] = (self.softmax)(shares);
            }
            let sums = &mut sums[..count * values.lanes()];
            (self.dots_f32)(&values, shares, sums);
            for (at, sums) in sums.chunks_exact(values.lanes()).enumerate() {
                let token = rows.start + tile * TILE + at;
                let out = &mut out[token * hidden + part.head * width..][..width];
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = sum * inverse[at];
                }
            }
        }
    }
}

impl Heads {
    /// Which of some keys a token attends to, counted from their first; none if all that it could are masked.
    fn near(&self, token: usize, keys: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let Some(reach) = self.reach else { return 0..keys.len() };
        let end = keys.end.min(token + reach + 1);
        let start = keys.start.max(token.saturating_sub(reach)).min(end);
        start - keys.start..end - keys.start
    }
}

/// One head of a sequence.
struct Part<'a> {
    heads: &'a Heads,
    rows: &'a [f32],
    head: usize,
    row: usize,
}

impl<'a> Part<'a> {
    /// Query (0), key (1) or value (2) of a token.
    fn of(&self, kind: usize, token: usize) -> &'a [f32] {
        let width = self.heads.width;
        &self.rows[token * self.row + (kind * self.heads.count + self.head) * width..][..width]
    }

    /// Queries or keys of some tokens, rotated by their positions and scaled.
    fn turned(
        &self,
        kind: usize,
        tokens: std::ops::Range<usize>,
        turns: &[(f32, f32)],
        scale: f32,
        into: &mut Vec<f32>,
    ) {
        let half = self.heads.width / 2;
        into.clear();
        for token in tokens {
            let start = into.len();
            into.resize(start + 2 * half, 0.0);
            for (to, value) in into[start..].iter_mut().zip(self.of(kind, token)) {
                *to = value * scale;
            }
            if self.heads.rotary.is_some() {
                let (low, high) = into[start..].split_at_mut(half);
                for ((low, high), &(cos, sin)) in low.iter_mut().zip(high).zip(&turns[token * half..]) {
                    (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
                }
            }
        }
    }
}
