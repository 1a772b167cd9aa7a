//! Which sentences are the answer: the one that the question's tokens find most in, and others while these find more in
//! them than in what is taken. Of the same passage a little more is enough: what belongs together stands together.

use super::evidence::{Evidence, Sentence, mean};

/// Sentences of an answer at most.
const MOST: usize = 5;
/// How much more of the question, as a mean over its tokens of dot products, a further sentence has to say, in a passage
/// that is quoted already and in another one.
const NEAR: f32 = 0.005;
const FAR: f32 = 0.06;

/// The sentences of an answer; those of a context in its order, contexts in that of their best.
pub(super) fn picked(evidence: &Evidence) -> Vec<&Sentence> {
    let mut taken: Vec<&Sentence> = Vec::new();
    let mut found: Vec<f32> = Vec::new();
    while taken.len() < MOST {
        let gain = |sentence: &Sentence| {
            let gains = sentence.similar.iter().zip(&found).map(|(own, found)| (own - found).max(0.0));
            gains.sum::<f32>() / found.len().max(1) as f32
        };
        let near = |sentence: &Sentence| taken.iter().any(|taken| taken.context == sentence.context);
        let worth = |sentence: &Sentence| match (taken.is_empty(), near(sentence)) {
            (true, _) => mean(&sentence.similar),
            (false, true) => gain(sentence) - NEAR,
            (false, false) => gain(sentence) - FAR,
        };
        // The first of equals.
        let best = evidence.sentences.iter().map(|sentence| (worth(sentence), sentence)).rev();
        let Some((worth, best)) = best.max_by(|a, b| a.0.total_cmp(&b.0)) else { break };
        if !taken.is_empty() && worth < 0.0 {
            break;
        }
        match taken.is_empty() {
            true => found.clone_from(&best.similar),
            false => found.iter_mut().zip(&best.similar).for_each(|(found, own)| *found = found.max(*own)),
        }
        taken.push(best);
    }
    let rank = |context: usize| taken.iter().position(|sentence| sentence.context == context);
    let mut ordered = taken.clone();
    ordered.sort_by_key(|sentence| (rank(sentence.context), sentence.range.start));
    ordered
}
