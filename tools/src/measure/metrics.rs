//! nDCG, recall and reciprocal rank of one ranking, as trec_eval defines them.

use super::{Judgments, Ranking};

/// Quality of one query's ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// nDCG@10: gains as judged, discount log2(rank + 1), ideal over all judged documents.
    pub ndcg_at_10: f64,
    /// Share of relevant documents (gain above 0) among the first 5.
    pub recall_at_5: f64,
    /// The same among the first 10.
    pub recall_at_10: f64,
    /// The same among the first 100.
    pub recall_at_100: f64,
    /// 1 / rank of the first relevant document among the first 10, else 0.
    pub mrr_at_10: f64,
}

impl Quality {
    /// Measures a ranking against judgments.
    pub fn of(ranking: &Ranking, judgments: &Judgments) -> Self {
        let gains: Vec<i64> = ranking.documents().map(|id| judgments.get(id).copied().unwrap_or(0).max(0)).collect();
        let mut ideal: Vec<i64> = judgments.values().map(|&gain| gain.max(0)).collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        let relevant = ideal.iter().filter(|&&gain| gain > 0).count();
        let recall = |k: usize| share(gains.iter().take(k).filter(|&&gain| gain > 0).count() as f64, relevant as f64);
        let first = gains.iter().take(10).position(|&gain| gain > 0);
        Self {
            ndcg_at_10: share(discounted(&gains), discounted(&ideal)),
            recall_at_5: recall(5),
            recall_at_10: recall(10),
            recall_at_100: recall(100),
            mrr_at_10: first.map_or(0.0, |at| 1.0 / (at + 1) as f64),
        }
    }
}

/// Mean of a figure over queries, 0 over none.
pub fn mean(qualities: &[Quality], figure: impl Fn(&Quality) -> f64) -> f64 {
    share(qualities.iter().map(figure).sum(), qualities.len() as f64)
}

fn discounted(gains: &[i64]) -> f64 {
    (2..).zip(gains.iter().take(10)).map(|(rank, &gain)| gain as f64 / f64::from(rank).log2()).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
