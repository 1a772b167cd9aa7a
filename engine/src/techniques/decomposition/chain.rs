//! Steps without a language model: names in what was found lead to further passages. A passage counts for what it adds to the
//! question's tokens that were met before, for how rare the name is that leads to it, and for whether one of the two is about
//! that name. Chosen by hand on musique_mini, where half or double of most of it does much the same (benches/TECHNIQUES.md).

use std::sync::Arc;

use serde_json::json;

use super::links::{self, Link};
use crate::Result;
use crate::answer::{Retrieved, Run};

/// Passages of the question itself; the first of them lead on.
pub(super) const POOL: usize = 30;
const LEADING: usize = 5;
/// What counts how much: where it comes from, what it adds, how rare the name is, and itself.
const FROM: f32 = 0.3;
const ADDS: f32 = 3.0;
const RARE: f32 = 0.2;
const ITSELF: f32 = 0.5;
/// The share of that for a name that neither passage is about.
const PASSING: f32 = 0.7;

/// A way from the question over passages.
#[derive(Debug, Clone)]
struct Path {
    /// Numbers of contexts, in order.
    steps: Vec<usize>,
    /// The name that led to the last.
    by: String,
    score: f32,
    /// Of each token of the question, the best similarity on the way.
    met: Vec<f32>,
}

/// Follows names from what was found, as long as the budget has rounds.
pub(super) fn follow(run: &mut Run<'_>, mut found: Retrieved) -> Result<Retrieved> {
    let mut scores = found.scores();
    let leading = 0..found.contexts.hits().len().min(LEADING);
    let mut paths: Vec<Path> = leading.map(|at| Path::begin(&found, at, scores[at])).collect();
    while !paths.is_empty() && run.iterate() {
        let ends: Vec<usize> = paths.iter().filter_map(|path| path.steps.last().copied()).collect();
        let Some(links) = links::from(run, &mut found, &ends)? else { break };
        scores.resize(found.contexts.hits().len(), 0.0);
        let steps = paths.iter().zip(&links);
        let mut next: Vec<Path> =
            steps.flat_map(|(path, links)| links.iter().filter_map(|link| path.step(&found, link))).collect();
        next.sort_by(|a, b| b.score.total_cmp(&a.score));
        for path in &next {
            if let [.., from, to] = path.steps[..]
                && path.score > scores[to]
            {
                scores[to] = path.score;
                Arc::make_mut(&mut found.contexts).link((from, to), &path.by);
            }
        }
        tell(run, &found, &next);
        paths = leading_on(next);
    }
    run.packed(found, &scores)
}

impl Path {
    fn begin(found: &Retrieved, at: usize, score: f32) -> Self {
        Self { steps: vec![at], by: String::new(), score, met: found.evidence.similar(at).to_vec() }
    }

    /// The way over a link, unless it has been there.
    fn step(&self, found: &Retrieved, link: &Link) -> Option<Self> {
        let own = found.evidence.similar(link.to);
        if self.steps.contains(&link.to) {
            return None;
        }
        let tokens = own.len().max(1) as f32;
        let adds = own.iter().zip(&self.met).map(|(own, met)| (own - met).max(0.0)).sum::<f32>() / tokens;
        let worth = FROM * self.score + ADDS * adds + RARE * link.rarity + ITSELF * found.evidence.similarity(link.to);
        Some(Self {
            steps: self.steps.iter().copied().chain([link.to]).collect(),
            by: link.name.clone(),
            score: if link.is_about { worth } else { PASSING * worth },
            met: own.iter().zip(&self.met).map(|(own, met)| own.max(*met)).collect(),
        })
    }
}

/// The best ways to different passages, of some that are sorted.
fn leading_on(mut paths: Vec<Path>) -> Vec<Path> {
    let mut ends: Vec<usize> = Vec::new();
    paths.retain(|path| {
        let new = path.steps.last().filter(|end| ends.len() < LEADING && !ends.contains(end)).copied();
        ends.extend(new);
        new.is_some()
    });
    paths
}

/// The best links.
fn tell(run: &mut Run<'_>, found: &Retrieved, paths: &[Path]) {
    const SHOWN: usize = 10;
    let id = |at: &usize| found.contexts.hits()[*at].hit.passage_id.clone();
    let link = |path: &Path| json!({"path": path.steps.iter().map(id).collect::<Vec<_>>(), "by": path.by, "score": path.score});
    let shown: Vec<_> = paths.iter().take(SHOWN).map(link).collect();
    run.note("link", json!({"by": "rules", "links": paths.len(), "best": shown}));
}
