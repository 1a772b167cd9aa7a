//! The same queries of all engines in turn, and how many queries each answers in a second.

use std::time::Duration;

use serde::Serialize;

use super::K;
use crate::engines::Engine;
use crate::searcher::Spent;
use crate::stats::median;

/// Queries that an engine is asked before it is the next one's turn.
const TURN: usize = 10;
/// Shortest measurement of a rate: engines that are through the queries sooner are given them again.
const LEAST: Duration = Duration::from_secs(2);

/// One engine's searches, one query at a time.
#[derive(Debug, Default)]
pub(super) struct Searches {
    pub(super) spent: Vec<Spent>,
    /// Passages that each query found, best first.
    pub(super) found: Vec<Vec<u32>>,
}

/// Queries a second of one engine in the best of its ways.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rate {
    way: &'static str,
    pub(super) queries_per_second: f64,
    /// Queries a processor second, times the threads: what as many would reach with nothing else on the machine.
    pub(super) unhindered: f64,
}

/// Asks every query of all engines, after one pass that is not counted; who comes first changes from turn to turn.
pub(super) fn in_turn(engines: &mut [Box<dyn Engine>], queries: usize, rounds: usize) -> anyhow::Result<Vec<Searches>> {
    let mut all: Vec<Searches> = engines.iter().map(|_| Searches::default()).collect();
    for round in 0..=rounds {
        for (turn, start) in (0..queries).step_by(TURN).enumerate() {
            for place in 0..engines.len() {
                let at = (place + turn + round) % engines.len();
                for query in start..queries.min(start + TURN) {
                    let (spent, found) = engines[at].search(query, K)?;
                    match round {
                        0 => all[at].found.push(found),
                        _ => all[at].spent.push(spent),
                    }
                }
            }
        }
    }
    Ok(all)
}

/// Rates of all engines, measured in turn after one pass that is not counted: the median of so many rounds, of the
/// better way where an engine has several.
pub(super) fn rates(
    engines: &mut [Box<dyn Engine>],
    queries: usize,
    threads: usize,
    rounds: usize,
) -> anyhow::Result<Vec<Rate>> {
    let mut measured: Vec<Vec<Vec<Spent>>> =
        engines.iter().map(|engine| vec![Vec::new(); engine.ways().len()]).collect();
    for round in 0..=rounds {
        for (engine, measured) in engines.iter_mut().zip(&mut measured) {
            for (way, measured) in measured.iter_mut().enumerate() {
                let pass = || engine.pass(way, K, threads);
                match round {
                    0 => drop(once(pass, Duration::ZERO)?),
                    _ => measured.push(once(pass, LEAST)?),
                }
            }
        }
    }
    let rates = engines.iter().zip(&measured).map(|(engine, measured)| {
        let rates = engine.ways().iter().zip(measured).map(|(way, spent)| rate(way, spent, (queries, threads)));
        rates.max_by(|a, b| a.queries_per_second.total_cmp(&b.queries_per_second)).unwrap_or_default()
    });
    Ok(rates.collect())
}

/// The rate of one way, of the passes that were measured.
fn rate(way: &'static str, spent: &[Spent], (queries, threads): (usize, usize)) -> Rate {
    let per = |of: fn(&Spent) -> f64| queries as f64 / median(&spent.iter().map(of).collect::<Vec<_>>());
    let unhindered = per(|spent| spent.processor) * threads as f64;
    Rate { way, queries_per_second: per(|spent| spent.wall), unhindered }
}

/// What a pass takes: the mean of as many as it needs to last so long.
fn once(mut pass: impl FnMut() -> anyhow::Result<Spent>, least: Duration) -> anyhow::Result<Spent> {
    let (mut wall, mut processor, mut passes) = (0.0, 0.0, 0.0);
    while passes == 0.0 || wall < least.as_secs_f64() {
        let spent = pass()?;
        wall += spent.wall;
        processor += spent.processor;
        passes += 1.0;
    }
    Ok(Spent { wall: wall / passes, processor: processor / passes })
}
