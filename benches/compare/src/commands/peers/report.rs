//! What was measured on one data set: as a table and as plots.

use serde::{Serialize, Serializer};

use super::built::Built;
use super::measure::Rate;
use crate::engines::{Entry, Index};
use crate::plots::{self, Bar, Panel, Point, Scale, Scatter};
use crate::section::Plot;
use crate::stats::Milliseconds;
use crate::table::Report;

/// One engine.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(rename = "name", serialize_with = "name")]
    pub(super) entry: Entry,
    pub(super) engine: String,
    pub(super) built: Built,
    pub(super) ndcg_at_10: f64,
    pub(super) overlap_at_10_with_exact: Option<f64>,
    pub(super) ms: Milliseconds,
    pub(super) rate: Rate,
}

fn name<S: Serializer>(entry: &Entry, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(entry.name)
}

/// One data set.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) dataset: String,
    pub(super) passages: usize,
    pub(super) token_vectors: usize,
    pub(super) width: usize,
    pub(super) queries: usize,
    pub(super) rounds: usize,
    pub(super) threads: usize,
    pub(super) exact_ndcg_at_10: f64,
    pub(super) rows: Vec<Row>,
}

const COLUMNS: [&str; 13] = [
    "engine",
    "build s",
    "processor s",
    "peak MiB",
    "index MiB",
    "bytes a token vector",
    "of exact's top 10",
    "nDCG@10",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "processor p50 ms",
    "queries/s",
];

impl Table {
    /// The table.
    pub(super) fn report(&self) -> anyhow::Result<Report> {
        let (texts, vectors) = (thousands(self.passages), thousands(self.token_vectors));
        let title = format!("{}: {texts} passages, {vectors} token vectors, {} questions", self.dataset, self.queries);
        let mut report = Report::new(title, &COLUMNS, self)?;
        let mut exact = vec![String::new(); COLUMNS.len()];
        exact[0] = format!("exact MaxSim, {} x f32", self.width);
        (exact[6], exact[7]) = (share(1.0), format!("{:.4}", self.exact_ndcg_at_10));
        report.row(exact);
        self.rows.iter().for_each(|row| report.row(self.cells(row)));
        report.note(format!(
            "Builds and queries/s with {} threads, the rest with one; k = 10, every question {} times after a warm-up, once of an engine that takes over a minute for all.",
            self.threads, self.rounds
        ));
        self.notes().into_iter().for_each(|note| report.note(note));
        Ok(report)
    }

    fn cells(&self, row: &Row) -> [String; COLUMNS.len()] {
        let (usage, ms) = (&row.built.usage, &row.ms);
        [
            row.engine.clone(),
            format!("{:.1}", usage.seconds),
            format!("{:.1}", usage.cpu_seconds),
            format!("{:.0}", usage.peak_mib),
            format!("{:.1}", mib(row.built.bytes)),
            if row.entry.ranks_by_maxsim() { format!("{:.1}", self.each(row.built.bytes)) } else { String::new() },
            row.overlap_at_10_with_exact.map_or(String::new(), share),
            format!("{:.4}", row.ndcg_at_10),
            milliseconds(ms.p50),
            milliseconds(ms.p95),
            milliseconds(ms.p99),
            milliseconds(ms.processor_p50),
            rate(row.rate.queries_per_second),
        ]
    }

    /// Bytes a token vector.
    fn each(&self, bytes: u64) -> f64 {
        bytes as f64 / self.token_vectors.max(1) as f64
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let twice = self.rows.iter().filter(|row| row.built.bytes_twice > 0);
        let once = |row: &Row| format!("{:.1}", self.each(row.built.bytes - row.built.bytes_twice));
        let once: Vec<String> = twice.map(once).collect();
        if !once.is_empty() {
            let once = once.join(" / ");
            notes.push(format!(
                "next-plaid keeps its chunks beside the merged files that it searches; each once: {once} bytes a token vector."
            ));
        }
        let bytes = |wanted: Index| self.rows.iter().find(|row| row.entry.index == wanted).map(|row| row.built.bytes);
        let ours = |texts| bytes(Index::Maxsimd { bits: 2, texts });
        if let (Some(with), Some(without)) = (ours(true), ours(false)) {
            let words = mib(with.saturating_sub(without));
            notes.push(format!(
                "`hybrid` and `bm25` search one index, of 2 bits with words; the words take {words:.1} MiB of it."
            ));
        }
        let mut days: Vec<&str> = self.rows.iter().map(|row| row.built.day.as_str()).collect();
        days.sort_unstable();
        days.dedup();
        notes.push(format!("Built on {}.", days.join(" and ")));
        notes
    }

