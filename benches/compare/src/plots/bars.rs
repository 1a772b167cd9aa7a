//! Bars side by side.

use std::fmt::Write;

use super::label::LETTER;
use super::{TOP, WIDTH, begin, colour, text};

/// A bar with its name.
#[derive(Debug)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
}

/// Bars of one kind; all panels of a plot have the same labels.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) name: &'static str,
    pub(crate) bars: Vec<Bar>,
}

/// Draws panels of bars side by side.
pub(crate) fn bars(title: &str, panels: &[Panel]) -> String {
    const STEP: f64 = 24.0;
    let labels = panels.iter().flat_map(|panel| &panel.bars).map(|bar| bar.label.len()).max().unwrap_or(0);
    let (left, most) = (labels as f64 * LETTER + 24.0, panels.iter().map(|panel| panel.bars.len()).max().unwrap_or(0));
    let share = (WIDTH - left) / panels.len().max(1) as f64;
    let mut out = begin(title, TOP + 30.0 + STEP * most as f64);
    for (number, panel) in panels.iter().enumerate() {
        let start = left + number as f64 * share;
        let largest = panel.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        text(&mut out, (start, TOP + 12.0), "start", panel.name);
        for (row, bar) in panel.bars.iter().enumerate() {
            let (y, length) = (TOP + 20.0 + STEP * row as f64, bar.value / largest * (share - 70.0));
            if number == 0 {
                text(&mut out, (left - 8.0, y + 13.0), "end", &bar.label);
            }
            let (colour, length) = (colour(&bar.label), length.max(1.0));
            let _ = writeln!(
                out,
                "<rect class=\"{colour}\" x=\"{start:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"18\"/>"
            );
            let value = if bar.value < 10.0 { format!("{:.1}", bar.value) } else { format!("{:.0}", bar.value) };
            text(&mut out, (start + length + 6.0, y + 13.0), "start", &value);
        }
    }
    out.push_str("</svg>\n");
    out
}
