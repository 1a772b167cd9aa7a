//! `compare search`: both engines, one thread each, the same queries in turn.

use maxsimd_engine::search::Mode;
use serde::Serialize;

use super::inputs::{CORPUS, InputFlags, Inputs};
use crate::ours::Ours;
use crate::peer::{self, PEER_WIDTH, Peer, PeerKind};
use crate::quality::{mean, ndcg_at_10, overlap, recall};
use crate::searcher::{Searcher, Spent, timed};
use crate::stats::Milliseconds;
use crate::table::Report;

/// Search with both, one thread each: time, nDCG, overlap with exact
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    inputs: InputFlags,
    /// How the peer stores vectors
    #[arg(long, value_enum, default_value = "4bits")]
    peer: PeerKind,
    /// Times that every query is asked after the warm-up
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
}

/// One engine's searches.
#[derive(Debug, Default)]
struct Searches {
    spent: Vec<Spent>,
    found: Vec<Vec<u32>>,
}

/// One engine's figures.
#[derive(Debug, Serialize)]
struct Figures {
    engine: String,
    kernel: String,
    k10_ms: Milliseconds,
    k100_ms: Milliseconds,
    ndcg_at_10: f64,
    recall_at_100: f64,
    overlap_at_10_with_exact: f64,
    of_exhaustives_top_10: Option<f64>,
    of_exhaustives_top_100: Option<f64>,
}

/// Searches, and says how long it took and how good it was.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    peer::hold_to_this_thread()?;
    let inputs = Inputs::open(&args.inputs)?;
    let exact = inputs.exact()?;
    let theirs = Peer::open(&inputs.work, args.peer, &inputs.queries, inputs.corpus.len())?;
    let open = |mode| Ours::open(&inputs.work, CORPUS, mode, (&inputs.queries, &[&inputs.corpus]));
    let (late, exhaustive) = (open(Mode::Late)?, open(Mode::Exhaustive)?);

    let count = inputs.queries.len();
    let [theirs_10, ours_10] = in_turn((&theirs, &late), count, 10, args.rounds)?;
    let [theirs_100, ours_100] = in_turn((&theirs, &late), count, 100, 1)?;
    let everything: Vec<Vec<u32>> =
        (0..count).map(|query| Ok(timed(&exhaustive, query, 100)?.1)).collect::<anyhow::Result<_>>()?;

    let ours_name = format!("maxsimd, {} x {} bits", late.description().width, late.description().bits);
    let figures = [
        figures(
            &inputs,
            (format!("next-plaid, {PEER_WIDTH} x {}", args.peer.name()), theirs.kernel()),
            [&theirs_10, &theirs_100],
            (&exact, None),
        ),
        figures(
            &inputs,
            (ours_name, maxsimd_engine::kernels::best().name()),
            [&ours_10, &ours_100],
            (&exact, Some(&everything)),
        ),
    ];
    report(&figures, count, args.rounds)
}

/// Asks every query of both, after one pass that is not counted; who comes first alternates.
fn in_turn<A: Searcher, B: Searcher>(
    (a, b): (&A, &B),
    queries: usize,
    k: usize,
    rounds: usize,
) -> anyhow::Result<[Searches; 2]> {
    let mut searches = [Searches::default(), Searches::default()];
    for round in 0..=rounds {
        for query in 0..queries {
            let replies = if (round + query) % 2 == 0 {
                let first = timed(a, query, k)?;
                [first, timed(b, query, k)?]
            } else {
                let first = timed(b, query, k)?;
                [timed(a, query, k)?, first]
            };
            for (searches, (spent, found)) in searches.iter_mut().zip(replies) {
                if round == 0 {
                    searches.found.push(found);
                } else {
                    searches.spent.push(spent);
                }
            }
        }
    }
    Ok(searches)
}

fn figures(
    inputs: &Inputs,
    (engine, kernel): (String, &str),
    [at_10, at_100]: [&Searches; 2],
    (exact, exhaustive): (&[Vec<u32>], Option<&[Vec<u32>]>),
) -> Figures {
    let over = |figure: &dyn Fn(usize) -> f64| mean((0..inputs.queries.len()).map(figure));
    let gains = |query: usize| &inputs.queries[query].gains;
    Figures {
        engine,
        kernel: kernel.to_owned(),
        k10_ms: Milliseconds::of(&at_10.spent),
        k100_ms: Milliseconds::of(&at_100.spent),
        ndcg_at_10: over(&|q| ndcg_at_10(inputs.ids(&at_10.found[q]), gains(q))),
        recall_at_100: over(&|q| recall(inputs.ids(&at_100.found[q]), gains(q))),
        overlap_at_10_with_exact: over(&|q| overlap(&at_10.found[q], &exact[q], 10)),
        of_exhaustives_top_10: exhaustive.map(|all| over(&|q| overlap(&at_10.found[q], &all[q], 10))),
        of_exhaustives_top_100: exhaustive.map(|all| over(&|q| overlap(&at_100.found[q], &all[q], 100))),
    }
}

fn report(figures: &[Figures; 2], queries: usize, rounds: usize) -> anyhow::Result<Report> {
    let title = format!("Search, one thread: {queries} judged queries, {rounds} times");
    let columns = [
        "engine",
        "kernel",
        "p50 ms (k = 10)",
        "p95 ms",
        "mean ms",
        "processor p50 ms",
        "p50 ms (k = 100)",
        "nDCG@10",
        "recall@100",
        "overlap@10 with exact",
        "of exhaustive's top 10",
        "of its top 100",
    ];
    let mut report = Report::new(title, &columns, figures)?;
    let share = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.3}"));
    for f in figures {
        let start = [f.engine.clone(), f.kernel.clone()];
        let rest = [
            format!("{:.3}", f.k100_ms.p50),
            format!("{:.4}", f.ndcg_at_10),
            format!("{:.4}", f.recall_at_100),
            share(Some(f.overlap_at_10_with_exact)),
            share(f.of_exhaustives_top_10),
            share(f.of_exhaustives_top_100),
        ];
        report.row(start.into_iter().chain(f.k10_ms.cells()).chain(rest));
    }
    let [theirs, ours] = figures;
    let start = ["peer / maxsimd".to_owned(), String::new()];
    let at_100 = format!("{:.2}x", theirs.k100_ms.p50 / ours.k100_ms.p50);
    let blank = std::iter::repeat_n(String::new(), 5);
    report.row(start.into_iter().chain(theirs.k10_ms.ratios(&ours.k10_ms)).chain([at_100]).chain(blank));
    report.note("Vectors in, ids out. Exact: MaxSim of the full vectors in f32 over every passage.");
    Ok(report)
}
