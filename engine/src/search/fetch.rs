//! From scored passages to hits: ids, text, metadata, and on request which tokens matched.

use std::ops::Range;

use super::exact::kept;
use super::fold::{Folded, Folding};
use super::given::{Given, Piece};
use super::hybrid::Fused;
use super::top_k::{Scored, TopK};
use super::{Hit, HitKind, Mode, SearchRequest, TokenMatch};
use crate::codes::CodedQuery;
use crate::collection::{Generation, Place};
use crate::document::held;
use crate::format::{NodeKind, PassageRecord, Section};
use crate::kernels::{self, Kernels};
use crate::segment::Node;
use crate::{Context, Error, Result, TokenMatrix};

pub(super) fn hits(
    context: &Context,
    generation: &Generation,
    kernels: Kernels,
    request: &SearchRequest,
    (top, fused): (TopK, &Fused),
) -> Result<Vec<Hit>> {
    let mut bytes = 0;
    let fetch = |folded: Folded| {
        let scored = folded.scored;
        let mut hit = hit(generation, folded)?;
        bytes += hit.title.len() + hit.heading.len() + hit.text.len() + held(&hit.metadata);
        if bytes > request.max_bytes {
            let most = request.max_bytes;
            let detail = format!("texts and metadata of so many hits take more than {most} bytes; ask for fewer");
            return Err(Error::invalid("k", detail));
        }
        hit.legs = fused.legs.get(&(scored.query, scored.key)).copied();
        if request.explain && scored.query < request.queries.len() {
            // Once the time is up, a hit without an explanation beats none.
            match context.check() {
                Err(Error::Deadline) => return Ok(hit),
                done => done?,
            }
            hit.explain = Some(explain(generation, kernels, request, &scored)?);
            hit.explained = Some((scored.part, scored.passage));
        }
        Ok(hit)
    };
    let folding = Folding::new(generation, kernels, request);
    folding.hits(top.into_best())?.into_iter().map(fetch).collect()
}

fn hit(generation: &Generation, folded: Folded) -> Result<Hit> {
    let scored = folded.scored;
    let segment = &generation.parts()[scored.part].segment;
    let sections = segment.sections();
    let (row, whole) = match folded.given {
        Given::Row(_, row) => (row, false),
        Given::Document(..) => (scored.passage, true),
    };
    let passage = segment.passage(row)?;
    let document = segment.document_of(&passage)?;
    let document_id = sections.text(Section::Ids, document.id)?;
    let document_text = sections.text(Section::Text, document.text)?;
    let node = segment.node(row, &document)?.filter(|_| !whole);
    let kind = match node {
        None if whole => HitKind::Document,
        None => HitKind::Passage,
        Some(node) => kind(&node)?,
    };
    let text = match node {
        Some(_) if !folded.said.is_empty() => text_of(generation, &folded.said)?,
        Some(node) => node.text(&document)?,
        None if whole => document_text.to_owned(),
        None => segment.passage_text(&passage, &document)?.to_owned(),
    };
    let grounds = match node {
        Some(_) => {
            folded.said.iter().filter_map(|piece| ground(generation, piece).transpose()).collect::<Result<_>>()?
        }
        None if whole => {
            let passage = |row| Ok(((scored.part, row), bytes(&segment.passage(row)?)));
            document.leaves().map(passage).collect::<Result<_>>()?
        }
        None => vec![((scored.part, row), bytes(&passage))],
    };
    let pieces = folded.said.iter().map(|piece| &piece.range).chain(&folded.small);
    let [start, end] = if whole { [0, document.text.len] } else { [passage.start, passage.end] };
    Ok(Hit {
        passage_id: passage.name(document_id, &document),
        kind,
        layer: node.map_or(0, |node| node.layer()),
        leaves: match node {
            Some(node) if node.kind()? == NodeKind::Quotes => sources(generation, &folded.said)?,
            Some(node) => segment.names(node.leaves()?, (document_id, &document))?,
            None => Vec::new(),
        },
        pieces: pieces.map(|range| [range.start as u64, range.end as u64]).collect(),
        document_id: (document.passages > 0).then(|| document_id.to_owned()),
        score: scored.score,
        query: scored.query,
        title: sections.text(Section::Text, document.title)?.to_owned(),
        heading: sections.text(Section::Text, passage.heading)?.to_owned(),
        tokens: folded.tokens,
        text,
        start: u64::from(start),
        end: u64::from(end),
        metadata: segment.metadata_of(&document)?,
        legs: None,
        explain: None,
        explained: None,
        grounds,
    })
}

