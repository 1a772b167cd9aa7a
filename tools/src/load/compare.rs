//! Reports beside each other: modes, settings or servers that were asked the same, one after the other.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::charts::Series;
use super::{LoadError, Report, Run, page};

/// A report, and what it is called.
#[derive(Debug)]
pub struct Named {
    /// The name.
    pub name: String,
    /// What was measured.
    pub report: Report,
}

/// Prints a line for each run, or all of them as one JSON object.
pub fn print_compared(out: &mut impl Write, named: &[Named], json: bool) -> io::Result<()> {
    match json {
        true => {
            writeln!(out, "{}", json!({"runs": runs(named).map(|(name, run)| object(name, run)).collect::<Vec<_>>()}))
        }
        false => table(out, named),
    }
}

/// Writes `compare.html`: quality and p99 against what was answered, a curve for each report.
pub fn write_compared(folder: &Path, named: &[Named]) -> Result<(), LoadError> {
    let mut text = Vec::new();
    table(&mut text, named)?;
    let series: Vec<Series<'_>> = named.iter().map(|one| Series::of(&one.name, &one.report)).collect();
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join("compare.html"), page::compared(&series, &String::from_utf8_lossy(&text), named))?)
}

fn runs(named: &[Named]) -> impl Iterator<Item = (&str, &Run)> {
    named.iter().flat_map(|one| one.report.runs.iter().map(|run| (one.name.as_str(), run)))
}

fn object(name: &str, run: &Run) -> Value {
    let latency = &run.latency_ms;
    json!({
        "name": name, "loop": run.kind, "offered_per_s": run.offered_per_s, "achieved_per_s": run.achieved_per_s,
        "requests": run.requests, "answered": run.answered, "within_slo": run.within_slo, "quality": run.quality,
        "latency_ms": {"p50": latency.p50, "p99": latency.p99, "p99_9": latency.p99_9},
    })
}

fn table(out: &mut impl Write, named: &[Named]) -> io::Result<()> {
    let width = named.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    writeln!(
        out,
        "{:<width$}{:>10}{:>10}{:>10}{:>9}{:>9}{:>9}{:>10}{:>11}{:>9}",
        "", "offered/s", "achieved", "answered", "p50 ms", "p99", "p99.9", "nDCG@10", "recall@10", "queries"
    )?;
    runs(named).try_for_each(|(name, run)| row(out, (name, width), run))
}

fn row(out: &mut impl Write, (name, width): (&str, usize), run: &Run) -> io::Result<()> {
    let offered = run.offered_per_s.map_or_else(|| "most".to_owned(), |rate| format!("{rate:.1}"));
    let answered = format!("{:.1} %", run.answered as f64 * 100.0 / run.requests.max(1) as f64);
    let [ndcg, recall, queries] = run.quality.map_or_else(Default::default, |quality| {
        let [ndcg, recall] = [quality.ndcg_at_10, quality.recall_at_10].map(|mean| format!("{mean:.4}"));
        [ndcg, recall, quality.queries.to_string()]
    });
    let (achieved, latency) = (run.achieved_per_s, &run.latency_ms);
    writeln!(
        out,
        "{name:<width$}{offered:>10}{achieved:>10.1}{answered:>10}{:>9.2}{:>9.2}{:>9.2}{ndcg:>10}{recall:>11}{queries:>9}",
        latency.p50, latency.p99, latency.p99_9
    )
}