    /// Of speed, bytes and builds.
    pub(super) fn plots(&self) -> [Plot; 3] {
        let titled = |title: &str| format!("{}: {title}", self.dataset);
        let speed = titled("nDCG@10 against queries a second");
        let bytes = titled("share of exact's ten best against bytes a token vector");
        let build = titled("what builds take");
        let with_threads = |title: &str| format!("{title}, {} threads", self.threads);
        let plot = |name: &str, title: String, drawing| Plot { name: format!("{}-{name}", self.dataset), title, drawing };
        let drawings = (self.speed(&with_threads(&speed)), self.bytes(&bytes), self.builds(&with_threads(&build)));
        [plot("speed", speed, drawings.0), plot("bytes", bytes, drawings.1), plot("build", build, drawings.2)]
    }

    fn speed(&self, title: &str) -> String {
        let point = |row: &Row| Point { label: label(row), x: row.rate.queries_per_second, y: row.ndcg_at_10 };
        plots::scatter(&Scatter {
            title,
            across: "queries a second",
            scale: Scale::Logarithmic,
            points: self.rows.iter().map(point).collect(),
            line: Some(("exact MaxSim", self.exact_ndcg_at_10)),
        })
    }

    fn bytes(&self, title: &str) -> String {
        let point = |row: &Row| {
            let (x, y) = (self.each(row.built.bytes - row.built.bytes_twice), row.overlap_at_10_with_exact?);
            Some(Point { label: label(row), x, y })
        };
        plots::scatter(&Scatter {
            title,
            across: "bytes a token vector, what is there twice counted once",
            scale: Scale::Linear,
            points: self.rows.iter().filter_map(point).collect(),
            line: None,
        })
    }

    fn builds(&self, title: &str) -> String {
        let mut rows: Vec<&Row> = Vec::new();
        for row in &self.rows {
            if !rows.iter().any(|other| other.entry.index == row.entry.index) {
                rows.push(row);
            }
        }
        let panel = |name, of: fn(&Row) -> f64| {
            let bar = |row: &&Row| Bar { label: label(row), value: of(row) };
            Panel { name, bars: rows.iter().map(bar).collect() }
        };
        let seconds = panel("wall seconds", |row| row.built.usage.seconds);
        plots::bars(title, &[seconds, panel("peak memory, MiB", |row| row.built.usage.peak_mib)])
    }
}

/// A short name.
fn label(row: &Row) -> String {
    row.entry.name.replace("-plaid", "_plaid").replace('-', " ").replace("_plaid", "-plaid").replace("bit", " bit")
}

fn share(value: f64) -> String {
    format!("{value:.3}")
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Three digits.
fn milliseconds(value: f64) -> String {
    let decimals = if value < 1.0 { 3 } else { usize::from(value < 100.0) + usize::from(value < 10.0) };
    format!("{value:.decimals$}")
}

/// Queries a second, with a decimal where there are few.
fn rate(value: f64) -> String {
    format!("{value:.*}", usize::from(value < 100.0))
}

/// A whole number in groups of three digits.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_to_be_read() {
        assert_eq!(
            ["0.123", "1.23", "12.3", "123"],
            [0.1234, 1.234, 12.34, 123.4].map(milliseconds).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["7", "999", "1,000", "1,242,251"],
            [7, 999, 1000, 1_242_251].map(thousands).each_ref().map(String::as_str)
        );
    }
}
