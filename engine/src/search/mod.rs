//! Search over one generation: `probe -> gather -> estimate -> score -> fetch`, or a scan of everything.

mod exact;
mod exhaustive;
mod fetch;
mod fit;
mod fold;
mod given;
mod hybrid;
mod late;
mod maxsim;
mod passing;
mod places;
mod pruning;
mod request;
mod top_k;
mod traversal;
mod words;

pub use crate::segment::Scope;
pub use fold::Fold;
pub use hybrid::{FailedLeg, Fusion, Legs, Rank};
pub use maxsim::MaxSim;
pub use places::HitPart;
pub use pruning::{DEFAULT_RECALL, Pruning};
pub use request::{
    Hit, HitKind, MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS, Mode, Returns, SearchReply, SearchRequest, TokenMatch,
};

use crate::codes::CodedQuery;
use crate::collection::{Generation, Passing, Place};
use crate::kernels::{self, Kernels};
use crate::{Context, Error, Result, Stage, TokenMatrix};
use hybrid::Fused;
use top_k::TopK;

/// Passages scored between two looks at the clock.
const PASSAGES_BETWEEN_CHECKS: usize = 32;

/// One query's search in progress.
struct Search<'a> {
    context: &'a Context,
    generation: &'a Generation,
    kernels: Kernels,
    /// What is not deleted and passes the filter; everything if absent.
    passing: Option<&'a Passing>,
    scope: Scope,
    top: &'a mut TopK,
}

impl Generation {
    /// Answers a search. Never waits for anything but the processor and page faults.
    ///
    /// A deadline that passes while passages are being scored ends the search with the best hits so far and
    /// `partial`; one that passes before any passage is scored is an error.
    pub fn search(&self, context: &Context, request: &SearchRequest) -> Result<SearchReply> {
        request.check(self.manifest().width)?;
        let kernels = kernels::best();
        // A traversal passes through what it does not return.
        let in_scope = match request.per_layer {
            Some(_) => self.in_scope(request.scope).and(self.in_scope(Scope::All)),
            None => self.in_scope(request.scope),
        }?;
        let filtered = request
            .filter
            .as_ref()
            .map(|filter| context.stage(Stage::Filter, || passing::passing(context, self, filter, in_scope)));
        let filtered = filtered.transpose()?;
        let passing = filtered.as_ref().or(in_scope);
        let passages = passing.map_or(self.description().passages as usize, Passing::count);
        let (mut pruning, measured_recall) = self.pruning(request, passages);
        let mut top = TopK::new(request.depth(), request.min_score);
        let (mut fused, mut scored_passages) = (Fused::default(), 0);
        let (mut partial, mut certified) = (false, true);
        for number in 0..request.asked() {
            top.begin_query(number);
            let before = (top.offered(), fused.scored);
            let mut search =
                Search { context, generation: self, kernels, passing, scope: request.scope, top: &mut top };
            let done = match request.mode {
                Mode::Bm25 => search.words((&request.texts[number], request.every_word), request.k).map(|()| None),
                Mode::Hybrid => search.hybrid(number, request, pruning, &mut fused),
                Mode::Late | Mode::Exhaustive | Mode::Exact => {
                    search.by_vectors(&request.queries[number], request, pruning)
                }
            };
            match done {
                Err(Error::Deadline) if top.offered() > 0 => partial = true,
                done => pruning = done?.or(pruning),
            }
            let scored = if request.mode == Mode::Hybrid { fused.scored - before.1 } else { top.offered() - before.0 };
            scored_passages += scored;
            partial |= fused.partial;
            certified &= scored == passages || request.mode == Mode::Bm25;
            if partial {
                break;
            }
        }
        let hits = context.stage(Stage::Fetch, || fetch::hits(context, self, kernels, request, (top, &fused)))?;
        Ok(SearchReply {
            hits,
            generation: self.description().generation,
            partial,
            passages,
            scored_passages,
            failed_legs: fused.failed,
            certified,
            pruning,
            measured_recall,
            kernel: kernels.name(),
        })
    }

    /// How a request prunes, if it does, where so many passages may be found; and the recall that was measured with it.
    fn pruning(&self, request: &SearchRequest, passages: usize) -> (Option<Pruning>, Option<f64>) {
        let prunes = match request.mode {
            Mode::Late => true,
            Mode::Hybrid => request.fusion != Fusion::MaxSim,
            Mode::Exhaustive | Mode::Exact | Mode::Bm25 => false,
        };
        if self.router().is_none() || !prunes || request.per_layer.is_some() {
            return (None, None);
        }
        let share = passages.max(1) as f64 / self.stored_passages().max(1) as f64;
        let recall = request.recall.unwrap_or(DEFAULT_RECALL);
        let k = if request.mode == Mode::Hybrid { hybrid::depth(request.k) } else { request.k };
        let fitted = || Pruning::fitted(&self.manifest().efforts, recall, k, share);
        let (pruning, recall) = request.pruning.map_or_else(fitted, |pruning| (pruning, None));
        (Some(pruning), recall)
    }
}

impl Search<'_> {
    /// Scores passages by a query's token vectors; tells how far it pruned, which a filter may make less.
    fn by_vectors(
        &mut self,
        query: &TokenMatrix,
        request: &SearchRequest,
        pruning: Option<Pruning>,
    ) -> Result<Option<Pruning>> {
        if request.mode == Mode::Exact {
            return self.exact(query).map(|()| None);
        }
        let mut coded = CodedQuery::new(self.generation.coder(), self.kernels, query)?;
        if let Some(per_layer) = request.per_layer {
            return self.traverse(&mut coded, per_layer).map(|()| None);
        }
        // Choosing among so few takes longer than scoring them.
        let few = |pruning: &Pruning| self.passing.is_some_and(|passing| passing.count() / 2 <= pruning.finalists);
        let Some(pruning) = pruning.filter(|pruning| !few(pruning)) else {
            return self.exhaustive(&mut coded).map(|()| None);
        };
        let k = self.top.k();
        let most = (request.pruning.is_none() && pruning != Pruning::NONE).then(|| Pruning::most(k));
        let (scored, pruned) = self.late(&mut coded, pruning, most)?;
        if request.certified {
            self.score_rest(&mut coded, &scored)?;
        }
        Ok(Some(pruned))
    }
}
