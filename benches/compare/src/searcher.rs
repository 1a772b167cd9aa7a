//! What a comparison needs of an engine: the passages that a judged query finds.

use std::time::Instant;

use crate::clock::thread_seconds;

/// One engine with its index open and the judged queries in its own form.
pub(crate) trait Searcher: Sync {
    /// What the engine returns.
    type Reply;

    /// Searches for a judged query, by its place among them.
    fn search(&self, query: usize, k: usize) -> anyhow::Result<Self::Reply>;

    /// Passages found, best first, by their number in the corpus.
    fn passages(&self, reply: &Self::Reply) -> Vec<u32>;
}

/// Seconds of one search: by the clock, and of this thread on a processor, which other programs hardly change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) wall: f64,
    pub(crate) processor: f64,
}

/// What one search took and found.
pub(crate) fn timed<S: Searcher>(searcher: &S, query: usize, k: usize) -> anyhow::Result<(Spent, Vec<u32>)> {
    let (start, processor) = (Instant::now(), thread_seconds());
    let reply = searcher.search(query, k)?;
    let spent = Spent { wall: start.elapsed().as_secs_f64(), processor: thread_seconds() - processor };
    Ok((spent, searcher.passages(&reply)))
}
