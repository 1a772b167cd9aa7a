//! Score codes of a collection's segments as the router needs them: decoded, a sample or everything.

use std::ops::Range;
use std::path::PathBuf;

use crate::codes::Coder;
use crate::kernels::Kernels;
use crate::seed::Random;
use crate::segment::Segment;
use crate::{Result, parallel};

/// Token vectors decoded at a time.
pub(super) const RUN: usize = 4096;

/// Segments of one coder. Opened one after the other, so that what is mapped does not grow with the collection.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(super) kernels: Kernels,
    coder: &'a Coder,
    paths: Vec<PathBuf>,
    /// Token vectors of each segment.
    rows: Vec<usize>,
    pub(super) threads: usize,
}

/// A token vector: segment and row.
pub(super) type Pick = (usize, usize);

impl<'a> Source<'a> {
    /// Looks at each segment for its size.
    pub(crate) fn new(kernels: Kernels, coder: &'a Coder, paths: Vec<PathBuf>, threads: usize) -> Result<Self> {
        let rows = paths.iter().map(|path| Ok(Segment::open(path)?.token_vectors())).collect::<Result<_>>()?;
        Ok(Self { kernels, coder, paths, rows, threads })
    }

    /// Width of the token vectors.
    pub(super) fn width(&self) -> usize {
        self.coder.width()
    }

    /// Number of token vectors.
    pub(super) fn total(&self) -> usize {
        self.rows.iter().sum()
    }

    /// Opens a segment.
    pub(super) fn open(&self, segment: usize) -> Result<Segment> {
        Segment::open(&self.paths[segment])
    }

    /// An evenly spread, jittered sample, ascending.
    pub(super) fn picks(&self, size: usize, seed: u64) -> Vec<Pick> {
        let mut random = Random::new(seed ^ 0x5a3d_3e2f);
        let total = self.total();
        let size = size.min(total);
        let (mut segment, mut first) = (0, 0);
        let pick = |at: usize| {
            let (start, end) = (at * total / size, (at + 1) * total / size);
            let row = start + random.below(end - start);
            while row - first >= self.rows[segment] {
                first += self.rows[segment];
                segment += 1;
            }
            (segment, row - first)
        };
        (0..size).map(pick).collect()
    }

    /// Hands picked token vectors, decoded into the rotated space, to `work` in runs; results in the order of the picks.
    pub(super) fn sample<R: Send>(&self, picks: &[Pick], work: impl Fn(Vec<f32>) -> R + Sync) -> Result<Vec<R>> {
        let mut results = Vec::new();
        for picks in picks.chunk_by(|a, b| a.0 == b.0) {
            let segment = self.open(picks[0].0)?;
            let runs: Vec<&[Pick]> = picks.chunks(RUN).collect();
            let decoded = parallel::map(self.threads, &runs, |picks| {
                let mut values = Vec::with_capacity(picks.len() * self.width());
                picks.iter().try_for_each(|pick| self.decode(&segment, pick.1..pick.1 + 1, &mut values))?;
                Ok(work(values))
            });
            results.extend(decoded.into_iter().collect::<Result<Vec<R>>>()?);
        }
        Ok(results)
    }

    /// Appends neighbouring token vectors of a segment, decoded.
    pub(super) fn decode(&self, segment: &Segment, tokens: Range<usize>, values: &mut Vec<f32>) -> Result<()> {
        let codes = self.coder.view(segment.codes(&tokens)?, segment.scales(&tokens)?);
        self.coder.decode_all(self.kernels, &codes, &mut Vec::new(), values);
        Ok(())
    }
}
