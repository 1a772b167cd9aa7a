//! Checking a segment: every byte, that every record points into its section, and that trees are trees.

use std::collections::BTreeSet;

use super::{NOWHERE, Segment, columns};
use crate::Result;
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::keywords::Language;

impl Segment {
    /// Checks all of it; of the tree across documents, what can be seen here.
    pub(crate) fn verify(&self, language: Language, across: bool) -> Result<()> {
        self.sections.verify()?;
        self.keywords(language)?;
        self.verify_ids()?;
        let documents: &[DocumentRecord] = self.sections.values(Section::Documents)?;
        columns::verify(&self.sections, documents.len())?;
        let (mut passages, mut nodes, mut small) = (0, 0, 0);
        for record in documents {
            let rows = self.checked_rows(record)?;
            if rows.start != passages || record.first_node as usize != nodes {
                let expected = format!("passages from {passages}, nodes from {nodes}");
                return Err(self.sections.corrupt(Section::Documents, &expected, &format!("{record:?}")));
            }
            (passages, nodes) = (rows.end, nodes + record.nodes as usize);
            if across != (record.passages == 0) {
                let expected = if across { "nodes over documents" } else { "passages" };
                return Err(self.sections.corrupt(Section::Documents, expected, &format!("{record:?}")));
            }
            small += if across { self.verify_quotes(record)? } else { self.verify_tree(record)? };
        }
        if small != self.header.representations {
            let (expected, found) = (format!("{} of layer 0", self.header.representations), small.to_string());
            return Err(self.sections.corrupt(Section::Nodes, &expected, &found));
        }
        if (passages, nodes) != (self.passages(), self.nodes()) {
            let (expected, found) =
                (format!("{} passages, {} nodes", self.passages(), self.nodes()), (passages, nodes));
            return Err(self.sections.corrupt(Section::Documents, &expected, &format!("{found:?}")));
        }
        (0..self.passages()).try_for_each(|passage| self.verify_passage(passage))
    }

    fn verify_passage(&self, passage: usize) -> Result<()> {
        self.token_range(passage)?;
        let record = self.passage(passage)?;
        let document = self.document_of(&record)?;
        self.passage_text(&record, &document)?;
        self.metadata_of(&document)?;
        for span in [record.heading, document.title, document.text] {
            self.sections.text(Section::Text, span)?;
        }
        Ok(())
    }

    /// Children come before their parents, so there is no cycle; a node's leaves are those of its children; every passage
    /// is below some node, if there are any. Tells how many nodes are representations.
    fn verify_tree(&self, document: &DocumentRecord) -> Result<u64> {
        let leaves = document.leaves();
        let (mut reached, mut small) = (BTreeSet::new(), 0);
        for row in leaves.end..document.rows().end {
            let broken = |expected: &str, found: String| {
                Err(self.sections.corrupt(Section::Nodes, &format!("{expected} of row {row}"), &found))
            };
            let Some(node) = self.node(row, document)? else { continue };
            let kind = node.kind()?;
            if (kind == NodeKind::Representation) != (node.layer() == 0) || kind == NodeKind::Quotes {
                return broken("a layer of its kind", format!("{} of {kind:?}", node.layer()));
            }
            let mut below = BTreeSet::new();
            for key in node.children()? {
                match self.ordinal_of(*key)?.filter(|child| (leaves.start..row).contains(child)) {
                    Some(child) if child < leaves.end => drop(below.insert(*key)),
                    Some(child) => match self.node(child, document)? {
                        Some(child) if child.layer() < node.layer() => below.extend(child.leaves()?),
                        _ => return broken("children of lower layers", key.to_string()),
                    },
                    None => return broken("children in its document", key.to_string()),
                }
            }
            let stated: BTreeSet<u64> = node.leaves()?.iter().copied().collect();
            let inside = |key: &u64| self.ordinal_of(*key).map(|at| at.is_some_and(|at| leaves.contains(&at)));
            for key in &stated {
                if !inside(key)? {
                    return broken("leaves in its document", key.to_string());
                }
            }
            if stated.is_empty() || (node.layer() > 0 && stated != below) {
                return broken("the leaves of its children", format!("{stated:?}, expected {below:?}"));
            }
            self.verify_pieces(row, document)?;
            match node.layer() {
                0 => small += 1,
                _ => reached.extend(stated),
            }
        }
        let has_tree = !reached.is_empty();
        if has_tree && reached.len() != leaves.len() {
            let (expected, found) = (format!("{} passages in a tree", leaves.len()), reached.len().to_string());
            return Err(self.sections.corrupt(Section::Nodes, &expected, &found));
        }
        Ok(small)
    }

    /// Nodes over documents quote something, each sentence from a passage.
    fn verify_quotes(&self, nodes: &DocumentRecord) -> Result<u64> {
        for row in nodes.rows() {
            let Some(node) = self.node(row, nodes)? else { continue };
            let (kind, leaves, pieces) = (node.kind()?, node.leaves()?.len(), node.pieces()?.len());
            if kind != NodeKind::Quotes || node.layer() == 0 || pieces == 0 || leaves != pieces {
                let found =
                    format!("{kind:?} of layer {}, {pieces} pieces of {leaves} leaves, row {row}", node.layer());
                return Err(self.sections.corrupt(Section::Nodes, "quotes of passages", &found));
            }
        }
        Ok(0)
    }

    /// Pieces are ranges of the text, or token vectors that there are.
    fn verify_pieces(&self, row: usize, document: &DocumentRecord) -> Result<()> {
        let Some(node) = self.node(row, document)? else { return Ok(()) };
        node.text(document)?;
        if node.kind()? != NodeKind::Medoids {
            return Ok(());
        }
        let (pieces, tokens) = (node.pieces()?, self.token_range(row)?);
        let corrupt = |found: String| self.sections.corrupt(Section::NodePieces, "token vectors of its leaves", &found);
        if pieces.len() != tokens.len() {
            return Err(corrupt(format!("{} for {} token vectors", pieces.len(), tokens.len())));
        }
        let text = self.sections.text(Section::Text, document.text)?;
        for (own, &[token, byte]) in tokens.zip(pieces) {
            let (leaf, at) = self.source(token, document)?;
            let source = self.token_range(leaf)?.start + at;
            if self.code(own)? != self.code(source)? {
                return Err(corrupt(format!("another code than that of token {at} of row {leaf}")));
            }
            if byte != NOWHERE && !text.is_char_boundary(byte as usize) {
                return Err(corrupt(format!("byte {byte} of a text of {}", text.len())));
            }
        }
        Ok(())
    }

    /// Code and scale of one token vector.
    fn code(&self, token: usize) -> Result<(&[u8], &[u16])> {
        Ok((self.codes(&(token..token + 1))?, self.scales(&(token..token + 1))?))
    }
}
