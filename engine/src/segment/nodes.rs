//! Writing nodes: their records, keys and pieces gather in memory until the segment is full.

use super::CodedPassage;
use super::write::narrow;
use crate::Result;
use crate::format::{NodeKind, NodeRecord, Section, SectionWriter, Span};

/// Byte of a token vector that is of no place of the text.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// A node with its vectors coded.
#[derive(Debug, Clone)]
pub(crate) struct CodedNode {
    /// Its range is from its first leaf to its last.
    pub(crate) coded: CodedPassage,
    pub(crate) layer: u32,
    pub(crate) kind: NodeKind,
    /// Of a generated one.
    pub(crate) own_text: String,
    /// What its words are, for keyword search.
    pub(crate) words: String,
    /// Numbers of rows in the document, passages first.
    pub(crate) children: Vec<u32>,
    /// Numbers of passages in the document.
    pub(crate) leaves: Vec<u32>,
    pub(crate) pieces: Vec<[u32; 2]>,
    pub(crate) radius: f32,
}

/// Records of the nodes so far.
#[derive(Debug, Default)]
pub(super) struct NodesWriter {
    records: Vec<NodeRecord>,
    keys: Vec<u64>,
    pieces: Vec<[u32; 2]>,
}

impl NodesWriter {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Adds a node whose own text is at a place, of a document whose rows have these keys.
    pub(super) fn push(&mut self, node: &CodedNode, text: Span, keys: impl Fn(u32) -> Result<u64>) -> Result<()> {
        let mut list = |rows: &[u32]| -> Result<Span> {
            let span = Span { start: narrow(self.keys.len())?, len: narrow(rows.len())? };
            for row in rows {
                self.keys.push(keys(*row)?);
            }
            Ok(span)
        };
        let (children, leaves) = (list(&node.children)?, list(&node.leaves)?);
        let pieces = Span { start: narrow(self.pieces.len())?, len: narrow(node.pieces.len())? };
        self.pieces.extend(&node.pieces);
        let (layer, kind, radius) = (node.layer, node.kind.number(), node.radius);
        self.records.push(NodeRecord { layer, kind, text, children, leaves, pieces, radius, reserved: 0 });
        Ok(())
    }

    pub(super) fn write(&self, file: &mut SectionWriter) -> Result<()> {
        file.section(Section::Nodes, &self.records)?;
        file.section(Section::NodeKeys, &self.keys)?;
        file.section(Section::NodePieces, &self.pieces)
    }
}
