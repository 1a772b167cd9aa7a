//! From a ranking to hits that belong together: a summary in the documents' own words and the passages under it say the
//! same, and a reader has only so much room. Measured in benches/RAPTOR.md.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use super::SearchRequest;
use super::given::{Candidate, Given, Giving, Piece};
use super::top_k::Scored;
use crate::Result;
use crate::collection::Generation;
use crate::kernels::Kernels;
use crate::named::named;

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
    /// Of a summary in the documents' words: its sentences; of one of token vectors, those that the query matched.
    pub(super) said: Vec<Piece>,
    /// Of what is given for something smaller: where that is.
    pub(super) small: Vec<Range<usize>>,
}

/// Hits that are chosen so far.
pub(super) struct Folding<'a> {
    giving: Giving<'a>,
    request: &'a SearchRequest,
    /// Token vectors that there is room for.
    room: usize,
    chosen: Vec<Candidate>,
    /// What is given is given once.
    given: HashSet<Given>,
}

impl<'a> Folding<'a> {
    /// Hits that a request asks for.
    pub(super) fn new(generation: &'a Generation, kernels: Kernels, request: &'a SearchRequest) -> Self {
        let room = request.max_tokens.unwrap_or(usize::MAX);
        let giving = Giving::new(generation, kernels, request);
        Self { giving, request, room, chosen: Vec::new(), given: HashSet::new() }
    }

    /// The first hits of a ranking; what does not fit is passed over.
    pub(super) fn hits(mut self, ranking: Vec<Scored>) -> Result<Vec<Folded>> {
        for scored in ranking {
            if self.chosen.iter().filter(|chosen| !chosen.pieces.is_empty()).count() == self.request.k {
                break;
            }
            let given = self.giving.given(&scored)?;
            if self.given.insert(given) {
                let candidate = self.giving.candidate(scored, given)?;
                self.choose(candidate);
            }
        }
        let said = self.chosen.into_iter().filter(|chosen| !chosen.pieces.is_empty());
        Ok(said.map(Folded::of).collect())
    }

    fn choose(&mut self, mut next: Candidate) {
        if self.request.fold == Fold::Once && next.summary {
            let said: Vec<&Piece> = self.chosen.iter().flat_map(|chosen| &chosen.pieces).collect();
            next.pieces.retain(|piece| !said.iter().any(|said| said.says(piece)));
        }
        let freed: Vec<(usize, Vec<Piece>)> = match self.request.fold {
            Fold::Once if !next.summary => self.freed(&next),
            _ => Vec::new(),
        };
        let tokens = |pieces: &[Piece]| pieces.iter().map(|piece| piece.tokens).sum::<usize>();
        let room = self.room.saturating_add(freed.iter().map(|(_, pieces)| tokens(pieces)).sum());
        let Some(left) = room.checked_sub(tokens(&next.pieces)) else { return };
        // Without a budget there is always room.
        self.room = if self.room == usize::MAX { usize::MAX } else { left };
        for (at, pieces) in freed {
            self.chosen[at].pieces.retain(|piece| !pieces.iter().any(|freed| freed.says(piece)));
        }
        self.chosen.push(next);
    }

    /// Sentences of summaries that a passage says, too.
    fn freed(&self, passage: &Candidate) -> Vec<(usize, Vec<Piece>)> {
        let within = |piece: &&Piece| passage.pieces.iter().any(|own| own.says(piece));
        let freed = |chosen: &Candidate| chosen.pieces.iter().filter(within).cloned().collect::<Vec<_>>();
        let summaries = self.chosen.iter().enumerate().filter(|(_, chosen)| chosen.summary);
        summaries.map(|(at, chosen)| (at, freed(chosen))).filter(|(_, freed)| !freed.is_empty()).collect()
    }
}

impl Piece {
    /// Whether another one is within it.
    fn says(&self, other: &Self) -> bool {
        self.document == other.document && self.range.start <= other.range.start && other.range.end <= self.range.end
    }
}

impl Folded {
    fn of(chosen: Candidate) -> Self {
        let tokens = chosen.pieces.iter().map(|piece| piece.tokens).sum();
        let said = if chosen.summary { chosen.pieces } else { Vec::new() };
        Self { scored: chosen.scored, given: chosen.given, tokens, said, small: chosen.small }
    }
}
