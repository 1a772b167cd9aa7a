//! The tree across documents: what its nodes quote, and which documents it holds.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::{Generation, Part};
use crate::format::{DocumentRecord, Section};
use crate::segment::{Node, joined};
use crate::{Context, Error, Result};

/// Part and ordinal of a passage or node.
pub(crate) type Place = (usize, usize);

/// A sentence that a node over several documents says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    /// Part and ordinal of the passage that it is from.
    pub(crate) leaf: Place,
    /// Ordinal of that one's document in the part.
    pub(crate) document: u32,
    /// Bytes of the document.
    pub(crate) range: Range<usize>,
}

/// How much of a collection its tree across documents holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Nodes that are searched.
    pub nodes: u64,
    /// Nodes that are not, since something that they quote is deleted.
    pub dead: u64,
    /// Documents below nodes.
    pub documents: u64,
    /// Documents that came since; they are found by their own passages and nodes.
    pub uncovered: u64,
    /// Documents below nodes that are gone.
    pub gone: u64,
}

impl Coverage {
    /// Documents by which it is behind the collection.
    pub fn stale(&self) -> u64 {
        self.uncovered + self.gone
    }
}

impl Generation {
    /// The topmost nodes of a document's tree; its passages if it has none.
    pub(crate) fn roots(&self, at: usize, document: &DocumentRecord) -> Result<Vec<usize>> {
        let segment = &self.parts()[at].segment;
        let leaves = document.leaves();
        let mut layers = Vec::new();
        for row in leaves.end..segment.checked_rows(document)?.end {
            // What stands for passages is of no tree.
            if let Some(layer) = segment.node(row, document)?.map(|node| node.layer()).filter(|layer| *layer > 0) {
                layers.push((row, layer));
            }
        }
        let Some(top) = layers.iter().map(|(_, layer)| *layer).max() else { return Ok(leaves.collect()) };
        Ok(layers.into_iter().filter(|(_, layer)| *layer == top).map(|(row, _)| row).collect())
    }

    /// The topmost rows of every document that is not deleted, by part and ordinal.
    pub(crate) fn all_roots(&self, context: &Context) -> Result<Vec<Vec<Place>>> {
        let mut roots = Vec::new();
        for (at, part) in self.segments().iter().enumerate() {
            context.check()?;
            for ordinal in 0..part.segment.header().documents as usize {
                let record = part.segment.document(ordinal)?;
                if !self.is_deleted(at, record.rows().start) {
                    roots.push(self.roots(at, &record)?.into_iter().map(|row| (at, row)).collect());
                }
            }
        }
        Ok(roots)
    }

    /// Rows of the tree across documents that are not deleted, with their nodes.
    pub(crate) fn nodes_across(&self, context: &Context) -> Result<Vec<(usize, Node<'_>)>> {
        let Some((at, part)) = self.across() else { return Ok(Vec::new()) };
        let record = part.segment.document(0)?;
        let mut nodes = Vec::new();
        for row in part.segment.checked_rows(&record)?.filter(|row| !self.is_deleted(at, *row)) {
            context.check()?;
            nodes.extend(part.segment.node(row, &record)?.map(|node| (row, node)));
        }
        Ok(nodes)
    }

    /// What a node over several documents says.
    pub(crate) fn quotes(&self, node: &Node) -> Result<Vec<Quote>> {
        let Some((_, part)) = self.across() else { return Ok(Vec::new()) };
        let quote = |(key, &[start, end]): (&u64, &[u32; 2])| {
            let leaf = self.row_of(*key)?;
            let leaf = leaf.ok_or_else(|| broken(part, "keys of passages", &key.to_string()))?;
            let document = self.parts()[leaf.0].segment.passage(leaf.1)?.document;
            Ok(Quote { leaf, document, range: start as usize..end as usize })
        };
        node.leaves()?.iter().zip(node.pieces()?).map(quote).collect()
    }

