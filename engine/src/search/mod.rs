//! Search over one generation: `probe -> gather -> estimate -> score -> fetch`, or a scan of everything.

mod exact;
mod exhaustive;
mod fetch;
mod fit;
mod late;
mod pruning;
mod request;
mod top_k;
mod words;

pub use pruning::{DEFAULT_RECALL, Pruning};
pub use request::{Hit, MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS, Mode, SearchReply, SearchRequest, TokenMatch};

use crate::codes::CodedQuery;
use crate::collection::Generation;
use crate::kernels::{self, Kernels};
use crate::{Context, Error, Result};
use top_k::TopK;

/// Passages scored between two looks at the clock.
const PASSAGES_BETWEEN_CHECKS: usize = 32;

/// A part of the generation and a passage in it.
type Place = (usize, usize);

/// One query's search in progress.
struct Search<'a> {
    context: &'a Context,
    generation: &'a Generation,
    kernels: Kernels,
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
        let (pruning, measured_recall) = self.pruning(request);
        let mut top = TopK::new(request.k, request.min_score);
        let (mut partial, mut certified) = (false, true);
        for number in 0..request.asked() {
            top.begin_query(number);
            let before = top.offered();
            let mut search = Search { context, generation: self, kernels, top: &mut top };
            match search.run(number, request, pruning) {
                Err(Error::Deadline) if top.offered() > 0 => partial = true,
                done => done?,
            }
            let all = (top.offered() - before) as u64 == self.description().passages;
            certified &= all || request.mode == Mode::Bm25;
            if partial {
                break;
            }
        }
        let scored_passages = top.offered();
        let hits = context.stage(crate::Stage::Fetch, || fetch::hits(context, self, kernels, request, top))?;
        let generation = self.description().generation;
        let kernel = kernels.name();
        Ok(SearchReply { hits, generation, partial, scored_passages, certified, pruning, measured_recall, kernel })
    }

    /// How a request prunes, if it does, and the recall that was measured with it.
    fn pruning(&self, request: &SearchRequest) -> (Option<Pruning>, Option<f64>) {
        if self.router().is_none() || request.mode != Mode::Late {
            return (None, None);
        }
        let fitted = || Pruning::fitted(&self.manifest().efforts, request.recall.unwrap_or(DEFAULT_RECALL), request.k);
        let (pruning, recall) = request.pruning.map_or_else(fitted, |pruning| (pruning, None));
        (Some(pruning), recall)
    }
}

impl Search<'_> {
    fn run(&mut self, number: usize, request: &SearchRequest, pruning: Option<Pruning>) -> Result<()> {
        if request.mode == Mode::Bm25 {
            return self.words(&request.texts[number], request.k);
        }
        let query = &request.queries[number];
        if request.mode == Mode::Exact {
            return self.exact(query);
        }
        let mut coded = CodedQuery::new(self.generation.coder(), self.kernels, query)?;
        let Some(pruning) = pruning else { return self.exhaustive(&mut coded) };
        let scored = self.late(&mut coded, pruning)?;
        if request.certified { self.score_rest(&mut coded, &scored) } else { Ok(()) }
    }
}
