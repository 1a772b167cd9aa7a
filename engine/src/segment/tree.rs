//! Nodes of a segment: what stands above a document's passages, or for them.

use std::collections::BTreeMap;
use std::ops::Range;

use fixedbitset::FixedBitSet;
use serde::{Deserialize, Serialize};

use super::Segment;
use crate::Result;
use crate::format::{DocumentRecord, NodeKind, NodeRecord, PassageRecord, Section, SegmentHeader, Span};
use crate::named::named;

/// Highest layer of a tree: each has at most half as many nodes as the one below.
const MAX_LAYER: u32 = 64;

/// What a search looks among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Passages.
    #[default]
    Passages,
    /// Summary nodes of trees.
    Summaries,
    /// Passages and summary nodes: the collapsed tree.
    All,
    /// Small things that stand for passages or documents.
    Representations,
}

named!(Scope in "scope": Passages = "passages", Summaries = "summaries", All = "all", Representations = "representations");

impl Scope {
    /// Whether a row belongs to it: a passage has no layer, a representation has layer 0.
    fn holds(self, layer: Option<u32>) -> bool {
        match self {
            Self::Passages => layer.is_none(),
            Self::Summaries => layer.is_some_and(|layer| layer > 0),
            Self::All => layer != Some(0),
            Self::Representations => layer == Some(0),
        }
    }
}

impl Segment {
    /// Number of nodes.
    pub(crate) fn nodes(&self) -> usize {
        self.header.nodes as usize
    }

    /// Whether it has anything of a scope.
    pub(crate) fn has(&self, scope: Scope) -> bool {
        let SegmentHeader { nodes, representations, passages, .. } = self.header;
        match scope {
            Scope::Passages | Scope::All => passages > 0,
            Scope::Summaries => nodes > representations,
            Scope::Representations => representations > 0,
        }
    }

    /// The rows that a scope holds, found when they are first asked for.
    pub(crate) fn in_scope(&self, scope: Scope) -> Result<&FixedBitSet> {
        let slot = &self.scopes[scope as usize];
        if let Some(rows) = slot.get() {
            return Ok(rows);
        }
        let mut rows = FixedBitSet::with_capacity(self.passages());
        let nodes: &[NodeRecord] = self.sections.values(Section::Nodes)?;
        for record in self.sections.values::<DocumentRecord>(Section::Documents)? {
            let (leaves, all) = (record.leaves(), self.checked_rows(record)?);
            if scope.holds(None) {
                rows.insert_range(leaves.clone());
            }
            for (row, node) in (leaves.end..all.end).zip(self.nodes_of(nodes, record)?) {
                rows.set(row, scope.holds(Some(node.layer)));
            }
        }
        Ok(slot.get_or_init(|| rows))
    }

    /// Ordinals of a document's passages and nodes.
    pub(crate) fn checked_rows(&self, document: &DocumentRecord) -> Result<Range<usize>> {
        let rows = document.rows();
        if rows.end <= self.passages() {
            return Ok(rows);
        }
        let (expected, found) = (format!("passages below {}", self.passages()), format!("{rows:?}"));
        Err(self.sections.corrupt(Section::Documents, &expected, &found))
    }

    fn nodes_of<'a>(&self, nodes: &'a [NodeRecord], document: &DocumentRecord) -> Result<&'a [NodeRecord]> {
        let (first, count) = (document.first_node as usize, document.nodes as usize);
        nodes.get(first..first.saturating_add(count)).ok_or_else(|| {
            let (expected, found) = (format!("nodes below {}", nodes.len()), format!("{count} from {first}"));
            self.sections.corrupt(Section::Documents, &expected, &found)
        })
    }

    /// What some passages and nodes of a document are called.
    pub(crate) fn names(&self, keys: &[u64], (id, document): (&str, &DocumentRecord)) -> Result<Vec<String>> {
        let name = |key: &u64| {
            let missing = || self.sections.corrupt(Section::NodeKeys, "keys of passages and nodes", &key.to_string());
            let row = self.ordinal_of(*key)?.ok_or_else(missing)?;
            Ok(self.passage(row)?.name(id, document))
        };
        keys.iter().map(name).collect()
    }

    /// The node that a row is; `None` of a passage.
    pub(crate) fn node(&self, row: usize, document: &DocumentRecord) -> Result<Option<Node<'_>>> {
        let Some(at) = row.checked_sub(document.leaves().end) else { return Ok(None) };
        let record: NodeRecord =
            self.sections.one(Section::Nodes, (document.first_node as usize).saturating_add(at))?;
        if record.layer > MAX_LAYER {
            let expected = format!("layers up to {MAX_LAYER}");
            return Err(self.sections.corrupt(Section::Nodes, &expected, &record.layer.to_string()));
        }
        Ok(Some(Node { segment: self, record }))
    }
}

/// One node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a> {
    pub(super) segment: &'a Segment,
    record: NodeRecord,
}

impl<'a> Node<'a> {
    /// Height above the passages; 0 of what stands for a passage.
    pub(crate) fn layer(&self) -> u32 {
        self.record.layer
    }

