//! From a ranking to hits that belong together: a summary in the document's own words and the passages under it say the
//! same, and a reader has only so much room. Measured in benches/RAPTOR.md.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde::Serialize;

use super::top_k::Scored;
use super::{Returns, SearchRequest};
use crate::Result;
use crate::codes::CodedQuery;
use crate::collection::Generation;
use crate::format::{DocumentRecord, NodeKind, Section};
use crate::kernels::Kernels;
use crate::named::named;
use crate::segment::{Node, Said};

/// What becomes of a summary and its own leaves among the hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    /// Both stay as they are.
    None,
    /// Every sentence is said once: a summary keeps what no other hit says, and is no hit if that is nothing.
    #[default]
    Once,
}

named!(Fold in "fold": None = "none", Once = "once");

/// What of a scored passage or node becomes a hit.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) scored: Scored,
    pub(super) given: Given,
    pub(super) tokens: usize,
    /// Of a summary in the document's words: where its sentences are; of one of token vectors, those that the query matched;
    /// of what is given for something smaller, where that is.
    pub(super) pieces: Vec<Range<usize>>,
}

/// What is given for what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Given {
    /// A passage or node, by part and ordinal.
    Row(usize, usize),
    /// A document, by part and ordinal.
    Document(usize, u32),
}

/// Hits that are chosen so far.
pub(super) struct Folding<'a> {
    generation: &'a Generation,
    kernels: Kernels,
    request: &'a SearchRequest,
    /// By number, those that were needed so far.
    queries: HashMap<usize, CodedQuery<'a>>,
    /// Token vectors that there is room for.
    room: usize,
    chosen: Vec<Chosen>,
    /// What is given is given once.
    given: HashSet<Given>,
}

#[derive(Debug)]
struct Chosen {
    scored: Scored,
    given: Given,
    /// Part and ordinal of the document.
    document: (usize, u32),
    /// A summary may lose some; of everything else one.
    pieces: Vec<Said>,
    /// Whether the pieces are sentences of a summary.
    summary: bool,
    /// Where a representation is whose parent this is.
    small: Vec<Range<usize>>,
}

impl<'a> Folding<'a> {
    /// Hits that a request asks for.
    pub(super) fn new(generation: &'a Generation, kernels: Kernels, request: &'a SearchRequest) -> Self {
        let room = request.max_tokens.unwrap_or(usize::MAX);
        Self { generation, kernels, request, queries: HashMap::new(), room, chosen: Vec::new(), given: HashSet::new() }
    }

    /// The first hits of a ranking; what does not fit is passed over.
    pub(super) fn hits(mut self, ranking: Vec<Scored>) -> Result<Vec<Folded>> {
        for scored in ranking {
            if self.chosen.iter().filter(|chosen| !chosen.pieces.is_empty()).count() == self.request.k {
                break;
            }
            let Some(next) = self.next(scored)? else { continue };
            self.choose(next);
        }
        let said = self.chosen.into_iter().filter(|chosen| !chosen.pieces.is_empty());
        Ok(said.map(Chosen::folded).collect())
    }

    /// What a passage or node says.
    fn next(&mut self, scored: Scored) -> Result<Option<Chosen>> {
        let segment = &self.generation.parts()[scored.part].segment;
        let found = segment.passage(scored.passage)?;
        let document = segment.document_of(&found)?;
        let node = segment.node(scored.passage, &document)?;
        let given = match (self.request.returns, node) {
            (Returns::Document, _) => Given::Document(scored.part, found.document),
            (Returns::Parent, Some(node)) if node.layer() == 0 => {
                let parent = node.children()?.first().map(|key| segment.ordinal_of(*key)).transpose()?.flatten();
                let missing = || segment.sections().corrupt(Section::NodeKeys, "the passage it stands for", "none");
                Given::Row(scored.part, parent.ok_or_else(missing)?)
            }
            _ => Given::Row(scored.part, scored.passage),
        };
        if !self.given.insert(given) {
            return Ok(None);
        }
        let small = match node {
            Some(node) if given != Given::Row(scored.part, scored.passage) => node.places(&document)?,
            _ => Vec::new(),
        };
        let (row, node) = match given {
            Given::Row(_, row) => (row, node.filter(|_| row == scored.passage)),
            Given::Document(..) => {
                let leaves = document.leaves();
                let tokens = leaves.map(|leaf| Ok(segment.token_range(leaf)?.len())).sum::<Result<usize>>()?;
                let pieces = vec![Said { range: 0..document.text.len as usize, tokens }];
                let of = (scored.part, found.document);
                return Ok(Some(Chosen { scored, given, document: of, pieces, summary: false, small }));
            }
        };
        let passage = segment.passage(row)?;
        let tokens = segment.token_range(row)?.len();
        let said = match node {
            Some(node) if node.kind()? == NodeKind::Medoids => self.matched(&scored, &node, &document)?,
            Some(node) => apportioned(&node.places(&document)?, tokens),
            None => Vec::new(),
        };
        let summary = !said.is_empty();
        let whole = || vec![Said { range: passage.start as usize..passage.end as usize, tokens }];
        let pieces = if summary { said } else { whole() };
        Ok(Some(Chosen { scored, given, document: (scored.part, passage.document), pieces, summary, small }))
    }

