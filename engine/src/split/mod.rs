//! Documents to passages: byte ranges of the document's text that follow its structure and fit a token budget.
//!
//! # Layout
//!
//! `markdown | plain | code` find sections and blocks, `atom` cuts blocks into sentences, lines and, where nothing
//! else is left, runs of tokens; `pack` fills passages with atoms. `tokens` counts, once per document.

mod atom;
mod budget;
mod code;
mod markdown;
mod pack;
mod plain;
mod section;
mod sentence;
#[cfg(test)]
mod tests;
mod tokens;

pub use budget::{Budget, Splitting};

use std::ops::Range;

use crate::encode::Encoder;
use crate::{Result, TextFormat};
use tokens::TokenStarts;

/// A passage as a byte range of its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// First byte; on a character boundary, never white space.
    pub start: usize,
    /// Byte after the last; on a character boundary, never preceded by white space.
    pub end: usize,
    /// Headings above the passage joined by ` > `, empty if there are none.
    pub heading: String,
}

/// Splits a document into passages of at most `budget` tokens, in order.
///
/// Every character that is not white space lies in at least one passage. Neighbours under the same heading may
/// overlap. A heading line belongs to the first passage below it (which begins there); it makes a passage of its
/// own only if no text follows it. A blank text has no passages. Fails only if the encoder's tokenizer does.
pub fn split(text: &str, format: TextFormat, budget: Budget, encoder: &dyn Encoder) -> Result<Vec<Span>> {
    let starts = tokens::token_starts(text, |piece| encoder.token_starts(piece))?;
    Ok(passages(text, format, budget, &starts))
}

/// The splitting itself, given the start byte of every token in ascending order.
fn passages(text: &str, format: TextFormat, budget: Budget, starts: &[usize]) -> Vec<Span> {
    let tokens = TokenStarts::new(text, starts);
    let sections = match format {
        TextFormat::Markdown => markdown::sections(text),
        TextFormat::Plain => plain::sections(text),
        TextFormat::Code => code::sections(text),
    };
    let mut spans: Vec<Span> = Vec::new();
    for section in &sections {
        let atoms = atom::atoms(section, budget, &tokens);
        for run in pack::pack(&atoms, budget) {
            let (start, end) = trimmed(text, atoms[run.start].start, atoms[run.end - 1].end);
            spans.push(Span { start, end, heading: section.heading.clone() });
        }
    }
    spans
}

/// The sentences of a text, without white space around them; those that are blank left out.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let ranges =
        sentence::sentence_ends(text).into_iter().map(|end| trimmed(text, std::mem::replace(&mut start, end), end));
    ranges.filter(|(start, end)| start < end).map(|(start, end)| start..end).collect()
}

/// The range without surrounding white space.
fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let inner = text[start..end].trim_start();
    let start = end - inner.len();
    (start, start + inner.trim_end().len())
}