    /// How far, at most, a token vector of a leaf is from the nearest one of the node's.
    pub(crate) fn radius(&self) -> f32 {
        self.record.radius
    }

    /// What it is.
    pub(crate) fn kind(&self) -> Result<NodeKind> {
        let found = NodeKind::ALL.into_iter().find(|kind| kind.number() == self.record.kind);
        let unknown = || self.segment.sections.corrupt(Section::Nodes, "a kind of node", &self.record.kind.to_string());
        found.ok_or_else(unknown)
    }

    /// Keys of the nodes and passages right below.
    pub(crate) fn children(&self) -> Result<&'a [u64]> {
        self.list(Section::NodeKeys, self.record.children)
    }

    /// Keys of the passages below; of quotes, of those that they are from.
    pub(crate) fn leaves(&self) -> Result<&'a [u64]> {
        self.list(Section::NodeKeys, self.record.leaves)
    }

    /// What it is made of: byte ranges of the document's text (start, end), or token vectors (number among the document's,
    /// byte of the text at which the token begins). Of quotes, ranges of the documents of its leaves.
    pub(crate) fn pieces(&self) -> Result<&'a [[u32; 2]]> {
        self.list(Section::NodePieces, self.record.pieces)
    }

    fn list<T: bytemuck::Pod>(&self, section: Section, span: Span) -> Result<&'a [T]> {
        let start = span.start as usize;
        self.segment.sections.some(section, start..start.saturating_add(span.len as usize))
    }

    /// Where the sentences are that it is made of or that its token vectors are from, as bytes of the document. Not of one
    /// over several documents.
    pub(crate) fn places(&self, document: &DocumentRecord) -> Result<Vec<Range<usize>>> {
        Ok(match self.kind()? {
            NodeKind::Extract | NodeKind::Representation => {
                self.pieces()?.iter().map(|&[start, end]| start as usize..end as usize).collect()
            }
            NodeKind::Medoids => {
                let said = self.sentences(document, |_| 1.0, &mut BTreeMap::new())?;
                said.into_iter().map(|said| said.range).collect()
            }
            NodeKind::Generated | NodeKind::Quotes => Vec::new(),
        })
    }

    /// Its text.
    pub(crate) fn text(&self, document: &DocumentRecord) -> Result<String> {
        let sections = &self.segment.sections;
        if self.record.text.len > 0 {
            return Ok(sections.text(Section::Text, self.record.text)?.to_owned());
        }
        let whole = sections.text(Section::Text, document.text)?;
        let places = self.places(document)?;
        if let Some(range) = places.iter().find(|range| whole.get((*range).clone()).is_none()) {
            return Err(sections.corrupt(Section::NodePieces, "a range of the text", &format!("{range:?}")));
        }
        Ok(joined(whole, places.into_iter()))
    }
}

/// A range of a text that stands in another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Laid {
    /// Its first byte there.
    pub(crate) at: usize,
    /// Its bytes in the text that it is from.
    pub(crate) range: Range<usize>,
}

impl Laid {
    /// Where a byte of what was laid is from.
    pub(crate) fn byte_of(all: &[Self], at: usize) -> Option<usize> {
        all.iter().find_map(|Self { at: first, range }| {
            let byte = range.start.checked_add(at.checked_sub(*first)?)?;
            range.contains(&byte).then_some(byte)
        })
    }

    /// Where a byte of the text stands in what was laid.
    pub(crate) fn at_of(all: &[Self], byte: usize) -> Option<usize> {
        let found = all.iter().find(|laid| laid.range.contains(&byte))?;
        Some(found.at + (byte - found.range.start))
    }
}

/// Ranges of a text one behind the other: as they stand where nothing but white space lies between them.
pub(crate) fn joined(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> String {
    laid(text, ranges).0
}

/// The same, and where each stands.
pub(crate) fn laid(text: &str, ranges: impl Iterator<Item = Range<usize>>) -> (String, Vec<Laid>) {
    let (mut joined, mut places) = (String::new(), Vec::new());
    let mut last = None;
    for range in ranges {
        let Some(piece) = text.get(range.clone()) else { continue };
        let between = last.and_then(|end| text.get(end..range.start));
        match between {
            Some(space) if space.trim().is_empty() && !space.is_empty() => joined.push_str(space),
            _ if joined.is_empty() => {}
            _ => joined.push(' '),
        }
        let (trimmed, blank) = (piece.trim(), piece.len() - piece.trim_start().len());
        let start = range.start + blank;
        places.push(Laid { at: joined.len(), range: start..start + trimmed.len() });
        joined.push_str(trimmed);
        last = Some(range.end);
    }
    (joined, places)
}

impl PassageRecord {
    /// What a hit is called.
    pub(crate) fn name(&self, document_id: &str, document: &DocumentRecord) -> String {
        match self.number.checked_sub(document.passages) {
            None => format!("{document_id}#{}", self.number),
            Some(node) => format!("{document_id}#S{node}"),
        }
    }
}
