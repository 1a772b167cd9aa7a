//! What a text (a question, a sentence of an answer) finds in contexts: for each of its tokens the best dot product, from
//! stored codes, and which of its words are there.

use std::collections::HashSet;

use super::contexts::Contexts;
use super::sources::Source;
use crate::codes::CodedQuery;
use crate::keywords::{KeywordIndex, Language, Looked, Statistics, Words};
use crate::{Context, Result, TokenMatrix, kernels};

/// What a text finds in contexts.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Of each of the text's words, how rare it is.
    pub(super) rarities: Vec<f64>,
    /// Its words.
    pub(super) words: Vec<String>,
    /// In each context.
    pub(super) contexts: Vec<Met>,
    /// In each of their sentences.
    pub(super) sentences: Vec<Met>,
}

/// What a text finds in one of them.
#[derive(Debug, Clone)]
pub(super) struct Met {
    /// Of each token of the text, the best dot product with one of it; nothing if only words were compared.
    pub(super) similar: Vec<f32>,
    /// Which of the text's words it has.
    pub(super) words: Vec<bool>,
}

impl Evidence {
    /// What a text finds.
    pub(super) fn gather(
        context: &Context,
        sources: &[Source],
        (text, tokens): (&str, Option<&TokenMatrix>),
        contexts: &Contexts,
    ) -> Result<Self> {
        let language = sources.first().map_or(Language::default(), |source| source.generation.manifest().language);
        let wanted = Words::of(text, language);
        let rarities = rarities(sources, &wanted)?;
        let words: Vec<String> = rarities.iter().map(|(word, _)| word.clone()).collect();
        let has = |there: &HashSet<String>| words.iter().map(|word| there.contains(word)).collect::<Vec<bool>>();
        let mut coded: Vec<Option<CodedQuery<'_>>> = sources.iter().map(|_| None).collect();
        let mut evidence = Self { rarities: rarities.iter().map(|(_, rarity)| *rarity).collect(), ..Self::default() };
        let mut similar = |source: usize, part: usize, range: std::ops::Range<usize>| -> Result<Vec<f32>> {
            let Some(tokens) = tokens else { return Ok(Vec::new()) };
            let generation = &sources[source].generation;
            let query = match &mut coded[source] {
                Some(query) => query,
                none => none.insert(CodedQuery::new(generation.coder(), kernels::best(), tokens)?),
            };
            let segment = &generation.parts()[part].segment;
            let found = query.matches(segment.codes(&range)?, segment.scales(&range)?);
            Ok(found.into_iter().map(|(_, score)| score).collect())
        };
        for sentence in &contexts.sentences {
            context.check()?;
            let source = contexts.hits[sentence.context].source;
            let similar = similar(source, sentence.place.0, sentence.tokens.clone())?;
            evidence.sentences.push(Met { similar, words: has(&sentence.words) });
        }
        for (number, found) in contexts.hits.iter().enumerate() {
            context.check()?;
            let met = match found.hit.grounds[..] {
                // With what stands above it.
                [(place, _)] if found.hit.layer == 0 => {
                    let segment = &sources[found.source].generation.parts()[place.0].segment;
                    similar(found.source, place.0, segment.token_range(place.1)?)?
                }
                _ => {
                    let own = contexts.sentences_of(number).map(|at| &evidence.sentences[at].similar);
                    own.fold(vec![0.0; tokens.map_or(0, TokenMatrix::rows)], |best, own| {
                        best.iter().zip(own).map(|(best, own): (&f32, &f32)| best.max(*own)).collect()
                    })
                }
            };
            evidence.contexts.push(Met { similar: met, words: has(&found.words) });
        }
        evidence.words = words;
        Ok(evidence)
    }

    /// Share of the text's words, by their rarity, that something has; 0 if the text has none.
    pub(super) fn share(&self, met: &Met) -> f64 {
        self.share_of(met, |_| true)
    }

    /// The same of some of its words.
    pub(super) fn share_of(&self, met: &Met, counts: impl Fn(&str) -> bool) -> f64 {
        let (mut all, mut found) = (0.0, 0.0);
        for ((word, rarity), there) in self.words.iter().zip(&self.rarities).zip(&met.words) {
            if counts(word) {
                all += rarity;
                found += if *there { *rarity } else { 0.0 };
            }
        }
        if all > 0.0 { found / all } else { 0.0 }
    }

    /// Only some contexts, in another order.
    pub(super) fn reordered(self, contexts: &[usize], sentences: &[usize]) -> Self {
        let pick = |met: &[Met], numbers: &[usize]| numbers.iter().map(|&at| met[at].clone()).collect();
        Self { contexts: pick(&self.contexts, contexts), sentences: pick(&self.sentences, sentences), ..self }
    }
}

impl Met {
    /// Mean over the text's tokens.
    pub(super) fn mean(&self) -> f32 {
        mean(&self.similar)
    }
}

/// Words, each with how rare it is in all collections.
fn rarities(sources: &[Source], words: &Words) -> Result<Vec<(String, f64)>> {
    let mut indexes: Vec<&KeywordIndex> = Vec::new();
    for source in sources {
        let language = source.generation.manifest().language;
        for part in source.generation.parts() {
            indexes.push(part.segment.keywords(language)?);
        }
    }
    Ok(Statistics::of(indexes.into_iter(), words, Looked::Passages)?.rarities(words))
}

pub(super) fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}
