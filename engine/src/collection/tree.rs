//! Trees of summaries, for people: what each node is, and how many there are of each layer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use serde::Serialize;

use super::{Coverage, Generation, Part, Place};
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::{Context, Error, Result};

/// The tree above one document's passages, or above documents.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tree {
    /// The document; absent of the tree across documents.
    pub document_id: Option<String>,
    /// Its title.
    pub title: String,
    /// Passages in order, or the topmost of each document, then the nodes, children before parents.
    pub nodes: Vec<TreeNode>,
}

impl Tree {
    /// Passages and nodes by their ids.
    pub fn by_id(&self) -> HashMap<&str, &TreeNode> {
        self.nodes.iter().map(|node| (node.id.as_str(), node)).collect()
    }
}

/// A passage or a summary node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TreeNode {
    /// As hits are called.
    pub id: String,
    /// 0 of a passage.
    pub layer: u32,
    /// What is right below.
    pub children: Vec<String>,
    /// The passages below; of a passage itself; across documents those that it quotes.
    pub leaves: Vec<String>,
    /// First byte in the document, of its first leaf; across documents as if they stood one behind the other.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Its token vectors.
    pub tokens: usize,
    /// Of a node made of token vectors: how far, at most, one of its leaves is from the nearest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub radius: Option<f32>,
    /// What it says.
    pub text: String,
}

/// All trees of a collection in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layers {
    /// Documents with a tree.
    pub trees: u64,
    /// From the passages up.
    pub layers: Vec<LayerReport>,
    /// The tree across documents, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub across: Option<Coverage>,
}

/// One layer of all trees.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LayerReport {
    /// Height; 0 is the passages.
    pub layer: usize,
    /// Passages or nodes.
    pub nodes: u64,
    /// Their token vectors.
    pub tokens: u64,
}

impl Generation {
    /// The tree of a document, its passages only if it has no nodes; `None` if there is no such document.
    pub fn tree(&self, id: &str) -> Result<Option<Tree>> {
        let Some((at, ordinal)) = self.documents_called(id)?.pop() else { return Ok(None) };
        let part = &self.parts()[at];
        let record = part.segment.document(ordinal)?;
        let nodes = part.segment.checked_rows(&record)?.map(|row| node(part, row, (id, &record)));
        let title = part.segment.sections().text(Section::Text, record.title)?.to_owned();
        let nodes = nodes.filter_map(Result::transpose).collect::<Result<_>>()?;
        Ok(Some(Tree { document_id: Some(id.to_owned()), title, nodes }))
    }

    /// The tree across documents, above the roots of theirs; `None` without one, and an error if its texts and ids have more bytes than wanted.
    pub fn tree_across(&self, context: &Context, most_bytes: usize) -> Result<Option<Tree>> {
        let Some((at, part)) = self.across() else { return Ok(None) };
        let mut children: BTreeMap<Place, Vec<Place>> = BTreeMap::new();
        let nodes = self.nodes_across(context)?;
        for (row, node) in &nodes {
            context.check()?;
            let mut below = Vec::new();
            for key in node.children()? {
                // What is deleted since is not there; what does not come before its parent is not below it.
                let there = |child: &Place| *child < (at, *row) && !self.is_deleted(child.0, child.1);
                below.extend(self.row_of(*key)?.filter(there));
            }
            children.insert((at, *row), below);
        }
        let mut places: BTreeMap<Place, Range<u64>> = BTreeMap::new();
        let mut shown = Shown { nodes: Vec::new(), bytes: 0, most: most_bytes };
        // Documents stand one behind the other, as they are below the nodes.
        let mut end = 0;
        for (at, row) in self.in_order(context, &children)? {
            context.check()?;
            let segment = &self.parts()[at].segment;
            let passage = segment.passage(row)?;
            let document = segment.document_of(&passage)?;
            let start = end;
            end += u64::from(document.text.len).max(1);
            places.insert((at, row), start..end);
            let (id, tokens) = (self.name_of((at, row))?, segment.token_range(row)?.len());
            let (layer, text) = match segment.node(row, &document)? {
                Some(node) => (node.layer(), node.text(&document)?),
                None => (0, segment.passage_text(&passage, &document)?.to_owned()),
            };
            let leaves = vec![id.clone()];
            shown.push(TreeNode { id, layer, children: Vec::new(), leaves, start, end, tokens, radius: None, text })?;
        }
        for (row, node) in nodes {
            context.check()?;
            let below = children.get(&(at, row)).map_or(&[][..], Vec::as_slice);
            let within = || below.iter().filter_map(|child| places.get(child));
            let start = within().map(|place| place.start).min().unwrap_or(0);
            let end = within().map(|place| place.end).max().unwrap_or(0);
            let children = below.iter().map(|child| self.name_of(*child)).collect::<Result<_>>()?;
            let quotes = self.quotes(&node)?;
            let leaves = quotes.iter().map(|quote| self.name_of(quote.leaf)).collect::<Result<_>>()?;
            let (id, tokens) = (self.name_of((at, row))?, part.segment.token_range(row)?.len());
            let (layer, text) = (node.layer(), self.joined_quotes(&quotes)?);
            places.insert((at, row), start..end);
            shown.push(TreeNode { id, layer, children, leaves, start, end, tokens, radius: None, text })?;
        }
        Ok(Some(Tree { document_id: None, title: String::new(), nodes: shown.nodes }))
    }

