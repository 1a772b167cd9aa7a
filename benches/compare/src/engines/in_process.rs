//! Engines that are libraries in Rust: searched on threads of this process.

use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;

use super::Engine;
use crate::searcher::{Searcher, Spent, timed};

/// A library with its index open.
pub(crate) struct InProcess<S> {
    searcher: S,
    queries: usize,
    ways: &'static [&'static str],
}

impl<S: Searcher> InProcess<S> {
    /// An engine whose threads each take a query; the thread that calls this asks it for one query at a time.
    pub(crate) fn new(searcher: S, queries: usize) -> anyhow::Result<Self> {
        searcher.begin()?;
        Ok(Self { searcher, queries, ways: &["a query a thread"] })
    }

    /// One that can also search for all queries by its own means.
    pub(crate) fn with_batches(searcher: S, queries: usize) -> anyhow::Result<Self> {
        Ok(Self { ways: &["a query a thread", "its own batches"], ..Self::new(searcher, queries)? })
    }

    /// One pass over all queries; each thread takes the next query when it is done with one.
    fn each_its_query(&self, k: usize, threads: usize) -> anyhow::Result<()> {
        let next = AtomicUsize::new(0);
        let work = || {
            self.searcher.begin()?;
            loop {
                let query = next.fetch_add(1, Ordering::Relaxed);
                if query >= self.queries {
                    return Ok(());
                }
                self.searcher.search(query, k)?;
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("a worker ends"))
        })
    }
}

impl<S: Searcher> Engine for InProcess<S> {
    fn search(&mut self, query: usize, k: usize) -> anyhow::Result<(Spent, Vec<u32>)> {
        timed(&self.searcher, query, k)
    }

    fn ways(&self) -> &'static [&'static str] {
        self.ways
    }

    fn pass(&mut self, way: usize, k: usize, threads: usize) -> anyhow::Result<Spent> {
        Spent::by_process(|| match way {
            0 => self.each_its_query(k, threads),
            _ => self.searcher.batch(k, threads).context("an engine without batches of its own")?,
        })
    }
}
