//! From scored passages to hits: ids, text, metadata, and on request which tokens matched.

use super::exact::kept;
use super::fold::{Folded, Folding};
use super::given::{Given, Piece};
use super::hybrid::Fused;
use super::top_k::{Scored, TopK};
use super::{Hit, HitKind, Mode, SearchRequest, TokenMatch};
use crate::codes::CodedQuery;
use crate::collection::Generation;
use crate::format::{NodeKind, Section};
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
    let fetch = |folded: Folded| {
        let scored = folded.scored;
        let mut hit = hit(generation, folded)?;
        hit.legs = fused.legs.get(&(scored.query, scored.key)).copied();
        if request.explain && scored.query < request.queries.len() {
            // Once the time is up, a hit without an explanation beats none.
            match context.check() {
                Err(Error::Deadline) => return Ok(hit),
                done => done?,
            }
            hit.explain = Some(explain(generation, kernels, request, &scored)?);
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
        place: (scored.part, row),
    })
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
    let number = |(query_token, (passage_token, score))| TokenMatch { query_token, passage_token, score };
    Ok(matches.into_iter().enumerate().map(number).collect())
}

fn exact_matches(query: &TokenMatrix, values: &[f32]) -> Vec<(usize, f32)> {
    let best = |token: &[f32]| {
        let scores = values.chunks_exact(query.width()).map(|row| kernels::dot(token, row) as f32);
        scores.enumerate().fold((0, f32::NEG_INFINITY), |best, now| if now.1 > best.1 { now } else { best })
    };
    query.iter_rows().map(best).collect()
}
