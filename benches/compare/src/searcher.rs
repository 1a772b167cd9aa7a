//! What a comparison needs of an engine: the passages that a judged query finds.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::clock::{process_seconds, thread_seconds};

/// One engine with its index open and the judged queries in its own form.
pub(crate) trait Searcher: Sync {
    /// What the engine returns.
    type Reply;

    /// Searches for a judged query, by its place among them.
    fn search(&self, query: usize, k: usize) -> anyhow::Result<Self::Reply>;

    /// Passages found, best first, by their number in the corpus.
    fn passages(&self, reply: &Self::Reply) -> Vec<u32>;

    /// What a thread does once before it searches.
    fn begin(&self) -> anyhow::Result<()> {
        Ok(())
    }

    /// Searches for all judged queries by the engine's own means of using several threads, if it has any.
    fn batch(&self, _k: usize, _threads: usize) -> Option<anyhow::Result<()>> {
        None
    }
}

/// Seconds of one search: by the clock, and of this thread on a processor, which other programs hardly change.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Spent {
    pub(crate) wall: f64,
    pub(crate) processor: f64,
}

impl Spent {
    /// Of work of all threads of this process.
    pub(crate) fn by_process(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let (start, processor) = (Instant::now(), process_seconds());
        work()?;
        Ok(Self { wall: start.elapsed().as_secs_f64(), processor: process_seconds() - processor })
    }
}

/// What one search took and found.
pub(crate) fn timed<S: Searcher>(searcher: &S, query: usize, k: usize) -> anyhow::Result<(Spent, Vec<u32>)> {
    let (start, processor) = (Instant::now(), thread_seconds());
    let reply = searcher.search(query, k)?;
    let spent = Spent { wall: start.elapsed().as_secs_f64(), processor: thread_seconds() - processor };
    Ok((spent, searcher.passages(&reply)))
}
