//! From a ranking to hits that belong together: a summary in the document's own words and the passages under it say the
//! same, and a reader has only so much room. Measured in benches/RAPTOR.md.

use std::ops::Range;

use serde::Serialize;

use super::top_k::Scored;
use crate::collection::Generation;
use crate::{Error, Result};

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

impl Fold {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::Once];

    /// Name in commands and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Once => "once",
        }
    }
}

impl std::fmt::Display for Fold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Fold {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|fold| fold.name() == name);
        found.ok_or_else(|| Error::invalid("fold", format!("{name:?} is none of {names}")))
    }
}

/// What of a scored passage or node becomes a hit.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) scored: Scored,
    pub(super) tokens: usize,
    /// Of a summary in the document's words: where its sentences are.
    pub(super) pieces: Vec<Range<usize>>,
}

/// Hits that are chosen so far.
#[derive(Debug)]
pub(super) struct Folding<'a> {
    generation: &'a Generation,
    fold: Fold,
    /// Token vectors that there is room for.
    room: usize,
    chosen: Vec<Chosen>,
}

#[derive(Debug)]
struct Chosen {
    scored: Scored,
    /// Part and ordinal of the document.
    document: (usize, u32),
    /// A summary may lose some; of everything else one.
    pieces: Vec<Piece>,
    /// Whether the pieces are sentences of a summary.
    summary: bool,
}

#[derive(Debug, Clone)]
struct Piece {
    range: Range<usize>,
    tokens: usize,
}

impl<'a> Folding<'a> {
    /// Hits of so many token vectors at most.
    pub(super) fn new(generation: &'a Generation, fold: Fold, room: Option<usize>) -> Self {
        Self { generation, fold, room: room.unwrap_or(usize::MAX), chosen: Vec::new() }
    }

    /// The first hits of a ranking, `k` at most; what does not fit is passed over.
    pub(super) fn hits(mut self, k: usize, ranking: Vec<Scored>) -> Result<Vec<Folded>> {
        for scored in ranking {
            if self.chosen.iter().filter(|chosen| !chosen.pieces.is_empty()).count() == k {
                break;
            }
            let next = self.next(scored)?;
            self.choose(next);
        }
        let said = self.chosen.into_iter().filter(|chosen| !chosen.pieces.is_empty());
        Ok(said.map(Chosen::folded).collect())
    }

    /// What a passage or node says.
    fn next(&self, scored: Scored) -> Result<Chosen> {
        let segment = &self.generation.parts()[scored.part].segment;
        let passage = segment.passage(scored.passage)?;
        let document = segment.document_of(&passage)?;
        let tokens = segment.token_range(scored.passage)?.len();
        let places = match segment.node(scored.passage, &document)? {
            Some(node) => node.places()?,
            None => Vec::new(),
        };
        let summary = !places.is_empty();
        let pieces = match summary {
            true => apportioned(&places, tokens),
            false => vec![Piece { range: passage.start as usize..passage.end as usize, tokens }],
        };
        Ok(Chosen { scored, document: (scored.part, passage.document), pieces, summary })
    }

    fn choose(&mut self, mut next: Chosen) {
        if self.fold == Fold::Once && next.summary {
            let others = self.chosen.iter().filter(|chosen| chosen.document == next.document);
            let said: Vec<&Range<usize>> = others.flat_map(|chosen| &chosen.pieces).map(|piece| &piece.range).collect();
            next.pieces.retain(|piece| !said.iter().any(|said| holds(said, &piece.range)));
        }
        let freed: Vec<(usize, Vec<Piece>)> = match self.fold {
            Fold::Once if !next.summary => self.freed(&next),
            _ => Vec::new(),
        };
        let tokens = |pieces: &[Piece]| pieces.iter().map(|piece| piece.tokens).sum::<usize>();
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
    fn freed(&self, passage: &Chosen) -> Vec<(usize, Vec<Piece>)> {
        let summaries = self.chosen.iter().enumerate();
        let summaries = summaries.filter(|(_, chosen)| chosen.summary && chosen.document == passage.document);
        let within = |piece: &&Piece| passage.pieces.iter().any(|own| holds(&own.range, &piece.range));
        summaries.map(|(at, chosen)| (at, chosen.pieces.iter().filter(within).cloned().collect())).collect()
    }
}

impl Chosen {
    fn folded(self) -> Folded {
        let tokens = self.pieces.iter().map(|piece| piece.tokens).sum();
        let pieces = self.pieces.into_iter().map(|piece| piece.range).collect();
        Folded { scored: self.scored, tokens, pieces: if self.summary { pieces } else { Vec::new() } }
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// A node's token vectors divided among its sentences, by their bytes; the shares add up.
fn apportioned(places: &[[u64; 2]], tokens: usize) -> Vec<Piece> {
    let bytes = |place: &[u64; 2]| usize::try_from(place[1].saturating_sub(place[0])).unwrap_or(0);
    let all = places.iter().map(bytes).sum::<usize>().max(1);
    let mut before = 0;
    let piece = |place: &[u64; 2]| {
        let share = |bytes: usize| bytes * tokens / all;
        let first = share(before);
        before += bytes(place);
        let [start, end] = place.map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        Piece { range: start..end, tokens: share(before) - first }
    };
    places.iter().map(piece).collect()
}
