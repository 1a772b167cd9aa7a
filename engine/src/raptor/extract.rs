//! A summary in the document's own words: the sentences nearest to the centroid that do not say the same again, by
//! maximal marginal relevance (Carbonell and Goldstein 1998), to a budget of tokens.

use super::leaf::{Sentence, normalise};
use crate::kernels;

/// Weight of nearness to the centroid against difference from what is taken.
const RELEVANCE: f64 = 0.6;

/// The sentences of a summary, in the order of the text. At least one, if there is any.
pub(super) fn extract(sentences: &[&Sentence], budget: usize) -> Vec<Sentence> {
    let mut rest: Vec<&Sentence> = without_repeats(sentences);
    let centroid = centroid(&rest);
    let nearness = |sentence: &&Sentence| kernels::dot(&sentence.vector, &centroid);
    let mut candidates: Vec<(f64, f64, &Sentence)> =
        rest.drain(..).map(|sentence| (nearness(&sentence), f64::NEG_INFINITY, sentence)).collect();
    let (mut taken, mut room) = (Vec::<Sentence>::new(), budget);
    loop {
        candidates.retain(|(_, _, sentence)| taken.is_empty() || sentence.tokens <= room);
        let value = |&(near, repeats, _): &(f64, f64, &Sentence)| match repeats {
            f64::NEG_INFINITY => near,
            repeats => RELEVANCE * near - (1.0 - RELEVANCE) * repeats,
        };
        // The first of equals.
        let best = (0..candidates.len()).rev().max_by(|&a, &b| value(&candidates[a]).total_cmp(&value(&candidates[b])));
        let Some((_, _, sentence)) = best.map(|best| candidates.remove(best)) else { break };
        room = room.saturating_sub(sentence.tokens);
        for (_, repeats, other) in &mut candidates {
            *repeats = repeats.max(kernels::dot(&other.vector, &sentence.vector));
        }
        taken.push(sentence.clone());
    }
    taken.sort_by_key(|sentence| (sentence.range.start, sentence.range.end));
    taken
}

/// Passages may overlap, and a node may have several parents: a place of the text counts once.
fn without_repeats<'a>(sentences: &[&'a Sentence]) -> Vec<&'a Sentence> {
    let mut sorted = sentences.to_vec();
    sorted.sort_by_key(|sentence| (sentence.range.start, std::cmp::Reverse(sentence.range.end)));
    let mut end = 0;
    sorted.retain(|sentence| {
        let new = sentence.range.end > end && (end == 0 || sentence.range.start >= end);
        end = if new { sentence.range.end } else { end };
        new
    });
    sorted
}

fn centroid(sentences: &[&Sentence]) -> Vec<f32> {
    let mut sum = vec![0.0; sentences.first().map_or(0, |sentence| sentence.vector.len())];
    for sentence in sentences {
        sum.iter_mut().zip(sentence.vector.iter()).for_each(|(sum, value)| *sum += value * sentence.tokens as f32);
    }
    normalise(&mut sum);
    sum
}
