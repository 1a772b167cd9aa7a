//! Judgments and what is computed from rankings: nDCG@10 as trec_eval defines it, overlap of two rankings.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context as _, ensure};

/// Gains of judged documents by id, for one query.
pub(crate) type Gains = HashMap<String, i64>;

/// Reads qrels.tsv in BEIR layout: a header, then query, document, gain.
pub(crate) fn read_judgments(path: &Path) -> anyhow::Result<HashMap<String, Gains>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut judgments: HashMap<String, Gains> = HashMap::new();
    for (number, line) in (1..).zip(text.lines()).skip(1).filter(|(_, line)| !line.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        ensure!(fields.len() == 3, "{}:{number}: not three fields", path.display());
        let gain = fields[2].trim().parse().with_context(|| format!("{}:{number}: score", path.display()))?;
        judgments.entry(fields[0].to_owned()).or_default().insert(fields[1].to_owned(), gain);
    }
    Ok(judgments)
}

/// nDCG@10: gains as judged, discount log2(rank + 1), ideal over all judged documents.
pub(crate) fn ndcg_at_10<'a>(ranking: impl Iterator<Item = &'a str>, gains: &Gains) -> f64 {
    let found: Vec<i64> = ranking.map(|id| gains.get(id).copied().unwrap_or(0).max(0)).collect();
    let mut ideal: Vec<i64> = gains.values().map(|&gain| gain.max(0)).collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    share(discounted(&found), discounted(&ideal))
}

/// Share of the first `k` of `wanted` that are among the first `k` of `found`.
pub(crate) fn overlap(found: &[u32], wanted: &[u32], k: usize) -> f64 {
    let found: HashSet<u32> = found.iter().take(k).copied().collect();
    let wanted = &wanted[..k.min(wanted.len())];
    share(wanted.iter().filter(|number| found.contains(number)).count() as f64, wanted.len() as f64)
}

/// Mean, 0 over nothing.
pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    share(values.sum(), count)
}

fn discounted(gains: &[i64]) -> f64 {
    (2..).zip(gains.iter().take(10)).map(|(rank, &gain)| gain as f64 / f64::from(rank).log2()).sum()
}

fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndcg_discounts_by_rank_and_counts_every_judged_document() {
        let gains: Gains = [("a", 1), ("b", 2), ("c", 0)].map(|(id, gain)| (id.to_owned(), gain)).into();
        assert_eq!(ndcg_at_10(["b", "a"].into_iter(), &gains), 1.0);
        let ideal = 2.0 + 1.0 / 3f64.log2();
        let got = ndcg_at_10(["x", "a", "c"].into_iter(), &gains);
        assert!((got - (1.0 / 3f64.log2()) / ideal).abs() < 1e-12, "{got}");
    }

    #[test]
    fn overlap_looks_at_the_first_k_of_both() {
        assert_eq!(overlap(&[1, 2, 3], &[3, 2, 9], 2), 0.5);
        assert_eq!(overlap(&[1, 2], &[1], 10), 1.0);
    }
}
