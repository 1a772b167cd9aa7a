//! `compare scale`: the same queries over a corpus that is hidden among ever more passages.

mod cold;
mod report;

use std::path::PathBuf;

use maxsimd_engine::Stage;
use maxsimd_engine::search::Mode;
use serde::Serialize;

pub(crate) use self::cold::{ColdArgs, cold};
use super::build::build_ours;
use super::inputs::{InputFlags, Inputs};
use crate::engines::maxsimd::Ours;
use crate::exact::{self, Scored};
use crate::machine;
use crate::process::Usage;
use crate::quality::{mean, ndcg_at_10, overlap};
use crate::section::Section;
use crate::searcher::{Spent, timed};
use crate::stats::{Milliseconds, median};
use crate::table::Report;
use crate::vectors::VectorsFolder;

/// Every so many judged queries one is asked of `exhaustive`, in whose time a program could do much else.
const EXHAUSTIVE_EVERY: usize = 3;
/// What is told of a search's stages.
const STAGES: [Stage; 4] = [Stage::Probe, Stage::Gather, Stage::Estimate, Stage::Score];

/// maxsimd alone: a corpus by itself, and hidden among ever more other passages
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: InputFlags,
    /// Folders of token vectors; the first size is the corpus alone, and each folder makes the next
    #[arg(long, value_name = "DIR", num_args = 1.., required = true)]
    among: Vec<PathBuf>,
    /// Bits per value of the score codes
    #[arg(long, value_name = "N", default_value_t = 2)]
    bits: u8,
    /// Threads of the builds
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Times that every query is asked after the warm-up
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Markdown file that gets the table, between its two markers; plots go to the folder `scale` beside it
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Build also what an earlier run has built
    #[arg(long)]
    anew: bool,
}

/// One size.
#[derive(Debug, Serialize)]
struct Size {
    passages: u64,
    token_vectors: u64,
    centroids: usize,
    build: Usage,
    index_bytes: u64,
    late_ms: Milliseconds,
    /// Median microseconds of the stages of `late`, in their order.
    stages_us: Vec<f64>,
    #[serde(flatten)]
    judged: Judged,
    cold: cold::Cold,
}

