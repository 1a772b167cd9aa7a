//! Search over one generation: `probe -> gather -> estimate -> score -> fetch`, or a scan of everything.

mod exact;
mod exhaustive;
mod fetch;
mod late;
mod request;
mod top_k;

pub use request::{Hit, MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS, Mode, Pruning, SearchReply, SearchRequest, TokenMatch};

use crate::collection::Generation;
use crate::kernels::{self, Kernels};
use crate::{Context, Error, Result, TokenMatrix};
use top_k::TopK;

/// Passages scored between two looks at the clock.
const PASSAGES_BETWEEN_CHECKS: usize = 32;

/// One query's search in progress.
struct Search<'a> {
    context: &'a Context,
    generation: &'a Generation,
    kernels: Kernels,
    query: &'a TokenMatrix,
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
        let mut top = TopK::new(request.k, request.min_score);
        let mut partial = false;
        for (number, query) in request.queries.iter().enumerate() {
            top.begin_query(number);
            let mut search = Search { context, generation: self, kernels, query, top: &mut top };
            let done = match request.mode {
                Mode::Exhaustive => search.exhaustive(),
                Mode::Exact => search.exact(),
                Mode::Late if self.router().is_none() => search.exhaustive(),
                Mode::Late => search.late(request.pruning.unwrap_or_else(|| late::default_pruning(request.k))),
            };
            match done {
                Err(Error::Deadline) if top.offered() > 0 => {
                    partial = true;
                    break;
                }
                done => done?,
            }
        }
        let scored_passages = top.offered();
        let hits = context.stage(crate::Stage::Fetch, || fetch::hits(context, self, kernels, request, top))?;
        let generation = self.description().generation;
        Ok(SearchReply { hits, generation, partial, scored_passages, kernel: kernels.name() })
    }
}
