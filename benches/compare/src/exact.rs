//! Rankings by the full vectors: every passage scored in f32, once, and kept.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use maxsimd_engine::kernels::{self, FloatBlock};
use serde::{Deserialize, Serialize};

use crate::queries::Query;
use crate::vectors::VectorsFolder;

/// Passages kept per query.
const KEPT: usize = 100;
/// Query tokens scored together: their lanes stay in the second-level cache.
const LANES: usize = 96;

/// Best passages of each query, and of which vectors.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    corpus: String,
    queries: String,
    rankings: HashMap<String, Vec<Scored>>,
}

/// A score and a passage.
pub(crate) type Scored = (f32, u32);

/// The best passages of each judged query, best first.
pub(crate) fn rankings(
    file: &Path,
    corpus: &VectorsFolder,
    queries: (&VectorsFolder, &[Query]),
    threads: usize,
) -> anyhow::Result<Vec<Vec<u32>>> {
    let scored = scored(file, corpus, queries, threads)?;
    Ok(scored.into_iter().map(|best| best.into_iter().map(|(_, passage)| passage).collect()).collect())
}

/// The best passages of each judged query with their scores, best first; from the file if it has them.
pub(crate) fn scored(
    file: &Path,
    corpus: &VectorsFolder,
    (folder, queries): (&VectorsFolder, &[Query]),
    threads: usize,
) -> anyhow::Result<Vec<Vec<Scored>>> {
    let kept: Kept = std::fs::read(file).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
    if kept.corpus == corpus.identity() && kept.queries == folder.identity() {
        let found: Option<Vec<_>> = queries.iter().map(|query| kept.rankings.get(&query.id).cloned()).collect();
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let found = score(corpus, queries, threads)?;
    let rankings = queries.iter().map(|query| query.id.clone()).zip(found.iter().cloned()).collect();
    let kept = Kept { corpus: corpus.identity().to_owned(), queries: folder.identity().to_owned(), rankings };
    std::fs::write(file, serde_json::to_vec(&kept)?)?;
    Ok(found)
}

fn score(corpus: &VectorsFolder, queries: &[Query], threads: usize) -> anyhow::Result<Vec<Vec<Scored>>> {
    let groups = Group::all(queries, corpus.width());
    let share = corpus.len().div_ceil(threads.max(1)).max(1);
    let parts: Vec<Range<usize>> =
        (0..corpus.len()).step_by(share).map(|start| start..(start + share).min(corpus.len())).collect();
    let scored = std::thread::scope(|scope| {
        let workers: Vec<_> =
            parts.into_iter().map(|part| scope.spawn(|| score_part(corpus, part, &groups, queries.len()))).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker ends")).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let merged = (0..queries.len()).map(|query| {
        let mut best: Vec<Scored> = scored.iter().flat_map(|part| part[query].iter().copied()).collect();
        keep_best(&mut best);
        best
    });
    Ok(merged.collect())
}

/// Queries whose tokens are lanes of one block.
struct Group {
    block: FloatBlock,
    queries: Vec<(usize, Range<usize>)>,
}

impl Group {
    fn all(queries: &[Query], width: usize) -> Vec<Self> {
        let mut groups = Vec::new();
        let (mut rows, mut members) = (Vec::new(), Vec::new());
        for (number, query) in queries.iter().enumerate() {
            let start = rows.len();
            rows.extend(query.vectors.chunks_exact(width));
            members.push((number, start..rows.len()));
            if rows.len() >= LANES || number + 1 == queries.len() {
                groups.push(Self { block: FloatBlock::new(&rows, width), queries: std::mem::take(&mut members) });
                rows.clear();
            }
        }
        groups
    }
}

fn score_part(
    corpus: &VectorsFolder,
    part: Range<usize>,
    groups: &[Group],
    queries: usize,
) -> anyhow::Result<Vec<Vec<Scored>>> {
    let mut best = vec![Vec::new(); queries];
    let mut maxima: Vec<Vec<f32>> = groups.iter().map(|group| vec![0.0; group.block.lanes()]).collect();
    for passage in part {
        let (rows, number) = (corpus.read(passage)?, u32::try_from(passage)?);
        for (group, max) in groups.iter().zip(&mut maxima) {
            max.fill(f32::NEG_INFINITY);
            kernels::best().row_max_f32(&group.block, &rows, max);
            for (query, lanes) in &group.queries {
                let best: &mut Vec<Scored> = &mut best[*query];
                best.push((max[lanes.clone()].iter().sum(), number));
                if best.len() >= 16 * KEPT {
                    keep_best(best);
                }
            }
        }
    }
    Ok(best)
}

/// Leaves the best, best first; of equal scores the passage that comes first.
pub(crate) fn keep_best(scored: &mut Vec<Scored>) {
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    scored.truncate(KEPT);
}