    /// The sentences of a passage or of a node of a document's tree.
    pub(crate) fn sentences_of(&self, (at, row): Place) -> Result<Vec<Quote>> {
        let segment = &self.parts()[at].segment;
        let passage = segment.passage(row)?;
        let document = segment.document_of(&passage)?;
        let leaves: Vec<(usize, Range<usize>)> = document
            .leaves()
            .map(|leaf| segment.passage(leaf).map(|record| (leaf, record.start as usize..record.end as usize)))
            .collect::<Result<_>>()?;
        let quote = |leaf, range| Quote { leaf: (at, leaf), document: passage.document, range };
        let of_passage = |leaf| -> Result<Vec<Quote>> {
            Ok(segment.said_by(leaf, &document)?.into_iter().map(|said| quote(leaf, said.range)).collect())
        };
        let Some(node) = segment.node(row, &document)? else { return of_passage(row) };
        let within = |range: Range<usize>| {
            let leaf = leaves.iter().find(|(_, leaf)| leaf.start <= range.start && range.end <= leaf.end);
            leaf.map(|(leaf, _)| quote(*leaf, range))
        };
        let places: Vec<Quote> = node.places(&document)?.into_iter().filter_map(within).collect();
        match places.is_empty() {
            false => Ok(places),
            true => Ok(leaves.into_iter().map(|(leaf, _)| of_passage(leaf)).collect::<Result<Vec<_>>>()?.concat()),
        }
    }

    /// The words of a quote.
    pub(crate) fn quoted(&self, quote: &Quote) -> Result<&str> {
        let segment = &self.parts()[quote.leaf.0].segment;
        let document = segment.document(quote.document as usize)?;
        let text = segment.sections().text(Section::Text, document.text)?;
        let outside = || segment.sections().corrupt(Section::NodePieces, "ranges of the text", &format!("{quote:?}"));
        text.get(quote.range.clone()).ok_or_else(outside)
    }

    /// Quotes one behind the other.
    pub(crate) fn joined_quotes(&self, quotes: &[Quote]) -> Result<String> {
        let place = |quote: &Quote| ((quote.leaf.0, quote.document), quote.range.clone());
        self.joined(&quotes.iter().map(place).collect::<Vec<_>>())
    }

    /// Ranges of documents (part and ordinal) one behind the other; those of a document that follow each other as they
    /// stand there.
    pub(crate) fn joined(&self, places: &[((usize, u32), Range<usize>)]) -> Result<String> {
        let mut said = Vec::new();
        for places in places.chunk_by(|(a, _), (b, _)| a == b) {
            let (part, document) = places[0].0;
            let segment = &self.parts()[part].segment;
            let text = segment.sections().text(Section::Text, segment.document(document as usize)?.text)?;
            said.push(joined(text, places.iter().map(|(_, range)| range.clone())));
        }
        Ok(said.join(" "))
    }

    /// What a passage or node is called.
    pub(crate) fn name_of(&self, (at, row): Place) -> Result<String> {
        let segment = &self.parts()[at].segment;
        let passage = segment.passage(row)?;
        let document = segment.document_of(&passage)?;
        Ok(passage.name(segment.id_of(&document)?, &document))
    }

    /// How much of the collection the tree across documents holds; `None` without one.
    pub fn coverage(&self, context: &Context) -> Result<Option<Coverage>> {
        let Some((at, part)) = self.across() else { return Ok(None) };
        let record = part.segment.document(0)?;
        let rows = part.segment.checked_rows(&record)?;
        let mut below = HashSet::new();
        for row in rows.clone() {
            context.check()?;
            let Some(node) = part.segment.node(row, &record)? else { continue };
            for key in node.children()? {
                if part.segment.ordinal_of(*key)?.is_none() {
                    below.insert(*key);
                }
            }
        }
        let dead = rows.clone().filter(|row| self.is_deleted(at, *row)).count() as u64;
        let (mut documents, mut uncovered) = (0, 0);
        for roots in self.all_roots(context)? {
            let keys = roots.iter().map(|(at, row)| Ok(self.parts()[*at].segment.passage(*row)?.key));
            let held = keys.collect::<Result<Vec<u64>>>()?.iter().filter(|key| below.remove(key)).count();
            match held == roots.len() {
                true => documents += 1,
                false => uncovered += 1,
            }
        }
        let nodes = rows.len() as u64 - dead;
        Ok(Some(Coverage { nodes, dead, documents, uncovered, gone: below.len() as u64 }))
    }
}

/// The tree across documents is not what it should be.
pub(super) fn broken(tree: &Part, expected: &str, found: &str) -> Error {
    tree.segment.sections().corrupt(Section::Nodes, expected, found)
}
