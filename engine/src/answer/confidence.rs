//! Whether contexts hold an answer: a logistic regression on how well the question's tokens and rare words are met.

use serde::{Deserialize, Serialize};

use super::contexts::Contexts;
use super::evidence::{Evidence, mean};
use super::grade::Grader;

/// What tells whether contexts hold an answer; each from 0, about, to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signals {
    /// Mean over the question's tokens of the best dot product in the passage where that is highest.
    pub similarity: f64,
    /// The same of the quarter of these tokens that finds least there.
    pub weakest: f64,
    /// Share of the question's words, by their rarity, that one sentence has.
    pub words: f64,
    /// How far the similarity of that passage is above the mean of other documents' passages.
    pub gap: f64,
}

/// How signals become a probability, and how much of it is asked for. Fitted for one encoder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Of each signal.
    pub weights: Signals,
    /// Added to their sum.
    pub bias: f64,
    /// Below this probability there is no answer.
    pub threshold: f64,
    /// Which passages hold a part of it.
    #[serde(default)]
    pub grader: Grader,
}

impl Default for Calibration {
    /// Fitted for all-MiniLM-L6-v2 to 300 questions that have an answer and 300 that nearly have one. What that makes of
    /// a probability is another thing in another collection, so the threshold only refuses what is about something
    /// else altogether; `fit` gives the one for a collection (benches/ANSWERS.md).
    fn default() -> Self {
        let weights = Signals { similarity: 2.2, weakest: 8.3, words: 2.5, gap: 3.6 };
        Self { weights, bias: -7.5, threshold: 0.05, grader: Grader::default() }
    }
}

impl Calibration {
    /// Probability that there is an answer.
    pub fn confidence(&self, signals: &Signals) -> f64 {
        self.weights.probability(signals, self.bias)
    }
}

impl Signals {
    /// Number of signals.
    pub(super) const COUNT: usize = 4;

    pub(super) fn values(&self) -> [f64; Self::COUNT] {
        [self.similarity, self.weakest, self.words, self.gap]
    }

    /// What signals with these weights make.
    pub(super) fn probability(&self, signals: &Self, bias: f64) -> f64 {
        let sum: f64 = self.values().iter().zip(signals.values()).map(|(weight, signal)| weight * signal).sum();
        1.0 / (1.0 + (-(sum + bias)).exp())
    }

    pub(super) fn from_values([similarity, weakest, words, gap]: [f64; Self::COUNT]) -> Self {
        Self { similarity, weakest, words, gap }
    }

    /// Those of what a question finds; nothing of no contexts.
    pub(super) fn of(contexts: &Contexts, evidence: &Evidence) -> Self {
        let similarity = |at: usize| evidence.similarity(at);
        // The first of equals.
        let best = (0..contexts.hits.len()).rev().max_by(|&a, &b| similarity(a).total_cmp(&similarity(b)));
        let Some(best) = best else { return Self::default() };
        let words = evidence.sentences.iter().map(|met| evidence.share(met));
        Self { words: words.fold(0.0, f64::max), ..Self::of_one(contexts, evidence, best) }
    }

    /// Those of one context beside the others.
    pub(super) fn of_one(contexts: &Contexts, evidence: &Evidence, at: usize) -> Self {
        let mut least = evidence.similar(at).to_vec();
        least.sort_by(f32::total_cmp);
        least.truncate(least.len().div_ceil(4));
        let document = |at: usize| (contexts.hits[at].source, &contexts.hits[at].hit.document_id);
        let others = (0..contexts.hits.len()).filter(|&other| document(other) != document(at));
        let others: Vec<f32> = others.map(|other| evidence.similarity(other)).collect();
        let similarity = evidence.similarity(at);
        let gap = if others.is_empty() { similarity } else { similarity - mean(&others) };
        let words = contexts.sentences_of(at).map(|sentence| evidence.share(&evidence.sentences[sentence]));
        Self {
            similarity: f64::from(similarity),
            weakest: f64::from(mean(&least)),
            words: words.fold(0.0, f64::max),
            gap: f64::from(gap),
        }
    }
}
