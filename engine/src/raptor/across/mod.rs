//! The tree across documents: above the roots of theirs, in sentences of several documents.
//!
//! # Layout
//!
//! `mend` says which nodes of an older tree stay as they are. Documents have no order that means something, so that
//! clusters are those of strategy `gmm`.

mod mend;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cluster::{Layer, Strategy, sound};
use super::extract::extract;
use super::grow::CLUSTER_TOKENS;
use super::leaf::Sentence;
use super::medoids::{decoded, rotated_mean};
use super::{Coding, Raptor};
use crate::build::{Place, code};
use crate::collection::{Generation, Part, Quote};
use crate::kernels;
use crate::segment::{CodedPassage, CodedQuotes, SegmentWriter};
use crate::{Context, Result, TokenMatrix};

/// Nodes whose sentences are encoded together.
const TOGETHER: usize = 8;
/// Bits of a place among the candidates for a summary that are the byte in a document; above them is its number.
const BYTES: u32 = 32;

/// What a tree across documents is made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ground<'a> {
    pub(crate) context: &'a Context,
    pub(crate) coding: Coding<'a>,
    pub(crate) generation: &'a Generation,
    pub(crate) raptor: Raptor,
    pub(crate) seed: u64,
}

/// Nodes of a tree across documents, children before parents.
#[derive(Debug, Default)]
pub(crate) struct TreeAcross {
    nodes: Vec<Grown>,
}

#[derive(Debug)]
struct Grown {
    children: Vec<Child>,
    quotes: Vec<Quote>,
    layer: u32,
    coded: CodedPassage,
    words: String,
}

/// What is right below a node.
#[derive(Debug, Clone, Copy)]
enum Child {
    /// A document's root, by part and ordinal.
    Root(usize, usize),
    /// A node, by number.
    Node(usize),
}

/// Something that is to get a parent.
#[derive(Debug)]
struct Item {
    child: Child,
    /// The key of what it is, or in whose place it is, in the older tree.
    was: Option<u64>,
    /// Whether it says something else than that.
    fresh: bool,
    layer: u32,
    tokens: usize,
    /// In the rotated space, of length 1.
    vector: Vec<f32>,
}

/// A node to come.
#[derive(Debug, Default)]
struct Plan {
    /// Numbers of items, ascending.
    members: Vec<usize>,
    /// The key of the older node in whose place it is.
    was: Option<u64>,
    /// The row of that one, if it stays as it is.
    stays: Option<usize>,
}

