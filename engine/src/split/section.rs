//! What the three formats have in common: sections that are divided into blocks at breaks.

use std::ops::Range;

/// How good a place is to end a passage, from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Joint {
    /// Inside a sentence or line, or between a heading and its text.
    Word,
    /// Between sentences or lines.
    Sentence,
    /// Between inner blocks: list items, indented code after a blank line.
    Block,
    /// Between paragraphs, or top-level blocks of code.
    Top,
}

/// What a block is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// A heading line, which stays with what follows.
    Heading,
    /// Sentences.
    Prose,
    /// Lines: code, tables, markup.
    Lines,
}

/// Start of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Break {
    pub(super) at: usize,
    pub(super) before: Joint,
    pub(super) body: Body,
}

/// Part of a document whose passages share a heading path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) blocks: Vec<Block>,
}

/// A block of a section; blocks adjoin, so that nothing between them is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) range: Range<usize>,
    pub(super) body: Body,
    pub(super) after: Joint,
}

/// Blocks of a range, cut at ascending breaks; what is blank joins the block before it.
pub(super) fn blocks(text: &str, range: Range<usize>, breaks: &[Break]) -> Vec<Block> {
    let first = Break { at: range.start, before: Joint::Top, body: Body::Prose };
    let inner = breaks.iter().copied().filter(|b| range.contains(&b.at));
    let mut cuts: Vec<Break> = Vec::new();
    for cut in std::iter::once(first).chain(inner) {
        match cuts.last_mut() {
            Some(last) if last.at == cut.at => *last = cut,
            _ => cuts.push(cut),
        }
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(cuts.len());
    for (index, cut) in cuts.iter().enumerate() {
        let next = cuts.get(index + 1);
        let end = next.map_or(range.end, |next| next.at);
        if text[cut.at..end].trim().is_empty() {
            if let Some(last) = blocks.last_mut() {
                last.range.end = end;
            }
            continue;
        }
        if let Some(last) = blocks.last_mut() {
            last.after = if last.body == Body::Heading { Joint::Word } else { cut.before };
        }
        blocks.push(Block { range: cut.at..end, body: cut.body, after: Joint::Top });
    }
    blocks
}
