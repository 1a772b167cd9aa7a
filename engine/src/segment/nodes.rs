//! Writing nodes: their records, keys and pieces gather in memory until the segment is full.

use bytemuck::Zeroable;

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

/// A node over several documents with its vectors coded.
#[derive(Debug, Clone)]
pub(crate) struct CodedQuotes {
    pub(crate) coded: CodedPassage,
    pub(crate) layer: u32,
    /// What its words are, for keyword search.
    pub(crate) words: String,
    /// Keys of what is right below.
    pub(crate) children: Vec<u64>,
    /// Of each sentence: the key of the passage that it is from, and its bytes of the document.
    pub(crate) quotes: Vec<(u64, [u32; 2])>,
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
        let keys = |rows: &[u32]| rows.iter().map(|row| keys(*row)).collect::<Result<Vec<u64>>>();
        let (children, leaves) = (keys(&node.children)?, keys(&node.leaves)?);
        let record = NodeRecord { layer: node.layer, kind: node.kind.number(), text, ..NodeRecord::zeroed() };
        self.add(NodeRecord { radius: node.radius, ..record }, (&children, &leaves, &node.pieces))
    }

    /// Adds a node over several documents.
    pub(super) fn push_quotes(&mut self, node: &CodedQuotes) -> Result<()> {
        let record = NodeRecord { layer: node.layer, kind: NodeKind::Quotes.number(), ..NodeRecord::zeroed() };
        let (leaves, pieces): (Vec<u64>, Vec<[u32; 2]>) = node.quotes.iter().copied().unzip();
        self.add(record, (&node.children, &leaves, &pieces))
    }

    fn add(&mut self, record: NodeRecord, lists: (&[u64], &[u64], &[[u32; 2]])) -> Result<()> {
        let (children, leaves, pieces) = lists;
        let (children, leaves) = (append(&mut self.keys, children)?, append(&mut self.keys, leaves)?);
        let pieces = append(&mut self.pieces, pieces)?;
        self.records.push(NodeRecord { children, leaves, pieces, ..record });
        Ok(())
    }

    pub(super) fn write(&self, file: &mut SectionWriter) -> Result<()> {
        file.section(Section::Nodes, &self.records)?;
        file.section(Section::NodeKeys, &self.keys)?;
        file.section(Section::NodePieces, &self.pieces)
    }
}

fn append<T: Copy>(list: &mut Vec<T>, values: &[T]) -> Result<Span> {
    let span = Span { start: narrow(list.len())?, len: narrow(values.len())? };
    list.extend_from_slice(values);
    Ok(span)
}
