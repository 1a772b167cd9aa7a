//! Whether contexts hold an answer: a logistic regression on how well the question's tokens and rare words are met.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, mean};

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
}

impl Default for Calibration {
    /// Fitted for all-MiniLM-L6-v2 to 300 questions that have an answer and 300 that have none (benches/ANSWERS.md).
    fn default() -> Self {
        let weights = Signals { similarity: 2.2, weakest: 8.3, words: 2.5, gap: 3.6 };
        Self { weights, bias: -7.5, threshold: 0.5 }
    }
}

impl Calibration {
    /// Probability that there is an answer.
    pub fn confidence(&self, signals: &Signals) -> f64 {
        let Signals { similarity, weakest, words, gap } = self.weights;
        let sum = similarity * signals.similarity + weakest * signals.weakest + words * signals.words;
        1.0 / (1.0 + (-(sum + gap * signals.gap + self.bias)).exp())
    }
}

impl Signals {
    /// Those of some evidence; nothing of none.
    pub(super) fn of(evidence: &Evidence) -> Self {
        let similarity = |at: usize| mean(&evidence.passages[at].similar);
        // The first of equals.
        let best = (0..evidence.passages.len()).rev().max_by(|&a, &b| similarity(a).total_cmp(&similarity(b)));
        let Some(best) = best else { return Self::default() };
        let own = &evidence.passages[best];
        let mut least = own.similar.clone();
        least.sort_by(f32::total_cmp);
        least.truncate(least.len().div_ceil(4));
        let others = (0..evidence.passages.len()).filter(|&at| evidence.passages[at].document_id != own.document_id);
        let others: Vec<f32> = others.map(similarity).collect();
        let gap = if others.is_empty() { similarity(best) } else { similarity(best) - mean(&others) };
        Self {
            similarity: f64::from(similarity(best)),
            weakest: f64::from(mean(&least)),
            words: evidence.sentences.iter().map(|sentence| sentence.words).fold(0.0, f64::max),
            gap: f64::from(gap),
        }
    }
}
