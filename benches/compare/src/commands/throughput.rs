//! `compare throughput`: queries a second with several threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use maxsimd_engine::search::Mode;
use serde::Serialize;

use super::inputs::{CORPUS, InputFlags, Inputs};
use crate::clock::process_seconds;
use crate::ours::Ours;
use crate::peer::{self, Peer, PeerKind};
use crate::searcher::Searcher;
use crate::stats::median;
use crate::table::Report;

/// Shortest measurement: engines that are through the queries sooner are given them again.
const LEAST: Duration = Duration::from_secs(2);

/// Queries a second of both with several threads
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: InputFlags,
    /// How the peer stores vectors
    #[arg(long, value_enum, default_value = "4bits")]
    peer: PeerKind,
    /// Threads of each engine
    #[arg(long, value_name = "N", default_value_t = 2)]
    threads: usize,
    /// Measurements of each, in turn
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
}

/// One way of searching and its queries a second.
#[derive(Debug, Serialize)]
struct Rate {
    way: &'static str,
    queries_per_second: f64,
    /// By processor time: what as many threads would reach with nothing else on the machine.
    unhindered: f64,
}

/// Measures the two ways of the peer and ours in turn.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    let inputs = Inputs::open(&args.inputs)?;
    let theirs = Peer::open(&inputs.work, args.peer, &inputs.queries, inputs.corpus.len())?;
    let ours = Ours::open(&inputs.work, CORPUS, Mode::Late, (&inputs.queries, &[&inputs.corpus]))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build()?;
    let (queries, threads) = (inputs.queries.len(), args.threads);
    let mut measured = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..=args.rounds {
        let rates = [
            rate(queries, || pool.install(|| theirs.search_all(10)).map(drop))?,
            rate(queries, || each_its_query(&theirs, queries, threads, peer::hold_to_this_thread))?,
            rate(queries, || each_its_query(&ours, queries, threads, || Ok(())))?,
        ];
        // The first round warms up.
        if round > 0 {
            measured.iter_mut().zip(rates).for_each(|(measured, rate)| measured.push(rate));
        }
    }
    let ways = ["next-plaid, its own batches", "next-plaid, a query a thread", "maxsimd, a query a thread"];
    let rate = |(way, pairs): (&'static str, &Vec<(f64, f64)>)| Rate {
        way,
        queries_per_second: median(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>()),
        unhindered: median(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>()) * threads as f64,
    };
    let rates: Vec<Rate> = ways.into_iter().zip(&measured).map(rate).collect();
    let title = format!("Queries a second, k = 10: {queries} queries, {threads} threads, median of {}", args.rounds);
    let mut report = Report::new(title, &["engine", "queries/s", "by processor time"], &rates)?;
    let cells = |rate: &Rate| [rate.queries_per_second, rate.unhindered].map(|rate| format!("{rate:.1}"));
    rates.iter().for_each(|rate| report.row([rate.way.to_owned()].into_iter().chain(cells(rate))));
    let ratio = |get: fn(&Rate) -> f64| format!("{:.2}x", get(&rates[2]) / get(&rates[0]).max(get(&rates[1])));
    let last = ["maxsimd / the peer's better".to_owned(), ratio(|r| r.queries_per_second), ratio(|r| r.unhindered)];
    report.row(last);
    report.note("By processor time: queries a processor second, times the threads.");
    Ok(report)
}

/// Queries a second and a processor second, of passes over all queries.
fn rate(queries: usize, mut pass: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<(f64, f64)> {
    let (start, processor, mut passes) = (Instant::now(), process_seconds(), 0);
    while passes == 0 || start.elapsed() < LEAST {
        pass()?;
        passes += 1;
    }
    let searches = (queries * passes) as f64;
    Ok((searches / start.elapsed().as_secs_f64(), searches / (process_seconds() - processor)))
}

/// One pass over all queries; each thread takes the next query when it is done with one.
fn each_its_query<S: Searcher>(
    searcher: &S,
    queries: usize,
    threads: usize,
    begin: impl Fn() -> anyhow::Result<()> + Sync,
) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    let work = || {
        begin()?;
        loop {
            let query = next.fetch_add(1, Ordering::Relaxed);
            if query >= queries {
                return Ok(());
            }
            searcher.search(query, 10)?;
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker ends"))
    })
}
