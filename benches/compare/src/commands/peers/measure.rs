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
/// A pass over all queries that takes longer is not repeated.
const LONG: Duration = Duration::from_secs(60);

/// One engine's searches, one query at a time.
#[derive(Debug, Default)]
pub(super) struct Searches {
    pub(super) spent: Vec<Spent>,
    /// Passages that each query found, best first.
    pub(super) found: Vec<Vec<u32>>,
    /// What the first pass took.
    warm_up: Vec<Spent>,
}

impl Searches {
    fn first(&mut self, spent: Spent, found: Vec<u32>) {
        self.warm_up.push(spent);
        self.found.push(found);
    }

    fn is_slow(&self) -> bool {
        self.warm_up.iter().map(|spent| spent.wall).sum::<f64>() > LONG.as_secs_f64()
    }

    /// What counts: the first pass only where it is the only one.
    fn counted(mut self) -> Self {
        if self.spent.is_empty() {
            self.spent = std::mem::take(&mut self.warm_up);
        }
        self
    }
}

/// Queries a second of one engine in the best of its ways.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rate {
    way: &'static str,
    pub(super) queries_per_second: f64,
    /// Queries a processor second, times the threads: what as many would reach with nothing else on the machine.
    pub(super) unhindered: f64,
}

/// Asks every query of all engines, after one pass that is not counted; who comes first changes from turn to turn. An
/// engine that takes long is asked once, and that counts: what a first pass adds is nothing to such times.
pub(super) fn in_turn(engines: &mut [Box<dyn Engine>], queries: usize, rounds: usize) -> anyhow::Result<Vec<Searches>> {
    let mut all: Vec<Searches> = engines.iter().map(|_| Searches::default()).collect();
    for round in 0..=rounds {
        let asked: Vec<usize> = (0..engines.len()).filter(|&at| round == 0 || !all[at].is_slow()).collect();
        for (turn, start) in (0..queries).step_by(TURN).enumerate() {
            for place in 0..asked.len() {
                let at = asked[(place + turn + round) % asked.len()];
                for query in start..queries.min(start + TURN) {
                    let (spent, found) = engines[at].search(query, K)?;
                    match round {
                        0 => all[at].first(spent, found),
                        _ => all[at].spent.push(spent),
                    }
                }
            }
        }
    }
    Ok(all.into_iter().map(Searches::counted).collect())
}

/// Rates of all engines, which are warm, measured in turn: the median of so many rounds, or the first of those that take
/// long; of the better way where an engine has several.
pub(super) fn rates(
    engines: &mut [Box<dyn Engine>],
    queries: usize,
    threads: usize,
    rounds: usize,
) -> anyhow::Result<Vec<Rate>> {
    let mut measured: Vec<Vec<Vec<Spent>>> =
        engines.iter().map(|engine| vec![Vec::new(); engine.ways().len()]).collect();
    for _ in 0..rounds {
        for (engine, measured) in engines.iter_mut().zip(&mut measured) {
            for (way, measured) in measured.iter_mut().enumerate() {
                if measured.iter().all(|spent| spent.wall < LONG.as_secs_f64()) {
                    measured.push(once(|| engine.pass(way, K, threads))?);
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

/// What a pass takes: the mean of as many as `LEAST` needs.
fn once(mut pass: impl FnMut() -> anyhow::Result<Spent>) -> anyhow::Result<Spent> {
    let (mut wall, mut processor, mut passes) = (0.0, 0.0, 0.0);
    while passes == 0.0 || wall < LEAST.as_secs_f64() {
        let spent = pass()?;
        wall += spent.wall;
        processor += spent.processor;
        passes += 1.0;
    }
    Ok(Spent { wall: wall / passes, processor: processor / passes })
}
