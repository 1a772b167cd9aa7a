//! The nodes of some documents: a layer of all of them at a time, so that their texts are encoded together.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cluster::{Layer, sound};
use super::extract::extract;
use super::leaf::{Leaf, Sapling, Sentence, mean};
use super::medoids::{Stored, rotated_mean, select};
use super::represent::representations;
use super::{Nodes, Raptor, Represent};
use crate::build::{Place, code, naming};
use crate::codes::Coder;
use crate::encode::Encoder;
use crate::format::NodeKind;
use crate::segment::{CodedNode, CodedPassage, joined};
use crate::{Context, Document, Result, TokenMatrix};

/// Most tokens that one summary stands for (the paper's `max_length_in_cluster`).
pub(super) const CLUSTER_TOKENS: usize = 3500;
/// Texts that are encoded at once: as many as fit memory as f32 whatever the document.
pub(super) const TEXTS: usize = 256;

/// What stands above and for passages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Growth {
    pub(crate) raptor: Option<Raptor>,
    pub(crate) represent: Option<Represent>,
    pub(crate) seed: u64,
}

impl Growth {
    /// Whether there is anything to do.
    pub(crate) fn is_some(&self) -> bool {
        self.raptor.is_some() || self.represent.is_some()
    }

    /// Whether sentences of passages are needed.
    pub(crate) fn needs_sentences(&self) -> bool {
        self.represent.is_some() || self.raptor.is_some_and(|raptor| raptor.nodes == Nodes::Text)
    }

    /// Whether nodes are made of token vectors of passages.
    pub(crate) fn needs_stored(&self) -> bool {
        self.raptor.is_some_and(|raptor| raptor.nodes == Nodes::Vectors)
    }
}

/// How nodes become score codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding<'a> {
    pub(crate) encoder: &'a dyn Encoder,
    pub(crate) coder: &'a Coder,
    /// Keep full-precision vectors.
    pub(crate) keep: bool,
}

/// A tree that is not yet at its root.
struct Growing {
    document: Arc<Document>,
    /// Passages, and the nodes so far. Below the topmost layer only what a parent needs is left.
    rows: Vec<Row>,
    /// Number of the first row of the topmost layer.
    top: usize,
    nodes: Vec<CodedNode>,
}

struct Row {
    leaf: Leaf,
    /// Numbers of the passages below.
    leaves: BTreeSet<u32>,
}

/// A node whose text is to be encoded.
struct Planned {
    /// Number of its tree.
    tree: usize,
    children: Vec<usize>,
    sentences: Vec<Sentence>,
    text: String,
}

/// The nodes of each document, in the order in which they belong behind its passages: its tree, then what stands for its
/// passages. A document of one passage has no tree. Depends on the documents and the seed alone.
pub(crate) fn grow(
    context: &Context,
    coding: Coding<'_>,
    growth: Growth,
    saplings: Vec<Sapling>,
) -> Result<Vec<Vec<CodedNode>>> {
    let small: Vec<Vec<CodedNode>> = match growth.represent {
        Some(represent) => representations(context, coding, represent, &saplings)?,
        None => saplings.iter().map(|_| Vec::new()).collect(),
    };
    let mut trees: Vec<Growing> = saplings.into_iter().map(Growing::new).collect();
    if let Some(raptor) = growth.raptor {
        while add_layer(context, coding, (raptor, growth.seed), &mut trees)? {}
    }
    Ok(trees.into_iter().zip(small).map(|(tree, small)| [tree.nodes, small].concat()).collect())
}

/// Puts a layer on every tree that is not yet at its root; false if there was none.
fn add_layer(
    context: &Context,
    coding: Coding<'_>,
    (raptor, seed): (Raptor, u64),
    trees: &mut [Growing],
) -> Result<bool> {
    let clustering = raptor.clustering.clustering(seed);
    let mut clusters = Vec::new();
    for (number, tree) in trees.iter().enumerate().filter(|(_, tree)| tree.rows.len() > tree.top + 1) {
        context.check()?;
        let (vectors, tokens) = tree.topmost();
        let layer = Layer { width: coding.coder.width(), vectors: &vectors, tokens: &tokens };
        let sound = sound(clustering.clusters(&layer), &layer, CLUSTER_TOKENS);
        let members = |cluster: Vec<usize>| (number, cluster.into_iter().map(|at| tree.top + at).collect::<Vec<_>>());
        clusters.extend(sound.into_iter().map(members));
    }
    let tops: Vec<usize> = trees.iter().map(|tree| tree.rows.len()).collect();
    for clusters in clusters.chunks(TEXTS) {
        context.check()?;
        match raptor.nodes {
            Nodes::Text => {
                let planned: Vec<Planned> = clusters
                    .iter()
                    .map(|(tree, children)| trees[*tree].plan(*tree, children.clone(), raptor.tokens))
                    .collect();
                let texts: Vec<(&Document, &str)> =
                    planned.iter().map(|node| (&*trees[node.tree].document, node.text.as_str())).collect();
                let encoded = coding.encode(context, &texts)?;
                for (node, vectors) in planned.into_iter().zip(&encoded) {
                    trees[node.tree].push_text(node, coding, vectors)?;
                }
            }
            Nodes::Vectors => {
                for (tree, children) in clusters {
                    trees[*tree].push_vectors(children.clone(), (coding.coder, raptor.tokens));
                }
            }
        }
    }
    for (tree, top) in trees.iter_mut().zip(tops).filter(|(tree, top)| tree.rows.len() > *top) {
        tree.rows[tree.top..top].iter_mut().for_each(Row::shrink);
        tree.top = top;
    }
    Ok(!clusters.is_empty())
}

