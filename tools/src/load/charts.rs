//! What is drawn of runs.

use super::plot::{Axis, Curve, Plot};
use super::{Distribution, LoadError, Report, Run};

/// Quantiles that are marked, and how many requests each leaves above it (1 in so many).
const QUANTILES: [(&str, f64); 6] =
    [("p0", 1.0), ("p50", 2.0), ("p90", 10.0), ("p99", 100.0), ("p99.9", 1000.0), ("p99.99", 10_000.0)];
/// Points of a distribution's curve.
const STEPS: u32 = 200;

/// Runs, beside others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series<'a> {
    pub(super) name: &'a str,
    pub(super) runs: &'a [Run],
    /// How many different ones were asked.
    pub(super) queries: usize,
}

impl<'a> Series<'a> {
    pub(super) fn of(name: &'a str, report: &'a Report) -> Self {
        Self { name, runs: &report.runs, queries: report.queries() }
    }
}

/// Rates of a sweep against p50, p99 and p99.9.
pub(super) fn sweep(runs: &[Run]) -> String {
    let rates = || runs.iter().filter_map(|run| run.offered_per_s);
    let curve = |name: &str, of: fn(&Distribution) -> f64| Curve {
        name: name.to_owned(),
        points: rates().zip(runs.iter().map(|run| of(&run.latency_ms))).collect(),
    };
    let curves = vec![curve("p50", |d| d.p50), curve("p99", |d| d.p99), curve("p99.9", |d| d.p99_9)];
    drawn("latency in ms against offered requests/s", Axis::decades, curves)
}

/// The quantiles of one run, ever finer towards the slowest.
pub(super) fn distribution(run: &Run) -> Result<String, LoadError> {
    let finest = (run.latency_ms.count.max(10) as f64).min(QUANTILES[5].1);
    let curve = |(name, times): (&str, &Distribution)| {
        let histogram = times.decoded()?;
        let point = |step| {
            let one_in = finest.powf(f64::from(step) / f64::from(STEPS));
            (one_in, histogram.value_at_quantile(1.0 - 1.0 / one_in) as f64 / 1e6)
        };
        Ok(Curve { name: name.to_owned(), points: (0..=STEPS).map(point).collect() })
    };
    let marks = QUANTILES.iter().filter(|(_, one_in)| *one_in <= finest);
    let across = Axis::marked(finest, marks.map(|(name, one_in)| (*one_in, (*name).to_owned())).collect());
    let curves: Vec<Curve> = run.distributions().map(curve).collect::<Result<_, LoadError>>()?;
    let at =
        run.offered_per_s.map_or_else(|| "at maximum throughput".to_owned(), |rate| format!("at {rate:.0} requests/s"));
    let title = format!("milliseconds that a share of requests took at most, {at}");
    Ok(Plot { title, across, up: Axis::decades(&all(&curves, |(_, y)| y)), curves }.svg())
}

/// nDCG@10 of what was returned by runs in which all queries were answered, since some of them are easier than others; nothing
/// if there is no such run.
pub(super) fn quality(series: &[Series<'_>]) -> Option<String> {
    let curves = curves(series, |run, queries| {
        let quality = run.quality.filter(|quality| quality.queries >= queries)?;
        Some((run.achieved_per_s, quality.ndcg_at_10))
    });
    (!curves.is_empty()).then(|| drawn("nDCG@10 against answered requests/s", Axis::linear, curves))
}

/// p99 of the open loops among the runs; nothing if there is none.
pub(super) fn latency(series: &[Series<'_>]) -> Option<String> {
    let curves = curves(series, |run, _| run.offered_per_s.map(|_| (run.achieved_per_s, run.latency_ms.p99)));
    (!curves.is_empty()).then(|| drawn("p99 in ms against answered requests/s", Axis::decades, curves))
}

fn curves(series: &[Series<'_>], point: impl Fn(&Run, usize) -> Option<(f64, f64)>) -> Vec<Curve> {
    let points = |one: &Series<'_>| one.runs.iter().filter_map(|run| point(run, one.queries)).collect();
    let curve = |one: &Series<'_>| Curve { name: one.name.to_owned(), points: points(one) };
    series.iter().map(curve).filter(|curve| !curve.points.is_empty()).collect()
}

fn drawn(title: &str, up: fn(&[f64]) -> Axis, curves: Vec<Curve>) -> String {
    let (across, up) = (Axis::linear(&all(&curves, |(x, _)| x)), up(&all(&curves, |(_, y)| y)));
    Plot { title: title.to_owned(), across, up, curves }.svg()
}

fn all(curves: &[Curve], of: fn((f64, f64)) -> f64) -> Vec<f64> {
    curves.iter().flat_map(|curve| &curve.points).map(|point| of(*point)).collect()
}