    /// The roots of all documents, those that are near each other below the nodes side by side.
    fn in_order(&self, context: &Context, children: &BTreeMap<Place, Vec<Place>>) -> Result<Vec<Place>> {
        let roots: BTreeSet<Place> = self.all_roots(context)?.into_iter().flatten().collect();
        let mut below: Vec<Place> = children.keys().copied().collect();
        let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
        // Parents come last; what is below them is looked at first.
        while let Some(place) = below.pop() {
            if seen.insert(place) {
                below.extend(children.get(&place).into_iter().flatten().rev());
                order.extend(roots.get(&place));
            }
        }
        order.extend(roots.iter().filter(|root| !seen.contains(root)));
        Ok(order)
    }

    /// Sizes of the layers of all trees.
    pub fn layers(&self, context: &Context) -> Result<Layers> {
        let mut found = Layers { trees: 0, layers: Vec::new(), across: self.coverage(context)? };
        for (at, part) in self.segments().iter().enumerate() {
            for ordinal in 0..part.segment.header().documents as usize {
                context.check()?;
                let record = part.segment.document(ordinal)?;
                let rows = part.segment.checked_rows(&record)?;
                if rows.is_empty() || self.is_deleted(at, rows.start) {
                    continue;
                }
                let mut highest = 0;
                for row in rows {
                    let layer = match part.segment.node(row, &record)?.map(|node| node.layer()) {
                        None => 0,
                        Some(0) => continue,
                        Some(layer) => layer as usize,
                    };
                    while found.layers.len() <= layer {
                        found.layers.push(LayerReport { layer: found.layers.len(), ..LayerReport::default() });
                    }
                    found.layers[layer].nodes += 1;
                    found.layers[layer].tokens += part.segment.token_range(row)?.len() as u64;
                    highest = highest.max(layer);
                }
                found.trees += u64::from(highest > 0);
            }
        }
        Ok(found)
    }
}

/// Nodes that are shown, and what they take.
struct Shown {
    nodes: Vec<TreeNode>,
    bytes: usize,
    most: usize,
}

impl Shown {
    fn push(&mut self, node: TreeNode) -> Result<()> {
        let names = node.children.iter().chain(&node.leaves).map(|name| size_of::<String>() + name.len());
        self.bytes += size_of::<TreeNode>() + node.id.len() + node.text.len() + names.sum::<usize>();
        if self.bytes > self.most {
            let detail =
                format!("the tree has more than {} bytes of texts; search it, or ask for a document's", self.most);
            return Err(Error::invalid("across", detail));
        }
        self.nodes.push(node);
        Ok(())
    }
}

/// A passage or summary; nothing of a representation.
fn node(part: &Part, row: usize, (id, document): (&str, &DocumentRecord)) -> Result<Option<TreeNode>> {
    let segment = &part.segment;
    let record = segment.passage(row)?;
    let own = record.name(id, document);
    let node = segment.node(row, document)?;
    let radius = match node {
        Some(node) if node.kind()? == NodeKind::Medoids => Some(node.radius()),
        _ => None,
    };
    let (layer, children, leaves, text) = match node {
        None => (0, Vec::new(), vec![own.clone()], segment.passage_text(&record, document)?.to_owned()),
        Some(node) if node.layer() == 0 => return Ok(None),
        Some(node) => {
            let names = |keys| segment.names(keys, (id, document));
            (node.layer(), names(node.children()?)?, names(node.leaves()?)?, node.text(document)?)
        }
    };
    let (start, end) = (u64::from(record.start), u64::from(record.end));
    let tokens = segment.token_range(row)?.len();
    Ok(Some(TreeNode { id: own, layer, children, leaves, start, end, tokens, radius, text }))
}
