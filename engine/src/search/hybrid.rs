//! Mode `hybrid`: the rankings of `late` and `bm25` as one.

use std::collections::HashMap;

use serde::Serialize;

use super::top_k::{Scored, TopK};
use super::{Place, Pruning, Search, SearchRequest};
use crate::codes::CodedQuery;
use crate::named::named;
use crate::{Error, Result, Stage};

/// Passages of a leg that are fused, if no more hits are asked for. Measured in benches/HYBRID.md.
const DEPTH: usize = 30;
/// Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009).
const RRF: f32 = 60.0;
/// Share of `late` in weighted scores. Measured in benches/HYBRID.md.
const LATE: f32 = 0.7;

/// How the rankings of `hybrid` become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fusion {
    /// Sum over legs of 1 / (60 + rank).
    Rrf,
    /// Weighted sum of scores, those of each leg brought to 0 (its worst that is fused) to 1 (its best).
    #[default]
    Weighted,
    /// MaxSim of the passages that `bm25` finds.
    MaxSim,
}

named!(Fusion in "fusion": Rrf = "rrf", Weighted = "weighted", MaxSim = "maxsim");

/// Where a hit of `hybrid` stood in its legs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Legs {
    /// In `late`, if it was among the passages fused.
    pub late: Option<Rank>,
    /// In `bm25`.
    pub bm25: Option<Rank>,
}

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rank {
    /// From 1.
    pub rank: usize,
    /// The score that led there.
    pub score: f32,
}

/// A leg that gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedLeg {
    /// `late` or `bm25`.
    pub leg: &'static str,
    /// Why.
    pub reason: String,
}

/// Passages of each leg that are fused to so many hits.
pub(super) fn depth(k: usize) -> usize {
    k.max(DEPTH)
}

/// What `hybrid` says beyond scores.
#[derive(Debug, Default)]
pub(super) struct Fused {
    /// By query and passage key.
    pub(super) legs: HashMap<(usize, u64), Legs>,
    pub(super) failed: Vec<FailedLeg>,
    pub(super) partial: bool,
    /// Passages that `late` scored.
    pub(super) scored: usize,
}

impl Search<'_> {
    /// Fuses one query's legs. One that fails is left out and said to be; if both do, so does the search.
    pub(super) fn hybrid(
        &mut self,
        number: usize,
        request: &SearchRequest,
        mut pruning: Option<Pruning>,
        fused: &mut Fused,
    ) -> Result<Option<Pruning>> {
        let depth = depth(request.k);
        let (mut late, mut words) = (TopK::new(depth, None), TopK::new(depth, None));
        let by_words = self.with(&mut words).words((&request.texts[number], request.every_word), depth);
        let by_vectors = match (request.queries.get(number), request.fusion) {
            (None, _) => Err(Error::invalid("queries", "no token vectors were given")),
            (Some(_), Fusion::MaxSim) if by_words.is_err() && words.offered() == 0 => {
                Err(Error::invalid("queries", "there are no candidates"))
            }
            (Some(query), Fusion::MaxSim) => {
                let mut coded = CodedQuery::new(self.generation.coder(), self.kernels, query)?;
                let mut places: Vec<Place> = words.best().iter().map(|scored| (scored.part, scored.passage)).collect();
                places.sort_unstable();
                self.context
                    .stage(Stage::Score, || self.with(&mut late).score_places(&mut coded, &places))
                    .map(|()| None)
            }
            (Some(query), _) => self.with(&mut late).by_vectors(query, request, pruning),
        };
        fused.scored += late.offered();
        let mut failed = Vec::new();
        for (leg, outcome, top) in [("bm25", by_words.map(|()| None), &mut words), ("late", by_vectors, &mut late)] {
            match outcome {
                Ok(pruned) => pruning = pruned.or(pruning),
                Err(error @ Error::Cancelled) => return Err(error),
                // What it has found so far counts.
                Err(Error::Deadline) if top.offered() > 0 => fused.partial = true,
                Err(error) => {
                    *top = TopK::new(depth, None);
                    failed.push((leg, error));
                }
            }
        }
        let by_words_alone = failed.iter().any(|(leg, _)| *leg == "late");
        if failed.len() == 2 {
            let late = failed.iter().position(|(_, error)| matches!(error, Error::Deadline));
            return Err(failed.swap_remove(late.unwrap_or(0)).1);
        }
        for (leg, error) in failed {
            fused.partial |= matches!(error, Error::Deadline);
            fused.fail(leg, &error);
        }
        let mut legs: HashMap<u64, (Scored, Legs)> = HashMap::new();
        let (late, words) = (late.into_best(), words.into_best());
        for (rank, scored) in (1..).zip(&late) {
            let found = Rank { rank, score: scored.score };
            legs.entry(scored.key).or_insert((*scored, Legs::default())).1.late = Some(found);
        }
        for (rank, scored) in (1..).zip(&words) {
            let found = Rank { rank, score: scored.score };
            legs.entry(scored.key).or_insert((*scored, Legs::default())).1.bm25 = Some(found);
        }
        let (late, words) = (Scale::of(&late), Scale::of(&words));
        for (key, (scored, legs)) in legs {
            let score = match request.fusion {
                Fusion::Rrf => [legs.late, legs.bm25].into_iter().flatten().map(|r| 1.0 / (RRF + r.rank as f32)).sum(),
                Fusion::Weighted => LATE * late.place(legs.late) + (1.0 - LATE) * words.place(legs.bm25),
                Fusion::MaxSim => match (legs.late, legs.bm25) {
                    (Some(rank), _) => rank.score,
                    (None, Some(rank)) if by_words_alone => rank.score,
                    // The deadline came before it was scored.
                    (None, _) => continue,
                },
            };
            self.top.offer((scored.part, scored.passage), score, || Ok(key))?;
            fused.legs.insert((number, key), legs);
        }
        Ok(pruning)
    }

    /// The same search into another ranking.
    pub(super) fn with<'b>(&'b self, top: &'b mut TopK) -> Search<'b> {
        let Search { context, generation, kernels, passing, scope, .. } = *self;
        Search { context, generation, kernels, passing, scope, top }
    }
}

impl Fused {
    fn fail(&mut self, leg: &'static str, error: &Error) {
        if self.failed.iter().all(|failed| failed.leg != leg) {
            self.failed.push(FailedLeg { leg, reason: error.to_string() });
        }
    }
}

/// A leg's scores, from its worst to its best.
struct Scale {
    worst: f32,
    span: f32,
}

impl Scale {
    fn of(ranking: &[Scored]) -> Self {
        let score = |scored: Option<&Scored>| scored.map_or(0.0, |scored| scored.score);
        let (best, worst) = (score(ranking.first()), score(ranking.last()));
        Self { worst, span: best - worst }
    }

    fn place(&self, rank: Option<Rank>) -> f32 {
        match rank {
            None => 0.0,
            // All of them are best.
            Some(_) if self.span <= 0.0 => 1.0,
            Some(Rank { score, .. }) => (score - self.worst) / self.span,
        }
    }
}