/// Builds all sizes, and searches them in turn.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let machine = machine::machine(args.threads)?;
    let inputs = Inputs::open(&args.inputs)?;
    let paths: Vec<PathBuf> = std::iter::once(&args.inputs.corpus).chain(&args.among).cloned().collect();
    let folders = paths.iter().map(|path| VectorsFolder::open(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let folders: Vec<&VectorsFolder> = folders.iter().collect();
    let mut builds = Vec::new();
    for count in 1..=folders.len() {
        builds.push(built(&inputs, args, &paths[..count])?);
    }
    let exact = exact_by_size(&inputs, &folders)?;
    let open = |mode| {
        let open = |count: usize| Ours::open(&inputs.work, &name(count), mode, (&inputs.queries, &folders[..count]));
        (1..=folders.len()).map(open).collect::<anyhow::Result<Vec<_>>>()
    };
    let (late, exhaustive) = (open(Mode::Late)?, open(Mode::Exhaustive)?);
    let spent = in_turn(&late, inputs.queries.len(), args.rounds)?;
    let mut warm = Vec::new();
    for (at, spent) in spent.iter().enumerate() {
        let judged = Judged::of(&inputs, (&late[at], &exhaustive[at]), &exact[at])?;
        let stages = stages(&late[at], inputs.queries.len())?;
        warm.push((late[at].description().clone(), Milliseconds::of(spent), stages, judged));
    }
    // What any process has mapped stays in the page cache.
    drop((late, exhaustive));
    let mut sizes = Vec::new();
    for (at, (build, (description, late_ms, stages_us, judged))) in builds.into_iter().zip(warm).enumerate() {
        sizes.push(Size {
            passages: description.passages,
            token_vectors: description.token_vectors,
            centroids: description.router.as_ref().map_or(0, |router| router.centroids),
            build,
            index_bytes: description.index_bytes,
            late_ms,
            stages_us,
            judged,
            cold: cold::in_a_child(&inputs.work, &args.inputs.queries, &name(at + 1))?,
        });
    }
    let report = report::report(&sizes, inputs.queries.len(), args.rounds)?;
    let mut section = Section::new("scale", args.into.as_deref(), machine);
    section.add(&report, report::plots(&sizes))?;
    section.write()?;
    Ok(report)
}

/// Name of the collection of so many folders.
fn name(folders: usize) -> String {
    format!("scale-{folders}")
}

/// What building the collection of these folders took, now or in an earlier run.
fn built(inputs: &Inputs, args: &Args, folders: &[PathBuf]) -> anyhow::Result<Usage> {
    let name = name(folders.len());
    let kept = inputs.work.built(&name);
    if !args.anew && kept.exists() {
        return Ok(serde_json::from_slice(&std::fs::read(&kept)?)?);
    }
    let (usage, _) = build_ours(&inputs.work, &name, folders, (args.bits, args.threads))?;
    std::fs::write(kept, serde_json::to_vec(&usage)?)?;
    Ok(usage)
}

/// The best passages of each query among the first folder, the first two, and so on.
fn exact_by_size(inputs: &Inputs, folders: &[&VectorsFolder]) -> anyhow::Result<Vec<Vec<Vec<u32>>>> {
    let mut best: Vec<Vec<Scored>> = vec![Vec::new(); inputs.queries.len()];
    let (mut sizes, mut first) = (Vec::new(), 0);
    for (number, folder) in folders.iter().enumerate() {
        for (best, more) in best.iter_mut().zip(inputs.exact_in(number, folder)?) {
            best.extend(more.into_iter().map(|(score, passage)| (score, first + passage)));
            exact::keep_best(best);
        }
        sizes.push(best.iter().map(|best| best.iter().map(|(_, passage)| *passage).collect()).collect());
        first += u32::try_from(folder.len())?;
    }
    Ok(sizes)
}

/// Times of every query in all sizes, after one pass that is not counted.
fn in_turn(sizes: &[Ours], queries: usize, rounds: usize) -> anyhow::Result<Vec<Vec<Spent>>> {
    let mut spent = vec![Vec::new(); sizes.len()];
    for round in 0..=rounds {
        for query in 0..queries {
            for (size, all) in sizes.iter().zip(&mut spent) {
                let one = timed(size, query, 10)?.0;
                if round > 0 {
                    all.push(one);
                }
            }
        }
    }
    Ok(spent)
}

/// Median microseconds of each stage.
fn stages(late: &Ours, queries: usize) -> anyhow::Result<Vec<f64>> {
    let timings = (0..queries).map(|query| late.timings(query, 10)).collect::<anyhow::Result<Vec<_>>>()?;
    let of = |stage| median(&timings.iter().map(|t| t.get(stage).as_secs_f64() * 1e6).collect::<Vec<_>>());
    Ok(STAGES.map(of).to_vec())
}

/// How good the hits of one size are.
#[derive(Debug, Serialize)]
struct Judged {
    exhaustive_ms: f64,
    ndcg_at_10: f64,
    overlap_at_10_with_exact: f64,
    exhaustives_overlap_with_exact: f64,
    of_exhaustives_top_10: f64,
    of_exhaustives_top_100: f64,
}

impl Judged {
    fn of(inputs: &Inputs, (late, exhaustive): (&Ours, &Ours), exact: &[Vec<u32>]) -> anyhow::Result<Self> {
        let [mut ndcg, mut of_exact, mut theirs, mut of_10, mut of_100, mut times] = [const { Vec::new() }; 6];
        for (number, query) in inputs.queries.iter().enumerate() {
            let few = timed(late, number, 10)?.1;
            ndcg.push(ndcg_at_10(inputs.ids(&few), &query.gains));
            of_exact.push(overlap(&few, &exact[number], 10));
            if number % EXHAUSTIVE_EVERY == 0 {
                let (spent, everything) = timed(exhaustive, number, 100)?;
                times.push(spent.wall * 1e3);
                theirs.push(overlap(&everything, &exact[number], 10));
                of_10.push(overlap(&few, &everything, 10));
                of_100.push(overlap(&timed(late, number, 100)?.1, &everything, 100));
            }
        }
        let over = |figures: Vec<f64>| mean(figures.into_iter());
        Ok(Self {
            exhaustive_ms: median(&times),
            ndcg_at_10: over(ndcg),
            overlap_at_10_with_exact: over(of_exact),
            exhaustives_overlap_with_exact: over(theirs),
            of_exhaustives_top_10: over(of_10),
            of_exhaustives_top_100: over(of_100),
        })
    }
}