impl Generation {
    /// The passages so many before and after one in its document.
    pub(crate) fn neighbours(&self, hit: &Hit, distance: usize) -> Result<Vec<Hit>> {
        let Some(&((part, row), _)) = hit.grounds.first() else { return Ok(Vec::new()) };
        let segment = &self.parts()[part].segment;
        let leaves = segment.document_of(&segment.passage(row)?)?.leaves();
        let rows = [row.checked_sub(distance), row.checked_add(distance)];
        let neighbour = |row: usize| {
            let scored = Scored { score: 0.0, key: segment.passage(row)?.key, part, passage: row, query: hit.query };
            let tokens = segment.token_range(row)?.len();
            let given = Given::Row(part, row);
            self::hit(self, Folded { scored, given, tokens, said: Vec::new(), small: Vec::new() })
        };
        rows.into_iter().flatten().filter(|row| leaves.contains(row)).map(neighbour).collect()
    }
}

fn bytes(passage: &PassageRecord) -> Range<usize> {
    passage.start as usize..passage.end as usize
}

/// The passage that a sentence of a summary is from.
fn ground(generation: &Generation, piece: &Piece) -> Result<Option<(Place, Range<usize>)>> {
    let at = |place| Ok(Some((place, piece.range.clone())));
    if let Some(leaf) = piece.leaf {
        return at(leaf);
    }
    let (part, ordinal) = piece.document;
    let segment = &generation.parts()[part].segment;
    for row in segment.document(ordinal as usize)?.leaves() {
        if bytes(&segment.passage(row)?).contains(&piece.range.start) {
            return at((part, row));
        }
    }
    Ok(None)
}

fn kind(node: &Node) -> Result<HitKind> {
    Ok(match node.kind()? {
        NodeKind::Representation => HitKind::Representation,
        NodeKind::Extract | NodeKind::Medoids | NodeKind::Generated | NodeKind::Quotes => HitKind::Summary,
    })
}

fn text_of(generation: &Generation, said: &[Piece]) -> Result<String> {
    generation.joined(&said.iter().map(|piece| (piece.document, piece.range.clone())).collect::<Vec<_>>())
}

/// What the passages are called that sentences of several documents are from.
fn sources(generation: &Generation, said: &[Piece]) -> Result<Vec<String>> {
    said.iter().filter_map(|piece| piece.leaf).map(|leaf| generation.name_of(leaf)).collect()
}

fn explain(
    generation: &Generation,
    kernels: Kernels,
    request: &SearchRequest,
    scored: &Scored,
) -> Result<Vec<TokenMatch>> {
    let part = &generation.parts()[scored.part];
    let query = &request.queries[scored.query];
    let tokens = part.segment.token_range(scored.passage)?;
    let matches = match request.mode {
        Mode::Exact => {
            let mut values = Vec::new();
            kept(part.vectors.as_ref())?.read(&tokens, &mut values)?;
            exact_matches(query, &values)
        }
        // Refused before the search.
        Mode::Bm25 => Vec::new(),
        Mode::Late | Mode::Exhaustive | Mode::Hybrid => CodedQuery::new(generation.coder(), kernels, query)?
            .matches(part.segment.codes(&tokens)?, part.segment.scales(&tokens)?),
    };
    let number = |(query_token, (passage_token, score))| TokenMatch {
        query_token,
        passage_token,
        score,
        query_at: None,
        part: None,
        at: None,
    };
    Ok(matches.into_iter().enumerate().map(number).collect())
}

fn exact_matches(query: &TokenMatrix, values: &[f32]) -> Vec<(usize, f32)> {
    let best = |token: &[f32]| {
        let scores = values.chunks_exact(query.width()).map(|row| kernels::dot(token, row) as f32);
        scores.enumerate().fold((0, f32::NEG_INFINITY), |best, now| if now.1 > best.1 { now } else { best })
    };
    query.iter_rows().map(best).collect()
}
