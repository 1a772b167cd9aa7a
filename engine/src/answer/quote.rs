//! Which sentences are the answer: the one that the question's tokens find most in, of a passage that was ranked high, and
//! others while these tokens find more in them than in what is taken. Of the same passage, or one that a name in it leads to, a
//! little more is enough: what belongs together stands together.

use super::contexts::{Contexts, Sentence};
use super::evidence::Evidence;

/// Sentences of an answer at most.
const MOST: usize = 5;
/// What the score of its passage, from 0 to 1, counts for the first sentence. A tenth to four tenths do the same.
const PASSAGE: f32 = 0.2;
/// How much more of the question, as a mean over its tokens of dot products, a further sentence has to say, in a passage
/// that is quoted already and in another one.
const NEAR: f32 = 0.005;
const FAR: f32 = 0.06;

/// The sentences of an answer; those of a context in its order, contexts in that of their best.
pub(super) fn picked<'a>(contexts: &'a Contexts, evidence: &Evidence) -> Vec<&'a Sentence> {
    let context = |at: usize| contexts.sentences[at].context;
    let scores = scores(contexts);
    let mut taken: Vec<usize> = Vec::new();
    let mut found: Vec<f32> = Vec::new();
    while taken.len() < MOST {
        let gain = |at: usize| {
            let gains = evidence.sentences[at].similar.iter().zip(&found).map(|(own, found)| (own - found).max(0.0));
            gains.sum::<f32>() / found.len().max(1) as f32
        };
        let near = |at: usize| {
            let together = |a: usize, b: usize| a == b || contexts.are_linked(a, b);
            taken.iter().any(|&taken| together(context(taken), context(at)))
        };
        let worth = |at: usize| match (taken.is_empty(), near(at)) {
            (true, _) => evidence.sentences[at].mean() + PASSAGE * scores[context(at)],
            (false, true) => gain(at) - NEAR,
            (false, false) => gain(at) - FAR,
        };
        // The first of equals.
        let best = (0..contexts.sentences.len()).rev().map(|at| (worth(at), at));
        let Some((worth, best)) = best.max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        if !taken.is_empty() && worth < 0.0 {
            break;
        }
        let own = &evidence.sentences[best].similar;
        match taken.is_empty() {
            true => found.clone_from(own),
            false => found.iter_mut().zip(own).for_each(|(found, own)| *found = found.max(*own)),
        }
        taken.push(best);
    }
    let rank = |of: usize| taken.iter().position(|&taken| context(taken) == of);
    let mut ordered: Vec<&Sentence> = taken.iter().map(|&at| &contexts.sentences[at]).collect();
    ordered.sort_by_key(|sentence| (rank(sentence.context), sentence.range.start));
    ordered
}

/// Scores of passages from 0 to 1: as they are, or, of a scale of their own, from the lowest to the highest.
fn scores(contexts: &Contexts) -> Vec<f32> {
    let scores: Vec<f32> = contexts.hits.iter().map(|found| found.hit.score).collect();
    let (low, high) = scores.iter().fold((0.0_f32, 1.0_f32), |(low, high), score| (low.min(*score), high.max(*score)));
    if low >= 0.0 && high <= 1.0 {
        return scores;
    }
    let low = scores.iter().copied().fold(f32::INFINITY, f32::min);
    let span = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max) - low;
    scores.iter().map(|score| if span > 0.0 { (score - low) / span } else { 1.0 }).collect()
}
