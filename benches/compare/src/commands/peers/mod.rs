//! `compare peers`: every engine on the same data sets, one table each: builds, memory, bytes, quality, times, rates.

mod built;
mod measure;
mod report;

use std::path::PathBuf;

use anyhow::{Context as _, ensure};

use self::built::Builder;
use self::report::{Row, Table};
use crate::dataset::Dataset;
use crate::engines::fast_plaid::{self, Versions};
use crate::engines::{ENTRIES, Engine, Entry, Index};
use crate::quality::{mean, ndcg_at_10, overlap};
use crate::section::Section;
use crate::stats::Milliseconds;
use crate::work::Work;
use crate::{exact, machine};

/// Hits of a search.
const K: usize = 10;

/// All engines on the same data sets: builds, memory, bytes, quality, times, queries a second; tables and plots
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Data sets: folders with corpus/ and queries/ from `maxsim encode`, and qrels.tsv
    #[arg(long, value_name = "DIR", num_args = 1.., required = true)]
    dataset: Vec<PathBuf>,
    /// Folder for indexes, projected vectors and exact rankings; each data set gets one of its own in it
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
    /// Markdown file that gets the tables, between its two markers; plots go to the folder `peers` beside it
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Python that has fast-plaid; without it these rows are left out
    #[arg(long, value_name = "FILE")]
    python: Option<String>,
    /// Only these engines
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = names())]
    only: Vec<String>,
    /// Threads of each build, and of searches for queries a second; all by default
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Times that every query is asked after the warm-up, and measurements of queries a second
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Keep indexes that an earlier run built of the same vectors, with what it measured of their builds
    #[arg(long)]
    keep: bool,
    /// Remove the corpus' mean before projecting to the peers' width
    #[arg(long)]
    centred: bool,
}

fn names() -> clap::builder::PossibleValuesParser {
    ENTRIES.iter().map(|entry| entry.name).into()
}

/// Measures all data sets, one after the other; prints the tables and writes them where `--into` says.
pub(crate) fn run(args: &Args, json: bool) -> anyhow::Result<()> {
    let threads = args.threads.map_or_else(|| std::thread::available_parallelism().map(usize::from), Ok)?;
    ensure!(threads > 0 && args.rounds > 0, "--threads and --rounds are at least 1");
    let fast_plaid = match &args.python {
        Some(python) => fast_plaid::versions(python),
        None => Err("--python names no Python that has it".to_owned()),
    };
    let begin = format!("{}\n\n{}", machine::machine(threads)?, machine::engines(fast_plaid.as_ref().ok()));
    let mut section = Section::new("peers", args.into.as_deref(), begin);
    let entries = chosen(&args.only, fast_plaid.as_ref());
    for folder in &args.dataset {
        let table = measured(&Dataset::open(folder)?, args, (&entries, threads))?;
        let mut report = table.report()?;
        if let (Err(reason), true) = (&fast_plaid, args.only.is_empty()) {
            report.note(format!("fast-plaid is left out: {reason}."));
        }
        report.print(json);
        section.add(&report, table.plots())?;
    }
    section.write()
}

/// The engines that are asked for, without those that are not there.
fn chosen(only: &[String], fast_plaid: Result<&Versions, &String>) -> Vec<Entry> {
    let there = |entry: &Entry| fast_plaid.is_ok() || !matches!(entry.index, Index::FastPlaid { .. });
    let asked = |entry: &Entry| only.is_empty() || only.iter().any(|name| name == entry.name);
    ENTRIES.iter().copied().filter(|entry| there(entry) && asked(entry)).collect()
}

fn measured(data: &Dataset, args: &Args, (entries, threads): (&[Entry], usize)) -> anyhow::Result<Table> {
    let (work, python) = (Work::new(&args.work.join(&data.name))?, args.python.as_deref().unwrap_or_default());
    work.project(&data.place.corpus(), &data.place.queries(), args.centred)?;
    let exact = exact::rankings(&work.exact(), &data.corpus, (&data.query_folder, &data.queries), threads)?;
    let mut builder = Builder { data, work: &work, python, threads, keep: args.keep, done: Vec::new() };
    let built = entries.iter().map(|entry| builder.built(entry.index)).collect::<anyhow::Result<Vec<_>>>()?;
    let open = |entry: &Entry| entry.open(data, &work, python).with_context(|| entry.name);
    let mut engines: Vec<Box<dyn Engine>> = entries.iter().map(open).collect::<anyhow::Result<_>>()?;

    let searches = measure::in_turn(&mut engines, data.queries.len(), args.rounds)?;
    let rates = measure::rates(&mut engines, data.queries.len(), threads, args.rounds)?;
    let quality = |found: &[Vec<u32>]| {
        let of = |query: usize| ndcg_at_10(data.ids(&found[query]), &data.queries[query].gains);
        let overlaps = (0..found.len()).map(|query| overlap(&found[query], &exact[query], K));
        (mean((0..found.len()).map(of)), mean(overlaps))
    };
    let rows = entries.iter().zip(built).zip(searches.iter().zip(rates)).map(|((entry, built), (searches, rate))| {
        let (ndcg_at_10, overlap_at_10) = quality(&searches.found);
        Row {
            entry: *entry,
            engine: entry.title(data.corpus.width()),
            built,
            ndcg_at_10,
            overlap_at_10_with_exact: entry.ranks_by_maxsim().then_some(overlap_at_10),
            ms: Milliseconds::of(&searches.spent),
            rate,
        }
    });
    Ok(Table {
        dataset: data.name.clone(),
        passages: data.corpus.len(),
        token_vectors: data.corpus.token_vectors(),
        width: data.corpus.width(),
        queries: data.queries.len(),
        rounds: args.rounds,
        threads,
        exact_ndcg_at_10: quality(&exact).0,
        rows: rows.collect(),
    })
}
