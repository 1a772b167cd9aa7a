//! Reports of several processes that asked the same server at the same time, as one.

use std::collections::BTreeMap;

use super::{Client, Distribution, Judged, LoadError, Report, Run};

/// Rates and counts add up, times are of all histograms together, the client is as busy as the busiest.
pub fn merge(reports: &[Report]) -> Result<Report, LoadError> {
    let first = reports.first().ok_or_else(|| LoadError::Report("there is none".to_owned()))?;
    let alike = |report: &Report| report.runs.len() == first.runs.len() && report.slo == first.slo;
    if !reports.iter().all(alike) {
        return Err(LoadError::Report("they differ in the number of runs or in the objective".to_owned()));
    }
    let runs =
        (0..first.runs.len()).map(|at| together(&reports.iter().map(|report| &report.runs[at]).collect::<Vec<_>>()));
    let processes = reports.iter().flat_map(|report| report.processes.clone()).collect();
    Ok(Report::new(runs.collect::<Result<_, _>>()?, first.slo, processes))
}

fn together(runs: &[&Run]) -> Result<Run, LoadError> {
    let alike =
        |run: &&Run| run.kind == runs[0].kind && run.seconds == runs[0].seconds && run.arrivals == runs[0].arrivals;
    if !runs.iter().all(alike) {
        return Err(LoadError::Report("their runs differ in kind or length".to_owned()));
    }
    let requests = count(runs, |run| run.requests);
    let within = |run: &&Run| run.within_slo.map(|share| share * run.requests as f64);
    Ok(Run {
        kind: runs[0].kind,
        arrivals: runs[0].arrivals,
        offered_per_s: runs.iter().map(|run| run.offered_per_s).sum(),
        achieved_per_s: runs.iter().map(|run| run.achieved_per_s).sum(),
        seconds: runs[0].seconds,
        warmup_seconds: runs[0].warmup_seconds,
        requests,
        answered: count(runs, |run| run.answered),
        lost: count(runs, |run| run.lost),
        errors: errors(runs),
        within_slo: runs.iter().map(within).sum::<Option<f64>>().map(|within| within / requests.max(1) as f64),
        goodput_per_s: runs.iter().map(|run| run.goodput_per_s).sum(),
        latency_ms: Distribution::merged(runs.iter().map(|run| &run.latency_ms))?,
        service_ms: Distribution::merged(runs.iter().map(|run| &run.service_ms))?,
        upsert_ms: some(runs.iter().filter_map(|run| run.upsert_ms.as_ref()))?,
        first_token_ms: some(runs.iter().filter_map(|run| run.first_token_ms.as_ref()))?,
        per_token_ms: some(runs.iter().filter_map(|run| run.per_token_ms.as_ref()))?,
        quality: Judged::merged(runs.iter().filter_map(|run| run.quality.as_ref())),
        client: busiest(runs),
    })
}

fn count(runs: &[&Run], of: impl Fn(&Run) -> u64) -> u64 {
    runs.iter().map(|run| of(run)).sum()
}

fn errors(runs: &[&Run]) -> BTreeMap<String, u64> {
    let mut errors = BTreeMap::new();
    for (class, count) in runs.iter().flat_map(|run| &run.errors) {
        *errors.entry(class.clone()).or_default() += count;
    }
    errors
}

fn some<'a>(all: impl Iterator<Item = &'a Distribution>) -> Result<Option<Distribution>, LoadError> {
    let mut all = all.peekable();
    all.peek().is_some().then_some(()).map(|()| Distribution::merged(all)).transpose()
}

fn busiest(runs: &[&Run]) -> Client {
    let most = |of: fn(&Client) -> f64| runs.iter().map(|run| of(&run.client)).fold(0.0, f64::max);
    Client {
        realtime: runs.iter().all(|run| run.client.realtime),
        cpu_share: most(|client| client.cpu_share),
        waiting_share: most(|client| client.waiting_share),
        waiting_ms: most(|client| client.waiting_ms),
        lag_p50_ms: most(|client| client.lag_p50_ms),
        lag_p99_ms: most(|client| client.lag_p99_ms),
        lag_share: most(|client| client.lag_share),
        connections: runs.iter().map(|run| run.client.connections).sum(),
    }
}
