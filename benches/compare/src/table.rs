//! What a comparison found: a Markdown table, or one JSON object.

use serde::Serialize;

/// A table with a title, and the same figures for programs.
#[derive(Debug)]
pub(crate) struct Report {
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
    figures: serde_json::Value,
}

impl Report {
    /// A report without rows.
    pub(crate) fn new(title: String, columns: &[&str], figures: &impl Serialize) -> anyhow::Result<Self> {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Ok(Self { title, columns, rows: Vec::new(), notes: Vec::new(), figures: serde_json::to_value(figures)? })
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a sentence below the table.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The title, the table and the sentences below it, as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let rows = self.rows.iter().map(|row| format!("| {} |\n", row.join(" | "))).collect::<String>();
        let head = format!("| {} |\n|{}\n", self.columns.join(" | "), "---|".repeat(self.columns.len()));
        let notes = self.notes.iter().map(|note| format!("{note}\n")).collect::<String>();
        format!("{}\n\n{head}{rows}\n{notes}", self.title)
    }

    /// Prints the table, or the figures as one JSON object.
    pub(crate) fn print(&self, json: bool) {
        if json { println!("{}", self.figures) } else { print!("{}", self.markdown()) }
    }
}
