//! The nodes of some documents: a layer of all of them at a time, so that their texts are encoded together.

use std::collections::BTreeSet;

use super::Raptor;
use super::cluster::{Layer, sound};
use super::extract::extract;
use super::leaf::{Leaf, Sapling, Sentence, mean};
use crate::build::{Place, code, naming};
use crate::codes::Coder;
use crate::encode::Encoder;
use crate::format::NodeKind;
use crate::segment::{CodedNode, joined};
use crate::{Context, Result, TokenMatrix};

/// Most tokens that one summary stands for (the paper's `max_length_in_cluster`).
const CLUSTER_TOKENS: usize = 3500;

/// How nodes become score codes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coding<'a> {
    pub(crate) encoder: &'a dyn Encoder,
    pub(crate) coder: &'a Coder,
    /// Keep full-precision vectors.
    pub(crate) keep: bool,
}

/// A tree that is not yet at its root.
struct Growing<'a> {
    sapling: &'a Sapling,
    /// Passages, and the nodes so far.
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

/// The nodes of each document, in the order in which they belong behind its passages. A document of one passage has none.
/// Depends on the documents and the seed alone.
pub(crate) fn grow(
    context: &Context,
    coding: Coding<'_>,
    (raptor, seed): (Raptor, u64),
    saplings: &[Sapling],
) -> Result<Vec<Vec<CodedNode>>> {
    let clustering = raptor.clustering.clustering(seed);
    let mut trees: Vec<Growing<'_>> = saplings.iter().map(Growing::new).collect();
    for layer in 1.. {
        let mut planned = Vec::new();
        for (number, tree) in trees.iter().enumerate().filter(|(_, tree)| tree.rows.len() > tree.top + 1) {
            context.check()?;
            let (vectors, tokens) = tree.topmost();
            let nodes = Layer { width: coding.coder.width(), vectors: &vectors, tokens: &tokens };
            for cluster in sound(clustering.clusters(&nodes), &nodes, CLUSTER_TOKENS) {
                planned.push(tree.plan(number, &cluster, raptor.tokens));
            }
        }
        if planned.is_empty() {
            break;
        }
        let texts: Vec<String> = planned.iter().map(|node| titled(saplings, node)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoded = coding.encoder.encode_passages(context, &texts)?;
        trees.iter_mut().for_each(|tree| tree.top = tree.rows.len());
        for (node, encoded) in planned.into_iter().zip(encoded) {
            trees[node.tree].push(node, layer, (coding, &encoded.vectors))?;
        }
    }
    Ok(trees.into_iter().map(|tree| tree.nodes).collect())
}

/// What is encoded: the document's title and the summary.
fn titled(saplings: &[Sapling], node: &Planned) -> String {
    let title = saplings.get(node.tree).map_or("", |sapling| sapling.document.title.as_str());
    [title, &node.text].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

impl<'a> Growing<'a> {
    fn new(sapling: &'a Sapling) -> Self {
        let row = |(number, leaf): (u32, &Leaf)| Row { leaf: leaf.clone(), leaves: BTreeSet::from([number]) };
        let rows = (0..).zip(&sapling.leaves).map(row).collect();
        Self { sapling, rows, top: 0, nodes: Vec::new() }
    }

    /// Vectors and tokens of the topmost layer.
    fn topmost(&self) -> (Vec<f32>, Vec<usize>) {
        let rows = &self.rows[self.top..];
        let vectors = rows.iter().flat_map(|row| row.leaf.vector.iter().copied()).collect();
        (vectors, rows.iter().map(|row| row.leaf.tokens).collect())
    }

    /// The parent of some rows of the topmost layer.
    fn plan(&self, tree: usize, cluster: &[usize], budget: usize) -> Planned {
        let children: Vec<usize> = cluster.iter().map(|at| self.top + at).collect();
        let candidates = children.iter().flat_map(|&child| &self.rows[child].leaf.sentences).collect::<Vec<_>>();
        let sentences = extract(&candidates, budget);
        let text = joined(&self.sapling.document.text, sentences.iter().map(|sentence| sentence.range.clone()));
        Planned { tree, children, sentences, text }
    }

    fn push(&mut self, node: Planned, layer: u32, (coding, vectors): (Coding<'_>, &TokenMatrix)) -> Result<()> {
        let Planned { children, sentences, text, .. } = node;
        let leaves: BTreeSet<u32> = children.iter().flat_map(|&child| &self.rows[child].leaves).copied().collect();
        let spans = children.iter().map(|&child| &self.rows[child].leaf.range);
        let (start, end) = spans.fold((usize::MAX, 0), |hull, span| (hull.0.min(span.start), hull.1.max(span.end)));
        let place = Place { start, end, heading: "" };
        let coded = code(coding.coder, vectors, coding.keep, place);
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.nodes.push(CodedNode {
            coded: coded.map_err(|error| naming(&self.sapling.document, error))?,
            layer,
            kind: NodeKind::Extract,
            own_text: String::new(),
            words: text,
            children: children.into_iter().map(small).collect(),
            leaves: leaves.iter().copied().collect(),
            pieces: sentences.iter().map(|sentence| [small(sentence.range.start), small(sentence.range.end)]).collect(),
            radius: 0.0,
        });
        let vector = mean(vectors, 0..vectors.rows());
        let leaf = Leaf { range: start..end, vector, sentences, tokens: vectors.rows() };
        self.rows.push(Row { leaf, leaves });
        Ok(())
    }
}