impl Coding<'_> {
    /// Token vectors of texts of documents, each behind the document's title.
    pub(super) fn encode(&self, context: &Context, texts: &[(&Document, &str)]) -> Result<Vec<TokenMatrix>> {
        let titled = |(document, text): &(&Document, &str)| {
            [&document.title, *text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
        };
        let titled: Vec<String> = texts.iter().map(titled).collect();
        let titled: Vec<&str> = titled.iter().map(String::as_str).collect();
        let encoded = self.encoder.encode_passages(context, &titled)?;
        Ok(encoded.into_iter().map(|encoded| encoded.vectors).collect())
    }
}

impl Growing {
    fn new(sapling: Sapling) -> Self {
        let row = |(number, leaf): (u32, Leaf)| Row { leaf, leaves: BTreeSet::from([number]) };
        let rows = (0..).zip(sapling.leaves).map(row).collect();
        Self { document: sapling.document, rows, top: 0, nodes: Vec::new() }
    }

    /// Vectors and tokens of the topmost layer.
    fn topmost(&self) -> (Vec<f32>, Vec<usize>) {
        let rows = &self.rows[self.top..];
        let vectors = rows.iter().flat_map(|row| row.leaf.vector.iter().copied()).collect();
        (vectors, rows.iter().map(|row| row.leaf.tokens).collect())
    }

    /// A parent of some rows that says what their sentences say.
    fn plan(&self, tree: usize, children: Vec<usize>, budget: usize) -> Planned {
        let candidates = children.iter().flat_map(|&child| &self.rows[child].leaf.sentences).collect::<Vec<_>>();
        let sentences = extract(&candidates, budget);
        let text = joined(&self.document.text, sentences.iter().map(|sentence| sentence.range.clone()));
        Planned { tree, children, sentences, text }
    }

    fn push_text(&mut self, node: Planned, coding: Coding<'_>, vectors: &TokenMatrix) -> Result<()> {
        let Planned { children, sentences, text, .. } = node;
        let spans = children.iter().map(|&child| &self.rows[child].leaf.range);
        let (start, end) = spans.fold((usize::MAX, 0), |hull, span| (hull.0.min(span.start), hull.1.max(span.end)));
        let coded = code(coding.coder, vectors, coding.keep, Place { start, end, heading: "" });
        let coded = coded.map_err(|error| naming(&self.document, error))?;
        let pieces = sentences.iter().map(Sentence::piece).collect();
        let vector = mean(vectors, 0..vectors.rows());
        let tokens = vectors.rows();
        let leaf = Leaf { range: start..end, vector, sentences, tokens, stored: None };
        self.push(leaf, children, Made { coded, kind: NodeKind::Extract, words: text, pieces, radius: 0.0 });
        Ok(())
    }

    /// A parent of some rows that has some of their token vectors.
    fn push_vectors(&mut self, children: Vec<usize>, (coder, budget): (&Coder, usize)) {
        let below = children.iter().filter_map(|&child| self.rows[child].leaf.stored.as_ref()).collect::<Vec<_>>();
        let stored = select(coder, &below, budget);
        let leaf = Leaf {
            range: stored.coded.start..stored.coded.end,
            vector: rotated_mean(coder, &stored.coded),
            sentences: Vec::new(),
            tokens: stored.pieces.len(),
            stored: Some(stored.clone()),
        };
        let Stored { coded, pieces, radius } = stored;
        self.push(leaf, children, Made { coded, kind: NodeKind::Medoids, words: String::new(), pieces, radius });
    }

    fn push(&mut self, leaf: Leaf, children: Vec<usize>, made: Made) {
        let leaves: BTreeSet<u32> = children.iter().flat_map(|&child| &self.rows[child].leaves).copied().collect();
        let layer = children.iter().map(|&child| self.layer(child)).max().unwrap_or(0) + 1;
        let Made { coded, kind, words, pieces, radius } = made;
        self.nodes.push(CodedNode {
            coded,
            layer,
            kind,
            own_text: String::new(),
            words,
            children: children.into_iter().map(small).collect(),
            leaves: leaves.iter().copied().collect(),
            pieces,
            radius,
        });
        self.rows.push(Row { leaf, leaves });
    }

    fn layer(&self, row: usize) -> u32 {
        let passages = self.rows.len() - self.nodes.len();
        row.checked_sub(passages).and_then(|node| self.nodes.get(node)).map_or(0, |node| node.layer)
    }
}

/// What a node is besides its place in the tree.
struct Made {
    coded: CodedPassage,
    kind: NodeKind,
    words: String,
    pieces: Vec<[u32; 2]>,
    radius: f32,
}

impl Row {
    /// Lets go of what only clustering and parents need.
    fn shrink(&mut self) {
        self.leaf.vector = Vec::new();
        self.leaf.sentences = Vec::new();
        self.leaf.stored = None;
    }
}

impl Sentence {
    /// Where it is, as nodes store it.
    pub(super) fn piece(&self) -> [u32; 2] {
        [small(self.range.start), small(self.range.end)]
    }
}

pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
