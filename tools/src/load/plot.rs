//! Curves as SVG: times on a logarithmic scale above rates or quantiles.

use std::fmt::Write;

use super::{Distribution, LoadError, Run};
use crate::drawing::escaped;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
/// Of the names of the curves.
const RIGHT: f64 = 110.0;
const BOTTOM: f64 = 50.0;
const TOP: f64 = 30.0;
/// Quantiles that are marked, and how many requests each leaves above it (1 in so many).
const QUANTILES: [(&str, f64); 6] =
    [("p0", 1.0), ("p50", 2.0), ("p90", 10.0), ("p99", 100.0), ("p99.9", 1000.0), ("p99.99", 10_000.0)];
/// Points of a distribution's curve.
const STEPS: u32 = 200;

/// A curve; `x` is from 0 to 1, `y` in milliseconds.
struct Curve {
    name: &'static str,
    points: Vec<(f64, f64)>,
}

/// What is drawn.
struct Plot {
    title: String,
    /// Where on the axis, and what it says there.
    marks: Vec<(f64, String)>,
    curves: Vec<Curve>,
}

/// Rates of a sweep against p50, p99 and p99.9.
pub(super) fn sweep(runs: &[Run]) -> String {
    let rates: Vec<f64> = runs.iter().filter_map(|run| run.offered_per_s).collect();
    let (low, high) = (rates.first().copied().unwrap_or(0.0), rates.last().copied().unwrap_or(1.0));
    let place = |rate: f64| if high > low { (rate - low) / (high - low) } else { 0.5 };
    let curve = |name, of: fn(&Distribution) -> f64| Curve {
        name,
        points: runs.iter().zip(&rates).map(|(run, rate)| (place(*rate), of(&run.latency_ms))).collect(),
    };
    let curves = vec![curve("p50", |d| d.p50), curve("p99", |d| d.p99), curve("p99.9", |d| d.p99_9)];
    let marks = rates.iter().map(|rate| (place(*rate), format!("{rate:.0}"))).collect();
    draw(&Plot { title: "latency in ms against offered requests/s".to_owned(), marks, curves })
}

/// The quantiles of one run, ever finer towards the slowest.
pub(super) fn distribution(run: &Run) -> Result<String, LoadError> {
    let finest = (run.latency_ms.count.max(10) as f64).min(QUANTILES[5].1);
    let place = |one_in: f64| one_in.ln() / finest.ln();
    let curve = |(name, times): (&'static str, &Distribution)| {
        let histogram = times.decoded()?;
        let point = |step| {
            let x = f64::from(step) / f64::from(STEPS);
            (x, histogram.value_at_quantile(1.0 - finest.powf(-x)) as f64 / 1e6)
        };
        Ok(Curve { name, points: (0..=STEPS).map(point).collect() })
    };
    let marks = QUANTILES.iter().filter(|(_, one_in)| *one_in <= finest);
    let marks = marks.map(|(name, one_in)| (place(*one_in), (*name).to_owned())).collect();
    let curves = run.distributions().map(curve).collect::<Result<_, LoadError>>()?;
    Ok(draw(&Plot { title: "milliseconds that a share of requests took at most".to_owned(), marks, curves }))
}

/// Powers of ten around all points, as exponents.
fn decades(plot: &Plot) -> (i32, i32) {
    let values = || plot.curves.iter().flat_map(|curve| &curve.points).map(|(_, y)| *y).filter(|y| *y > 0.0);
    let low = values().fold(f64::INFINITY, f64::min).min(1e6).log10().floor() as i32;
    let high = values().fold(1e-3, f64::max).log10().ceil() as i32;
    (low.min(high - 1), high)
}

fn draw(plot: &Plot) -> String {
    let title = escaped(&plot.title);
    let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<title>{title}</title>\n");
    let decades = decades(plot);
    (decades.0..=decades.1).for_each(|exponent| line(&mut out, 10f64.powi(exponent), decades));
    plot.marks.iter().for_each(|(x, mark)| column(&mut out, *x, mark));
    plot.curves.iter().enumerate().for_each(|(number, curve)| trace(&mut out, number, curve, decades));
    let _ = writeln!(out, "<text x=\"{LEFT}\" y=\"{:.1}\">{title}</text>\n</svg>", HEIGHT - 8.0);
    out
}

fn across(x: f64) -> f64 {
    LEFT + x * (WIDTH - LEFT - RIGHT)
}

fn up(y: f64, (low, high): (i32, i32)) -> f64 {
    let share = (y.max(1e-6).log10() - f64::from(low)) / f64::from(high - low);
    HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - BOTTOM - TOP)
}

fn line(out: &mut String, value: f64, decades: (i32, i32)) {
    let (x, y) = (LEFT - 8.0, up(value, decades));
    let _ = writeln!(out, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{:.1}\"/>", across(1.0));
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>", y + 4.0);
}

fn column(out: &mut String, x: f64, mark: &str) {
    let (x, y) = (across(x), HEIGHT - BOTTOM);
    let _ = writeln!(out, "<path class=\"grid\" d=\"M{x:.1} {TOP}V{y:.1}\"/>");
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", y + 20.0, escaped(mark));
}

fn trace(out: &mut String, number: usize, curve: &Curve, decades: (i32, i32)) {
    let point = |(x, y): &(f64, f64)| format!("{:.1},{:.1}", across(*x), up(*y, decades));
    let points: Vec<String> = curve.points.iter().map(point).collect();
    let _ = writeln!(out, "<polyline class=\"curve c{number}\" points=\"{}\"/>", points.join(" "));
    let (x, y) = (across(1.0) + 12.0, TOP + 12.0 + 20.0 * number as f64);
    let _ = writeln!(out, "<text class=\"c{number}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", curve.name);
}
