//! What is given for what was found, and what it says: a passage itself, sentences of a summary, a document.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::top_k::Scored;
use super::{Place, Returns, SearchRequest};
use crate::Result;
use crate::codes::CodedQuery;
use crate::collection::Generation;
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::kernels::Kernels;
use crate::segment::{Node, Said};

/// What is given for what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Given {
    /// A passage or node, by part and ordinal.
    Row(usize, usize),
    /// A document, by part and ordinal.
    Document(usize, u32),
}

/// Something that a hit says.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// Part and ordinal of the document.
    pub(super) document: (usize, u32),
    /// Bytes of the document.
    pub(super) range: Range<usize>,
    /// Token vectors, about.
    pub(super) tokens: usize,
    /// Of a node over several documents: the passage that it is from.
    pub(super) leaf: Option<Place>,
}

/// What may become a hit.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) scored: Scored,
    pub(super) given: Given,
    /// Of a summary its sentences, of which it may lose some; of everything else one.
    pub(super) pieces: Vec<Piece>,
    pub(super) summary: bool,
    /// Where a representation is whose parent this is.
    pub(super) small: Vec<Range<usize>>,
}

/// Looks up what scored rows say.
pub(super) struct Giving<'a> {
    generation: &'a Generation,
    kernels: Kernels,
    request: &'a SearchRequest,
    /// By number, those that were needed so far.
    queries: HashMap<usize, CodedQuery<'a>>,
    /// By part, the sentences of passages that were needed so far: those of one are looked up for all nodes above it.
    leaves: HashMap<usize, BTreeMap<usize, Vec<Said>>>,
}

impl<'a> Giving<'a> {
    pub(super) fn new(generation: &'a Generation, kernels: Kernels, request: &'a SearchRequest) -> Self {
        Self { generation, kernels, request, queries: HashMap::new(), leaves: HashMap::new() }
    }

    /// What is given for a row.
    pub(super) fn given(&self, scored: &Scored) -> Result<Given> {
        let segment = &self.generation.parts()[scored.part].segment;
        let found = segment.passage(scored.passage)?;
        let document = segment.document_of(&found)?;
        let node = segment.node(scored.passage, &document)?;
        Ok(match (self.request.returns, node) {
            // What is over several documents stays as it is.
            (Returns::Document, _) if document.passages > 0 => Given::Document(scored.part, found.document),
            (Returns::Parent, Some(node)) if node.layer() == 0 => {
                let parent = node.children()?.first().map(|key| segment.ordinal_of(*key)).transpose()?.flatten();
                let missing = || segment.sections().corrupt(Section::NodeKeys, "the passage it stands for", "none");
                Given::Row(scored.part, parent.ok_or_else(missing)?)
            }
            _ => Given::Row(scored.part, scored.passage),
        })
    }

    /// What that says.
    pub(super) fn candidate(&mut self, scored: Scored, given: Given) -> Result<Candidate> {
        let segment = &self.generation.parts()[scored.part].segment;
        let found = segment.passage(scored.passage)?;
        let document = segment.document_of(&found)?;
        let node = segment.node(scored.passage, &document)?;
        let of = (scored.part, found.document);
        let piece = |Said { range, tokens }: Said| Piece { document: of, range, tokens, leaf: None };
        let small = match node {
            Some(node) if given != Given::Row(scored.part, scored.passage) => node.places(&document)?,
            _ => Vec::new(),
        };
        let (row, node) = match given {
            Given::Row(_, row) => (row, node.filter(|_| row == scored.passage)),
            Given::Document(..) => {
                let leaves = document.leaves();
                let tokens = leaves.map(|leaf| Ok(segment.token_range(leaf)?.len())).sum::<Result<usize>>()?;
                let whole = piece(Said { range: 0..document.text.len as usize, tokens });
                return Ok(Candidate { scored, given, pieces: vec![whole], summary: false, small });
            }
        };
        let tokens = segment.token_range(row)?.len();
        let said: Vec<Piece> = match node {
            Some(node) => match node.kind()? {
                NodeKind::Quotes => self.quoted(&node, tokens)?,
                NodeKind::Medoids => self.matched(&scored, &node, &document)?.into_iter().map(piece).collect(),
                _ => {
                    let places = node.places(&document)?;
                    let shares = apportioned(&places, tokens);
                    places.into_iter().zip(shares).map(|(range, tokens)| piece(Said { range, tokens })).collect()
                }
            },
            None => Vec::new(),
        };
        let summary = !said.is_empty();
        let passage = segment.passage(row)?;
        let whole = || vec![piece(Said { range: passage.start as usize..passage.end as usize, tokens })];
        let pieces = if summary { said } else { whole() };
        Ok(Candidate { scored, given, pieces, summary, small })
    }

    /// Sentences of several documents.
    fn quoted(&self, node: &Node<'_>, tokens: usize) -> Result<Vec<Piece>> {
        let quotes = self.generation.quotes(node)?;
        let ranges: Vec<Range<usize>> = quotes.iter().map(|quote| quote.range.clone()).collect();
        let pieces = quotes.into_iter().zip(apportioned(&ranges, tokens)).map(|(quote, tokens)| {
            let document = (quote.leaf.0, quote.document);
            Piece { document, range: quote.range, tokens, leaf: Some(quote.leaf) }
        });
        Ok(pieces.collect())
    }

    /// Sentences whose token vectors the query matched in a node of such.
    fn matched(&mut self, scored: &Scored, node: &Node<'_>, document: &DocumentRecord) -> Result<Vec<Said>> {
        let leaves = self.leaves.entry(scored.part).or_default();
        let Some(query) = self.request.queries.get(scored.query) else {
            return node.sentences(document, |_| 1.0, leaves);
        };
        let query = match self.queries.entry(scored.query) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(CodedQuery::new(self.generation.coder(), self.kernels, query)?),
        };
        let segment = &self.generation.parts()[scored.part].segment;
        let tokens = segment.token_range(scored.passage)?;
        let mut weights = vec![0.0; tokens.len()];
        for (row, score) in query.matches(segment.codes(&tokens)?, segment.scales(&tokens)?) {
            weights[row] += score.max(0.0);
        }
        node.sentences(document, |row| weights.get(row).copied().unwrap_or(0.0), leaves)
    }
}

/// A node's token vectors divided among its sentences, by their bytes; the shares add up.
fn apportioned(places: &[Range<usize>], tokens: usize) -> Vec<usize> {
    let all = places.iter().map(Range::len).fold(0, usize::saturating_add).max(1);
    let mut before = 0;
    let share = |range: &Range<usize>| {
        let share = |bytes: usize| bytes.saturating_mul(tokens) / all;
        let first = share(before);
        before += range.len();
        share(before) - first
    };
    places.iter().map(share).collect()
}
