//! Rankings beside each other: what each reaches, and how it differs from the first.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::significance::average;
use super::{Dataset, Difference, FIGURES, Mean, Quality, Ranking};

/// Rankings of all queries, measured.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What they are of.
    pub name: String,
    qualities: Vec<Quality>,
}

impl Judged {
    /// Measures rankings, one for each query of a data set.
    pub fn of<'a>(name: String, rankings: impl Iterator<Item = &'a Ranking>, dataset: &Dataset) -> Self {
        let judged = rankings.zip(&dataset.queries);
        Self { name, qualities: judged.map(|(ranking, (_, _, gains))| Quality::of(ranking, gains)).collect() }
    }

    /// Means of all figures, and under `intervals` what else is likely.
    pub fn report(&self) -> Map<String, Value> {
        let means: Vec<Mean> = (0..FIGURES.len()).map(|number| self.mean(number)).collect();
        let mut report: Map<String, Value> =
            FIGURES.iter().zip(&means).map(|(figure, mean)| (figure.key.to_owned(), mean.mean.into())).collect();
        let intervals = FIGURES.iter().zip(&means).map(|(figure, mean)| (figure.key.to_owned(), json!(mean.interval)));
        report.insert("intervals".to_owned(), Value::Object(intervals.collect()));
        report
    }

    fn column(&self, number: usize) -> Vec<f64> {
        self.qualities.iter().map(|quality| quality.figure(number)).collect()
    }

    fn mean(&self, number: usize) -> Mean {
        Mean::of(&self.column(number))
    }

    fn difference(&self, first: &Self, number: usize) -> Difference {
        Difference::of(&self.column(number), &first.column(number))
    }
}

/// How all others differ from the first, each figure by its name.
pub fn compared(judged: &[Judged]) -> Vec<Value> {
    let Some((first, others)) = judged.split_first() else { return Vec::new() };
    let compare = |other: &Judged| {
        let figures = FIGURES.iter().enumerate();
        let figures = figures.map(|(number, figure)| (figure.key.to_owned(), json!(other.difference(first, number))));
        json!({"run": other.name, "to": first.name, "figures": figures.collect::<Map<String, Value>>()})
    };
    others.iter().map(compare).collect()
}

/// The same for people: a row for each figure, a column for each ranking.
pub fn table(judged: &[Judged]) -> String {
    let Some((first, others)) = judged.split_first() else { return String::new() };
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(judged.iter().map(|judged| judged.name.clone()));
    for (number, figure) in FIGURES.iter().enumerate() {
        let Mean { mean, interval: [from, to] } = first.mean(number);
        let mut row = vec![figure.label.to_owned(), format!("{mean:.4} [{from:.4}, {to:.4}]")];
        for other in others {
            let Difference { mean: Mean { mean, interval: [from, to] }, p } = other.difference(first, number);
            row.push(format!("{:.4} ({mean:+.4} [{from:+.4}, {to:+.4}], p {p:.3})", average(&other.column(number))));
        }
        rows.push(row);
    }
    aligned(&rows)
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}
