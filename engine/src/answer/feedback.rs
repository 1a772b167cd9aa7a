//! Feedback in token space (Wang et al. 2021, ColBERT-PRF): token vectors that stand for what the first passages say, the
//! rarest of them beside those of the question. In place of k-means' centroids, vectors of the passages themselves, so that
//! each has a word and its rarity.

use std::collections::BTreeSet;

use super::evidence::rarities;
use super::sources::{Retrieved, Source, Tokens};
use crate::collection::Place;
use crate::encode::Encoder;
use crate::format::Section;
use crate::keywords::Words;
use crate::{Context, Error, Result, TokenMatrix, kernels};

/// Vectors nearer to each other than this say the same.
const SAME: f32 = 0.8;

/// What is taken from contexts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feedback {
    /// Contexts that are believed, the first ones.
    pub contexts: usize,
    /// Token vectors that come beside those of the question.
    pub tokens: usize,
    /// What the rarest of these counts; one of the question counts 1.
    pub weight: f32,
}

/// A token vector of a context.
struct Candidate {
    rarity: f64,
    vector: Vec<f32>,
}

/// The question's token vectors, and others behind them, each as long as it counts.
pub(super) fn tokens(
    context: &Context,
    (sources, encoder): (&[Source], &dyn Encoder),
    found: &Retrieved,
    wanted: Feedback,
) -> Result<TokenMatrix> {
    let Tokens::Known(question) = &found.question.tokens else {
        return Err(Error::invalid("question", "its token vectors are not known"));
    };
    let mut candidates = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let believed = found.contexts.hits.iter().take(wanted.contexts).filter(|found| found.source == number);
        let places: BTreeSet<Place> = believed.flat_map(|found| found.hit.grounds.iter().map(|(at, _)| *at)).collect();
        candidates.extend(said(context, (sources, source), encoder, &places.into_iter().collect::<Vec<_>>())?);
    }
    // The first of equals.
    candidates.sort_by(|a, b| b.rarity.total_cmp(&a.rarity));
    let most = candidates.first().map_or(1.0, |rarest| rarest.rarity).max(f64::MIN_POSITIVE);
    let mut taken: Vec<&Candidate> = Vec::new();
    for candidate in &candidates {
        context.check()?;
        let same = |other: &[f32]| dot(other, &candidate.vector) >= SAME;
        if taken.len() < wanted.tokens
            && !question.iter_rows().any(same)
            && !taken.iter().any(|taken| same(&taken.vector))
        {
            taken.push(candidate);
        }
    }
    let mut values = question.values().to_vec();
    for candidate in taken {
        let weight = wanted.weight * (candidate.rarity / most) as f32;
        values.extend(candidate.vector.iter().map(|value| weight * value));
    }
    TokenMatrix::new(question.width(), values)
}

/// Token vectors of passages that begin a word, each with how rare that is.
fn said(
    context: &Context,
    (sources, source): (&[Source], &Source),
    encoder: &dyn Encoder,
    places: &[Place],
) -> Result<Vec<Candidate>> {
    let generation = &source.generation;
    let coder = generation.coder();
    let mut candidates = Vec::new();
    for (&(part, row), bytes) in places.iter().zip(generation.token_bytes(context, encoder, places)?) {
        context.check()?;
        let segment = &generation.parts()[part].segment;
        let document = segment.document_of(&segment.passage(row)?)?;
        let text = segment.sections().text(Section::Text, document.text)?;
        let range = segment.token_range(row)?;
        let codes = coder.view(segment.codes(&range)?, segment.scales(&range)?);
        let mut values = Vec::new();
        coder.decode_all(kernels::best(), &codes, &mut Vec::new(), &mut values);
        for (byte, vector) in bytes.into_iter().zip(values.chunks_exact_mut(coder.width())) {
            let Some(rarity) = byte.and_then(|byte| word_at(text, byte)).map(|word| rarity(sources, source, word))
            else {
                continue;
            };
            coder.unrotate(vector);
            let length = dot(vector, vector).sqrt().max(f32::MIN_POSITIVE);
            let vector = vector.iter().map(|value| value / length).collect();
            candidates.extend(rarity?.map(|rarity| Candidate { rarity, vector }));
        }
    }
    Ok(candidates)
}

/// The word that begins at a byte; none inside one.
fn word_at(text: &str, byte: usize) -> Option<&str> {
    let (before, after) = (text.get(..byte)?, text.get(byte..)?);
    let inside = before.chars().next_back().is_some_and(char::is_alphanumeric);
    let end = after.find(|c: char| !c.is_alphanumeric()).unwrap_or(after.len());
    (!inside && end > 0).then(|| &after[..end])
}

/// How rare a word is; nothing of one that is not looked for.
fn rarity(sources: &[Source], source: &Source, word: &str) -> Result<Option<f64>> {
    let words = Words::of(word, source.generation.manifest().language);
    Ok(rarities(sources, &words)?.first().map(|(_, rarity)| *rarity))
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
