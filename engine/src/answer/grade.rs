//! Which passages hold a part of an answer, and which strips of them: a logistic regression on how well the question's tokens
//! and rare words are met.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::confidence::Signals;
use super::contexts::Contexts;
use super::evidence::Evidence;

/// Sentences of a strip.
const STRIP: usize = 2;

/// How signals of a passage become a probability that it is relevant, and what is made of that. Fitted for one encoder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grader {
    /// Of each signal.
    pub weights: Signals,
    /// Added to their sum.
    pub bias: f64,
    /// From this probability on a passage is relevant.
    pub upper: f64,
    /// Below this one it is not; between them nobody knows.
    pub lower: f64,
}

impl Default for Grader {
    /// Means of what `fit_grader` gives for all-MiniLM-L6-v2 on clapnq_dev, musique_mini and scifact, where that tells relevant
    /// passages from others with .97, .80 and .89 (area under the ROC curve; benches/TECHNIQUES.md).
    fn default() -> Self {
        let weights = Signals { similarity: 5.7, weakest: 0.0, words: 2.1, gap: 12.5 };
        Self { weights, bias: -7.0, upper: 0.58, lower: 0.035 }
    }
}

impl Grader {
    /// Probability that a passage is relevant.
    pub fn grade(&self, signals: &Signals) -> f64 {
        self.weights.probability(signals, self.bias)
    }

    /// Of each context.
    pub(crate) fn grades(&self, contexts: &Contexts, evidence: &Evidence) -> Vec<f64> {
        (0..contexts.hits.len()).map(|at| self.grade(&Signals::of_one(contexts, evidence, at))).collect()
    }
}

/// A few sentences of a context that stand together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Strip {
    /// Numbers of the sentences.
    pub(crate) sentences: Vec<usize>,
    /// From 0 to 1, how much of the question it meets by its tokens, and by its words.
    pub(crate) score: f64,
}

/// Contexts in strips, in their order; what the question finds in sentences has to be known with token vectors.
pub(crate) fn strips(contexts: &Arc<Contexts>, evidence: &Evidence) -> Vec<Strip> {
    let mut strips = Vec::new();
    for at in 0..contexts.hits.len() {
        let own: Vec<usize> = contexts.sentences_of(at).collect();
        for sentences in own.chunks(STRIP) {
            strips.push(Strip { sentences: sentences.to_vec(), score: evidence.met_by(sentences) });
        }
    }
    strips
}
