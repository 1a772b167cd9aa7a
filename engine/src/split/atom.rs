//! Atoms: what a passage is filled with. Sentences or lines; of longer ones, runs of tokens.

use std::ops::Range;

use super::Budget;
use super::section::{Block, Body, Joint, Section};
use super::sentence::sentence_ends;
use super::tokens::TokenStarts;

/// A part of a block that is never divided. Atoms adjoin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tokens: usize,
    pub(super) after: Joint,
}

/// Atoms of a section, none of them longer than leaves room for the headings that it begins with.
pub(super) fn atoms(section: &Section, budget: Budget, tokens: &TokenStarts<'_>) -> Vec<Atom> {
    let lead = section.blocks.iter().take_while(|b| b.body == Body::Heading);
    let lead: usize = lead.map(|b| tokens.count(b.range.start, b.range.end)).sum();
    let limit = budget.tokens() - lead.min(budget.tokens() / 2);
    // Small enough for a run to fit into an overlap, large enough not to drown in runs.
    let run = budget.overlap().clamp(limit.div_ceil(8), limit);
    let mut cutter = Cutter { tokens, limit, run, atoms: Vec::new() };
    section.blocks.iter().for_each(|block| cutter.block(block));
    cutter.atoms
}

struct Cutter<'a> {
    tokens: &'a TokenStarts<'a>,
    limit: usize,
    run: usize,
    atoms: Vec<Atom>,
}

impl Cutter<'_> {
    fn block(&mut self, block: &Block) {
        let text = &self.tokens.text[block.range.clone()];
        match block.body {
            Body::Lines => self.parts(block.range.clone(), line_ends(text), block.after, Self::runs),
            Body::Heading => self.runs(block.range.clone(), block.after),
            Body::Prose => self.parts(block.range.clone(), sentence_ends(text), block.after, Self::lines),
        }
    }

    fn lines(&mut self, range: Range<usize>, after: Joint) {
        let ends = line_ends(&self.tokens.text[range.clone()]);
        self.parts(range, ends, after, Self::runs);
    }

    /// One atom for each part that fits; `finer` divides the others. Ends are relative to the range.
    fn parts(
        &mut self,
        range: Range<usize>,
        ends: Vec<usize>,
        after: Joint,
        finer: fn(&mut Self, Range<usize>, Joint),
    ) {
        let mut start = range.start;
        for end in ends {
            let end = range.start + end;
            let joint = if end == range.end { after } else { Joint::Sentence };
            if self.tokens.count(start, end) <= self.limit {
                self.push(start, end, joint);
            } else {
                finer(self, start..end, joint);
            }
            start = end;
        }
    }

    fn runs(&mut self, range: Range<usize>, after: Joint) {
        if self.tokens.count(range.start, range.end) <= self.limit {
            return self.push(range.start, range.end, after);
        }
        let mut start = range.start;
        while start < range.end {
            let end = self.tokens.run_end(start, range.end, self.run);
            self.push(start, end, if end == range.end { after } else { Joint::Word });
            start = end;
        }
    }

    /// White space joins the atom before it, so that every atom says something.
    fn push(&mut self, start: usize, end: usize, after: Joint) {
        let tokens = self.tokens.count(start, end);
        if !self.tokens.text[start..end].trim().is_empty() {
            self.atoms.push(Atom { start, end, tokens, after });
        } else if let Some(last) = self.atoms.last_mut() {
            *last = Atom { start: last.start, end, tokens: last.tokens + tokens, after: last.after.max(after) };
        }
    }
}

/// End of every line, the last being the end of the text.
fn line_ends(text: &str) -> Vec<usize> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        at += line.len();
        at
    });
    lines.collect()
}
