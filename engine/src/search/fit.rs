//! Fits efforts to recalls: runs of a collection's own token vectors as queries, `late` against `exhaustive`.

use super::pruning::{LADDER, Pruning};
use super::top_k::TopK;
use super::{Scope, Search};
use crate::codes::CodedQuery;
use crate::collection::{Effort, Generation};
use crate::kernels;
use crate::seed::Random;
use crate::{Context, Result, TokenMatrix, parallel};

/// Token vectors of a pseudo-query: about a sentence.
const SENTENCE: std::ops::RangeInclusive<usize> = 8..=24;
/// Pseudo-queries. Scoring a collection so often costs about a tenth of coding it.
const QUERIES: usize = 48;
/// Hits that are compared.
const NEAR: usize = 10;
const FAR: usize = 100;
/// From this recall on, or where the next effort finds no more than this, no larger one is tried.
const ENOUGH: f64 = 0.998;
const NO_MORE: f64 = 0.001;

/// A run of one passage's token vectors, and what exhaustive scoring finds for it in other passages.
struct PseudoQuery {
    rotated: TokenMatrix,
    source: u64,
    truth: Vec<u64>,
}

impl Generation {
    /// What each effort finds, least effort first; empty without a router. Depends on the seed alone, not on threads.
    pub(crate) fn fit(&self, context: &Context, threads: usize, seed: u64) -> Result<Vec<Effort>> {
        let passages = self.stored_passages();
        if self.router().is_none() || passages <= FAR {
            return Ok(Vec::new());
        }
        let mut random = Random::new(seed ^ 0x0f17_5eed);
        let picks: Vec<(usize, u64)> = (0..QUERIES).map(|_| (random.below(passages), random.bits())).collect();
        let queries = in_parallel(context, threads, &picks, |pick| self.pseudo_query(*pick))?;
        let mut efforts = Vec::new();
        for effort in LADDER {
            let found = in_parallel(context, threads, &queries, |query| {
                let share = |k| self.share(query, k, Pruning::with_effort(effort, k));
                Ok((share(NEAR)?, share(FAR)?))
            })?;
            // To four digits, so that a share of .98 is not a sum that falls just short of it.
            let rounded = |share: f64| (share * 1e4).round() / 1e4;
            let mean = |of: fn(&(f64, f64)) -> f64| rounded(found.iter().map(of).sum::<f64>() / QUERIES as f64);
            let (recall_at_10, recall_at_100) = (mean(|f| f.0), mean(|f| f.1));
            let gained = |last: &Effort| recall_at_10 + recall_at_100 - last.recall_at_10 - last.recall_at_100;
            if efforts.last().is_some_and(|last| gained(last) < NO_MORE) {
                break;
            }
            let (probes, candidates, slack) = effort;
            efforts.push(Effort { probes, candidates, slack, recall_at_10, recall_at_100 });
            if recall_at_10.min(recall_at_100) >= ENOUGH || candidates as usize >= passages {
                break;
            }
        }
        Ok(efforts)
    }

    fn pseudo_query(&self, (mut passage, seed): (usize, u64)) -> Result<PseudoQuery> {
        let mut parts = self.parts().iter();
        let mut part = parts.next();
        while let Some(now) = part.filter(|part| passage >= part.segment.passages()) {
            passage -= now.segment.passages();
            part = parts.next();
        }
        let Some(part) = part else { return Err(crate::Error::invalid("passages", "fewer than the description says")) };
        let tokens = part.segment.token_range(passage)?;
        let mut random = Random::new(seed);
        let length = (SENTENCE.start() + random.below(SENTENCE.end() - SENTENCE.start() + 1)).min(tokens.len());
        let start = tokens.start + random.below(tokens.len() - length + 1);
        let sentence = start..start + length;
        let codes = self.coder().view(part.segment.codes(&sentence)?, part.segment.scales(&sentence)?);
        let mut values = Vec::new();
        self.coder().decode_all(kernels::best(), &codes, &mut Vec::new(), &mut values);
        let rotated = TokenMatrix::new(self.coder().width(), values)?;
        let source = part.segment.passage(passage)?.key;
        let mut query = PseudoQuery { rotated, source, truth: Vec::new() };
        query.truth = self.found(&query, FAR, None)?;
        Ok(query)
    }

    /// Share of the true `k` best that a pruned search finds.
    fn share(&self, query: &PseudoQuery, k: usize, pruning: Pruning) -> Result<f64> {
        let found = self.found(query, k, Some(pruning))?;
        let truth = &query.truth[..k.min(query.truth.len())];
        Ok(truth.iter().filter(|key| found.contains(key)).count() as f64 / truth.len().max(1) as f64)
    }

    /// Keys of the `k` best passages but the one that the query is from.
    fn found(&self, query: &PseudoQuery, k: usize, pruning: Option<Pruning>) -> Result<Vec<u64>> {
        let kernels = kernels::best();
        let mut top = TopK::new(k + 1, None);
        let mut coded = CodedQuery::of_rotated(self.coder(), kernels, query.rotated.clone());
        let context = Context::unbounded();
        // What is searched by default.
        let scope = Scope::Passages;
        let passing = self.in_scope(scope)?;
        let mut search = Search { context: &context, generation: self, kernels, passing, scope, top: &mut top };
        match pruning {
            Some(pruning) => search.late(&mut coded, pruning, None).map(|_| ())?,
            None => search.exhaustive(&mut coded)?,
        }
        let keys = top.into_best().into_iter().map(|scored| scored.key).filter(|key| *key != query.source);
        Ok(keys.take(k).collect())
    }
}

/// Maps items in parallel, a few at a time so that it is noticed when the context ends.
fn in_parallel<T: Sync, R: Send>(
    context: &Context,
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let mut results = Vec::with_capacity(items.len());
    for items in items.chunks(4 * threads.max(1)) {
        context.check()?;
        for result in parallel::map(threads, items, &work) {
            results.push(result?);
        }
    }
    Ok(results)
}