    /// Sentences whose token vectors the query matched in a node of such.
    fn matched(&mut self, scored: &Scored, node: &Node<'_>, document: &DocumentRecord) -> Result<Vec<Said>> {
        let Some(query) = self.request.queries.get(scored.query) else { return node.sentences(document, |_| 1.0) };
        let query = match self.queries.entry(scored.query) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(CodedQuery::new(self.generation.coder(), self.kernels, query)?)
            }
        };
        let segment = &self.generation.parts()[scored.part].segment;
        let tokens = segment.token_range(scored.passage)?;
        let mut weights = vec![0.0; tokens.len()];
        for (row, score) in query.matches(segment.codes(&tokens)?, segment.scales(&tokens)?) {
            weights[row] += score.max(0.0);
        }
        node.sentences(document, |row| weights.get(row).copied().unwrap_or(0.0))
    }

    fn choose(&mut self, mut next: Chosen) {
        if self.request.fold == Fold::Once && next.summary {
            let others = self.chosen.iter().filter(|chosen| chosen.document == next.document);
            let said: Vec<&Range<usize>> = others.flat_map(|chosen| &chosen.pieces).map(|piece| &piece.range).collect();
            next.pieces.retain(|piece| !said.iter().any(|said| holds(said, &piece.range)));
        }
        let freed: Vec<(usize, Vec<Said>)> = match self.request.fold {
            Fold::Once if !next.summary => self.freed(&next),
            _ => Vec::new(),
        };
        let tokens = |pieces: &[Said]| pieces.iter().map(|piece| piece.tokens).sum::<usize>();
        let room = self.room.saturating_add(freed.iter().map(|(_, pieces)| tokens(pieces)).sum());
        let Some(left) = room.checked_sub(tokens(&next.pieces)) else { return };
        // Without a budget there is always room.
        self.room = if self.room == usize::MAX { usize::MAX } else { left };
        for (at, pieces) in freed {
            self.chosen[at].pieces.retain(|piece| pieces.iter().all(|freed| freed.range != piece.range));
        }
        self.chosen.push(next);
    }

    /// Sentences of summaries that a passage says, too.
    fn freed(&self, passage: &Chosen) -> Vec<(usize, Vec<Said>)> {
        let summaries = self.chosen.iter().enumerate();
        let summaries = summaries.filter(|(_, chosen)| chosen.summary && chosen.document == passage.document);
        let within = |piece: &&Said| passage.pieces.iter().any(|own| holds(&own.range, &piece.range));
        summaries.map(|(at, chosen)| (at, chosen.pieces.iter().filter(within).cloned().collect())).collect()
    }
}

impl Chosen {
    fn folded(self) -> Folded {
        let tokens = self.pieces.iter().map(|piece| piece.tokens).sum();
        let said = self.pieces.into_iter().map(|piece| piece.range);
        let pieces = if self.summary { said.collect() } else { self.small };
        Folded { scored: self.scored, given: self.given, tokens, pieces }
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A node's token vectors divided among its sentences, by their bytes; the shares add up.
fn apportioned(places: &[Range<usize>], tokens: usize) -> Vec<Said> {
    let all = places.iter().map(Range::len).sum::<usize>().max(1);
    let mut before = 0;
    let said = |range: &Range<usize>| {
        let share = |bytes: usize| bytes * tokens / all;
        let first = share(before);
        before += range.len();
        Said { range: range.clone(), tokens: share(before) - first }
    };
    places.iter().map(said).collect()
}
