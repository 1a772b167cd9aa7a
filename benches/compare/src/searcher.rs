//! What a comparison needs of an engine: the passages that a judged query finds.

use std::time::Instant;

/// One engine with its index open and the judged queries in its own form.
pub(crate) trait Searcher: Sync {
    /// What the engine returns.
    type Reply;

    /// Searches for a judged query, by its place among them.
    fn search(&self, query: usize, k: usize) -> anyhow::Result<Self::Reply>;

    /// Passages found, best first, by their number in the corpus.
    fn passages(&self, reply: &Self::Reply) -> Vec<u32>;
}

/// Seconds of one search, and what it found.
pub(crate) fn timed<S: Searcher>(searcher: &S, query: usize, k: usize) -> anyhow::Result<(f64, Vec<u32>)> {
    let start = Instant::now();
    let reply = searcher.search(query, k)?;
    let seconds = start.elapsed().as_secs_f64();
    Ok((seconds, searcher.passages(&reply)))
}
