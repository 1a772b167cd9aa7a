//! Figures of one ranking, as trec_eval defines them.

use super::{Judgments, Ranking};

/// Something that is measured of a ranking, from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Name in JSON.
    pub key: &'static str,
    /// Name in tables.
    pub label: &'static str,
    of: fn(&Gains) -> f64,
}

/// What is measured, in the order of tables. Relevant is what has a gain above 0.
pub static FIGURES: [Figure; 9] = [
    // Gains as judged, discount log2(rank + 1), ideal over all judged documents.
    figure("ndcg_at_10", "nDCG@10", |gains| gains.ndcg(10)),
    // Share of relevant documents.
    figure("recall_at_5", "recall@5", |gains| gains.recall(5)),
    figure("recall_at_10", "recall@10", |gains| gains.recall(10)),
    figure("recall_at_100", "recall@100", |gains| gains.recall(100)),
    // 1 / rank of the first relevant document, or 0.
    figure("mrr_at_10", "MRR@10", |gains| gains.reciprocal_rank(10)),
    // Mean over relevant documents of the precision at their rank, 0 of those that are not found.
    figure("map", "MAP", Gains::average_precision),
    // Whether one is relevant.
    figure("success_at_1", "success@1", |gains| gains.success(1)),
    figure("success_at_5", "success@5", |gains| gains.success(5)),
    figure("success_at_10", "success@10", |gains| gains.success(10)),
];

const fn figure(key: &'static str, label: &'static str, of: fn(&Gains) -> f64) -> Figure {
    Figure { key, label, of }
}

/// All figures of one query's ranking, in the order of [`FIGURES`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality([f64; FIGURES.len()]);

impl Quality {
    /// Measures a ranking against judgments.
    pub fn of(ranking: &Ranking, judgments: &Judgments) -> Self {
        let gains = Gains::new(ranking, judgments);
        Self(FIGURES.map(|figure| (figure.of)(&gains)))
    }

    /// One figure, by its number in [`FIGURES`].
    pub fn figure(&self, number: usize) -> f64 {
        self.0[number]
    }

    /// One figure, by its name in JSON; 0 of none that there is.
    pub fn named(&self, key: &str) -> f64 {
        FIGURES.iter().position(|figure| figure.key == key).map_or(0.0, |number| self.0[number])
    }
}

/// Gains of a ranking's documents, and of the best ranking that there is.
struct Gains {
    found: Vec<i64>,
    ideal: Vec<i64>,
    relevant: usize,
}

impl Gains {
    fn new(ranking: &Ranking, judgments: &Judgments) -> Self {
        let found = ranking.documents().map(|id| judgments.get(id).copied().unwrap_or(0).max(0)).collect();
        let mut ideal: Vec<i64> = judgments.values().map(|&gain| gain.max(0)).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let relevant = ideal.iter().filter(|&&gain| gain > 0).count();
        Self { found, ideal, relevant }
    }

    fn ndcg(&self, k: usize) -> f64 {
        share(discounted(&self.found, k), discounted(&self.ideal, k))
    }

    fn recall(&self, k: usize) -> f64 {
        share(self.ranks(k).count() as f64, self.relevant as f64)
    }

    fn reciprocal_rank(&self, k: usize) -> f64 {
        self.ranks(k).next().map_or(0.0, |rank| 1.0 / rank as f64)
    }

    fn success(&self, k: usize) -> f64 {
        f64::from(u8::from(self.ranks(k).next().is_some()))
    }

    fn average_precision(&self) -> f64 {
        let precisions = (1..).zip(self.ranks(usize::MAX)).map(|(count, rank)| f64::from(count) / rank as f64);
        share(precisions.sum(), self.relevant as f64)
    }

    /// Ranks of relevant documents, from 1, among the first `k`.
    fn ranks(&self, k: usize) -> impl Iterator<Item = usize> + '_ {
        (1..).zip(self.found.iter().take(k)).filter(|(_, gain)| **gain > 0).map(|(rank, _)| rank)
    }
}

fn discounted(gains: &[i64], k: usize) -> f64 {
    (2..).zip(gains.iter().take(k)).map(|(rank, &gain)| gain as f64 / f64::from(rank).log2()).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