impl TreeAcross {
    /// Grows a tree; where there is an older one and `mends` is true, only above what changed. Nothing grows over fewer
    /// than two documents.
    pub(crate) fn grow(ground: &Ground<'_>, mends: bool) -> Result<Self> {
        let older = if mends { mend::layers(ground.generation)? } else { Vec::new() };
        let mut grown = Self::default();
        let mut items = ground.roots()?;
        let mut height = 0;
        while items.len() > 1 {
            ground.context.check()?;
            let mended = older.get(height).map(|older| mend::plans(ground, older, &items)).transpose()?.flatten();
            let plans = mended.unwrap_or_else(|| ground.fresh(&items));
            items = grown.add_layer(ground, plans, &items)?;
            height += 1;
        }
        Ok(grown)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Keys of the passages that each node quotes.
    pub(crate) fn leaves(&self, generation: &Generation) -> Result<Vec<Vec<u64>>> {
        let key = |quote: &Quote| Ok(generation.parts()[quote.leaf.0].segment.passage(quote.leaf.1)?.key);
        self.nodes.iter().map(|node| node.quotes.iter().map(key).collect()).collect()
    }

    /// Adds the nodes to a segment, with keys from a first one on. The generation holds what they quote.
    pub(crate) fn write(&self, generation: &Generation, writer: &mut SegmentWriter, first_key: u64) -> Result<()> {
        let key = |(at, row): (usize, usize)| Ok(generation.parts()[at].segment.passage(row)?.key);
        for (own, node) in (first_key..).zip(&self.nodes) {
            let child = |child: &Child| match *child {
                Child::Root(at, row) => key((at, row)),
                Child::Node(number) => Ok(first_key + number as u64),
            };
            let piece = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let quote = |quote: &Quote| Ok((key(quote.leaf)?, [piece(quote.range.start), piece(quote.range.end)]));
            let coded = CodedQuotes {
                coded: node.coded.clone(),
                layer: node.layer,
                words: node.words.clone(),
                children: node.children.iter().map(child).collect::<Result<_>>()?,
                quotes: node.quotes.iter().map(quote).collect::<Result<_>>()?,
            };
            writer.push_quotes(&coded, own)?;
        }
        Ok(())
    }

    /// Puts nodes above items; they are the next items.
    fn add_layer(&mut self, ground: &Ground<'_>, plans: Vec<Plan>, items: &[Item]) -> Result<Vec<Item>> {
        let mut next = Vec::with_capacity(plans.len());
        let mut plans = plans.as_slice();
        while !plans.is_empty() {
            ground.context.check()?;
            // Where it stays as it is, nothing is encoded.
            let (mut end, mut new) = (0, 0);
            while end < plans.len() && new < TOGETHER {
                new += usize::from(plans[end].stays.is_none());
                end += 1;
            }
            let (now, rest) = plans.split_at(end);
            let fresh: Vec<&Plan> = now.iter().filter(|plan| plan.stays.is_none()).collect();
            let mut said = self.say(ground, &fresh, items)?.into_iter();
            for plan in now {
                let (quotes, words, coded) = match plan.stays {
                    Some(row) => mend::stored(ground.generation, row)?,
                    None => said.next().unwrap_or_default(),
                };
                let vector = rotated_mean(ground.coding.coder, &coded);
                let layer = plan.members.iter().map(|&member| items[member].layer).max().unwrap_or(0) + 1;
                next.push(Item {
                    child: Child::Node(self.nodes.len()),
                    was: plan.was,
                    fresh: plan.stays.is_none(),
                    layer,
                    tokens: coded.scales.len(),
                    vector,
                });
                let children = plan.members.iter().map(|&member| items[member].child).collect();
                self.nodes.push(Grown { children, quotes, layer, coded, words });
            }
            plans = rest;
        }
        Ok(next)
    }

    /// What new nodes say: sentences of what is below, and those encoded.
    fn say(
        &self,
        ground: &Ground<'_>,
        plans: &[&Plan],
        items: &[Item],
    ) -> Result<Vec<(Vec<Quote>, String, CodedPassage)>> {
        let mut sentences: Vec<BTreeMap<usize, Quote>> = Vec::new();
        for plan in plans {
            let mut found = BTreeMap::new();
            let mut documents = HashMap::new();
            for &member in &plan.members {
                let quotes = match items[member].child {
                    Child::Root(at, row) => ground.generation.sentences_of((at, row))?,
                    Child::Node(number) => self.nodes[number].quotes.clone(),
                };
                for quote in quotes {
                    let count = documents.len();
                    let document = *documents.entry((quote.leaf.0, quote.document)).or_insert(count);
                    found.insert((document << BYTES) + quote.range.start, quote);
                }
            }
            sentences.push(found);
        }
        let known = ground.sentences(sentences.iter().flat_map(BTreeMap::values))?;
        let mut said = Vec::new();
        for found in sentences {
            let candidate = |(place, quote): (&usize, &Quote)| {
                let known = known.get(&quote.leaf)?;
                // Passages that overlap may divide the same text differently.
                let own = known.iter().find(|known| known.range == quote.range);
                let own = own.or_else(|| known.iter().find(|known| known.range.contains(&quote.range.start)))?;
                Some(Sentence { range: *place..*place + quote.range.len(), ..own.clone() })
            };
            let candidates: Vec<Sentence> = found.iter().filter_map(candidate).collect();
            let taken = extract(&candidates.iter().collect::<Vec<_>>(), ground.raptor.tokens);
            let quotes = taken.iter().filter_map(|taken| found.get(&taken.range.start)).cloned();
            // Where all was cut off by the encoder, the first has to do.
            let quotes: Vec<Quote> =
                quotes.chain(found.values().next().cloned().filter(|_| taken.is_empty())).collect();
            said.push(quotes);
        }
        let texts: Vec<String> =
            said.iter().map(|quotes| ground.generation.joined_quotes(quotes)).collect::<Result<_>>()?;
        let encoded = ground
            .coding
            .encoder
            .encode_passages(ground.context, &texts.iter().map(String::as_str).collect::<Vec<_>>())?;
        let place = Place { start: 0, end: 0, heading: "" };
        let coded =
            encoded.iter().map(|encoded| code(ground.coding.coder, &encoded.vectors, ground.coding.keep, place));
        let nodes = said.into_iter().zip(texts).zip(coded);
        nodes.map(|((quotes, text), coded)| Ok((quotes, text, coded?))).collect()
    }
}

impl Ground<'_> {
    /// The roots of all documents' trees.
    fn roots(&self) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        for (at, row) in self.generation.all_roots(self.context)?.concat() {
            let part: &Part = &self.generation.parts()[at];
            let passage = part.segment.passage(row)?;
            let document = part.segment.document_of(&passage)?;
            let layer = part.segment.node(row, &document)?.map_or(0, |node| node.layer());
            let coded = part.coded(row)?;
            let (tokens, vector) = (coded.scales.len(), rotated_mean(self.coding.coder, &coded));
            items.push(Item {
                child: Child::Root(at, row),
                was: Some(passage.key),
                fresh: false,
                layer,
                tokens,
                vector,
            });
        }
        Ok(items)
    }

    /// The sentences of the passages that quotes are from, with the means of their stored token vectors, in the rotated
    /// space.
    fn sentences<'q>(&self, quotes: impl Iterator<Item = &'q Quote>) -> Result<HashMap<(usize, usize), Vec<Sentence>>> {
        let leaves: BTreeSet<(usize, usize)> = quotes.map(|quote| quote.leaf).collect();
        let leaves: Vec<(usize, usize)> = leaves.into_iter().collect();
        let bytes = self.generation.token_bytes(self.context, self.coding.encoder, &leaves)?;
        let (coder, mut found) = (self.coding.coder, HashMap::new());
        for ((at, row), bytes) in leaves.into_iter().zip(bytes) {
            let part = &self.generation.parts()[at];
            let passage = part.segment.passage(row)?;
            let text = part.segment.passage_text(&passage, &part.segment.document_of(&passage)?)?;
            let vectors = TokenMatrix::new(coder.width(), decoded(coder, kernels::best(), &part.coded(row)?))?;
            let sentences = Sentence::of(text, passage.start as usize, &vectors, |row| bytes.get(row).copied()?);
            found.insert((at, row), sentences);
        }
        Ok(found)
    }

    /// Clusters of items without regard to an older tree.
    fn fresh(&self, items: &[Item]) -> Vec<Plan> {
        let all: Vec<usize> = (0..items.len()).collect();
        let plan = |members| Plan { members, ..Plan::default() };
        self.clusters(items, &all).into_iter().map(plan).collect()
    }

    /// Clusters of some items.
    fn clusters(&self, items: &[Item], members: &[usize]) -> Vec<Vec<usize>> {
        let vectors: Vec<f32> = members.iter().flat_map(|&member| items[member].vector.iter().copied()).collect();
        let tokens: Vec<usize> = members.iter().map(|&member| items[member].tokens).collect();
        let layer = Layer { width: self.coding.coder.width(), vectors: &vectors, tokens: &tokens };
        let clusters = sound(Strategy::Gmm.clustering(self.seed).clusters(&layer), &layer, CLUSTER_TOKENS);
        clusters.into_iter().map(|cluster| cluster.into_iter().map(|at| members[at]).collect()).collect()
    }
}
