//! `compare hidden`: the same queries over the corpus alone and over the corpus hidden among other passages.

use std::path::PathBuf;

use maxsimd_engine::search::Mode;
use serde::Serialize;

use super::build::build_ours;
use super::inputs::{InputFlags, Inputs};
use crate::engines::maxsimd::Ours;
use crate::quality::{mean, ndcg_at_10, overlap};
use crate::searcher::{Spent, timed};
use crate::stats::Milliseconds;
use crate::table::Report;
use crate::vectors::VectorsFolder;

/// maxsimd alone: a corpus by itself against the same corpus hidden among other passages
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: InputFlags,
    /// Folders of token vectors to hide the corpus among
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
    /// Search the collections that an earlier run built
    #[arg(long)]
    keep: bool,
}

/// One collection's figures.
#[derive(Debug, Serialize)]
struct Figures {
    collection: &'static str,
    passages: u64,
    token_vectors: u64,
    k10_ms: Milliseconds,
    ndcg_at_10: f64,
    of_exhaustives_top_10: f64,
    of_exhaustives_top_100: f64,
}

/// Builds both collections and searches them in turn.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let inputs = Inputs::open(&args.inputs)?;
    let others = args.among.iter().map(|folder| VectorsFolder::open(folder)).collect::<anyhow::Result<Vec<_>>>()?;
    let (alone, hidden) = ("alone", "hidden");
    if !args.keep {
        let folders: Vec<PathBuf> = std::iter::once(&args.inputs.corpus).chain(&args.among).cloned().collect();
        build_ours(&inputs.work, alone, &folders[..1], (args.bits, args.threads))?;
        build_ours(&inputs.work, hidden, &folders, (args.bits, args.threads))?;
    }
    let folders: Vec<&VectorsFolder> = std::iter::once(&inputs.corpus).chain(&others).collect();
    let collections = [(alone, &folders[..1]), (hidden, &folders[..])];
    let open =
        |mode| collections.map(|(name, folders)| Ours::open(&inputs.work, name, mode, (&inputs.queries, folders)));
    let [late_alone, late_hidden] = open(Mode::Late);
    let late = [late_alone?, late_hidden?];
    let [all_alone, all_hidden] = open(Mode::Exhaustive);
    let all = [all_alone?, all_hidden?];

    let spent = in_turn(&late, inputs.queries.len(), args.rounds)?;
    let mut figures = Vec::new();
    for (at, (name, _)) in collections.into_iter().enumerate() {
        figures.push(judge(&inputs, name, (&late[at], &all[at]), &spent[at])?);
    }
    report(&figures, inputs.queries.len(), args.rounds)
}

/// Time of every query in both collections, after one pass that is not counted.
fn in_turn(collections: &[Ours; 2], queries: usize, rounds: usize) -> anyhow::Result<[Vec<Spent>; 2]> {
    let mut spent = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for query in 0..queries {
            for (collection, all) in collections.iter().zip(&mut spent) {
                let one = timed(collection, query, 10)?.0;
                if round > 0 {
                    all.push(one);
                }
            }
        }
    }
    Ok(spent)
}

fn judge(
    inputs: &Inputs,
    collection: &'static str,
    (late, all): (&Ours, &Ours),
    spent: &[Spent],
) -> anyhow::Result<Figures> {
    let (mut ndcg, mut of_10, mut of_100) = (Vec::new(), Vec::new(), Vec::new());
    for (number, query) in inputs.queries.iter().enumerate() {
        let (everything, few, many) =
            (timed(all, number, 100)?.1, timed(late, number, 10)?.1, timed(late, number, 100)?.1);
        ndcg.push(ndcg_at_10(inputs.ids(&few), &query.gains));
        of_10.push(overlap(&few, &everything, 10));
        of_100.push(overlap(&many, &everything, 100));
    }
    let over = |figures: Vec<f64>| mean(figures.into_iter());
    Ok(Figures {
        collection,
        passages: late.description().passages,
        token_vectors: late.description().token_vectors,
        k10_ms: Milliseconds::of(spent),
        ndcg_at_10: over(ndcg),
        of_exhaustives_top_10: over(of_10),
        of_exhaustives_top_100: over(of_100),
    })
}

fn report(figures: &[Figures], queries: usize, rounds: usize) -> anyhow::Result<Report> {
    let title = format!("A corpus hidden among others, one thread: {queries} judged queries, {rounds} times, k = 10");
    let columns = [
        "collection",
        "passages",
        "token vectors",
        "p50 ms",
        "p95 ms",
        "mean ms",
        "processor p50 ms",
        "nDCG@10",
        "of exhaustive's top 10",
        "of its top 100",
    ];
    let mut report = Report::new(title, &columns, &figures)?;
    for f in figures {
        let start = [f.collection.to_owned(), f.passages.to_string(), f.token_vectors.to_string()];
        let rest = [f.ndcg_at_10, f.of_exhaustives_top_10, f.of_exhaustives_top_100].map(|value| format!("{value:.4}"));
        report.row(start.into_iter().chain(f.k10_ms.cells()).chain(rest));
    }
    if let [alone, hidden] = figures {
        let ratio = |get: fn(&Figures) -> u64| format!("{:.2}x", get(hidden) as f64 / get(alone) as f64);
        let start = ["hidden / alone".to_owned(), ratio(|f| f.passages), ratio(|f| f.token_vectors)];
        let blank = std::iter::repeat_n(String::new(), 3);
        report.row(start.into_iter().chain(hidden.k10_ms.ratios(&alone.k10_ms)).chain(blank));
    }
    Ok(report)
}
