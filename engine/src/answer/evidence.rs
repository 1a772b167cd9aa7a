//! What a text (a question, a sentence of an answer) finds in contexts: for each of its tokens the best dot product, from
//! stored codes, and which of its words are there.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::contexts::Contexts;
use super::pack::chosen;
use super::sources::{Query, Source, Tokens};
use crate::codes::CodedQuery;
use crate::collection::Place;
use crate::encode::Encoder;
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
    /// What a text finds: with its token vectors, if they are known, in contexts, with those of sentences in these, too, and
    /// its words in both.
    pub(super) fn gather(
        context: &Context,
        sources: &[Source],
        text: &Query,
        contexts: &Contexts,
        places: Option<&SentenceTokens>,
    ) -> Result<Self> {
        let language = sources.first().map_or(Language::default(), |source| source.generation.manifest().language);
        let tokens = match &text.tokens {
            Tokens::Known(tokens) => Some(tokens),
            Tokens::None | Tokens::Encoded => None,
        };
        let rarities = rarities(sources, &Words::of(&text.text, language))?;
        let words: Vec<String> = rarities.iter().map(|(word, _)| word.clone()).collect();
        let has = |there: &HashSet<String>| words.iter().map(|word| there.contains(word)).collect::<Vec<bool>>();
        let mut finder = Finder { sources, tokens, coded: sources.iter().map(|_| None).collect() };
        let (mut in_sentences, mut in_contexts) = (Vec::new(), Vec::new());
        for (at, sentence) in contexts.sentences.iter().enumerate() {
            context.check()?;
            let source = contexts.hits[sentence.context].source;
            let similar = match places {
                Some(places) => finder.similar(source, &[(sentence.place.0, places.0[at].clone())])?,
                None => Vec::new(),
            };
            in_sentences.push(Met { similar, words: has(&sentence.words) });
        }
        for found in &contexts.hits {
            context.check()?;
            let parts = sources[found.source].generation.parts();
            let passages: BTreeSet<Place> = found.hit.grounds.iter().map(|(place, _)| *place).collect();
            let range = |place: Place| Ok((place.0, parts[place.0].segment.token_range(place.1)?));
            let whole = passages.into_iter().map(range).collect::<Result<Vec<_>>>()?;
            in_contexts.push(Met { similar: finder.similar(found.source, &whole)?, words: has(&found.words) });
        }
        let rarities = rarities.iter().map(|(_, rarity)| *rarity).collect();
        Ok(Self { rarities, words, contexts: in_contexts, sentences: in_sentences })
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

    /// The text's words.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Of each token of the text, the best similarity in a context.
    pub(crate) fn similar(&self, context: usize) -> &[f32] {
        self.contexts.get(context).map_or(&[], |met| &met.similar)
    }

    /// How much the text finds in a context: the mean of that over its tokens.
    pub(crate) fn similarity(&self, context: usize) -> f32 {
        self.contexts.get(context).map_or(0.0, Met::mean)
    }

    /// Share of the text's words, by their rarity, that a context has.
    pub(crate) fn share_in(&self, context: usize) -> f64 {
        self.contexts.get(context).map_or(0.0, |met| self.share(met))
    }

    /// How much of the text some sentences meet together: half by its tokens, half by its words.
    pub(crate) fn met_by(&self, sentences: &[usize]) -> f64 {
        let met = self.in_sentences(sentences);
        f64::midpoint(f64::from(met.mean()), self.share(&met))
    }

    /// Sum of how rare some of the text's words are, for each of its words.
    pub(crate) fn rarity(&self, counts: impl Fn(&str) -> bool) -> f64 {
        let counted = self.words.iter().zip(&self.rarities).filter(|(word, _)| counts(word));
        counted.map(|(_, rarity)| rarity).sum::<f64>() / self.words.len().max(1) as f64
    }

    /// The same of other contexts, after these.
    pub(super) fn extend(&mut self, other: Self) {
        self.contexts.extend(other.contexts);
        self.sentences.extend(other.sentences);
    }

    /// What the text finds in some of the sentences together.
    pub(super) fn in_sentences(&self, sentences: &[usize]) -> Met {
        let mut all = Met { similar: Vec::new(), words: vec![false; self.words.len()] };
        for met in sentences.iter().filter_map(|&at| self.sentences.get(at)) {
            all.words.iter_mut().zip(&met.words).for_each(|(has, other)| *has |= other);
            all.similar.resize(met.similar.len(), 0.0);
            all.similar.iter_mut().zip(&met.similar).for_each(|(best, other)| *best = best.max(*other));
        }
        all
    }

    /// Only some contexts, in another order.
    pub(super) fn reordered(self, contexts: &[usize], sentences: &[usize]) -> Self {
        Self { contexts: chosen(self.contexts, contexts), sentences: chosen(self.sentences, sentences), ..self }
    }
}

impl Met {
    /// Mean over the text's tokens.
    pub(super) fn mean(&self) -> f32 {
        mean(&self.similar)
    }
}

/// Which token vectors of its segment are those of each sentence of contexts: its passage's where that is not known, none
/// of what was cut off when the passage was encoded.
pub(super) struct SentenceTokens(Vec<Range<usize>>);

impl SentenceTokens {
    /// Reads the passages' texts as the encoder did.
    pub(super) fn of(
        context: &Context,
        sources: &[Source],
        encoder: &dyn Encoder,
        contexts: &Contexts,
    ) -> Result<Self> {
        let mut ranges = vec![0..0; contexts.sentences.len()];
        for (number, source) in sources.iter().enumerate() {
            let own = |at: &usize| contexts.hits[contexts.sentences[*at].context].source == number;
            let own: Vec<usize> = (0..ranges.len()).filter(own).collect();
            let places: BTreeSet<Place> = own.iter().map(|&at| contexts.sentences[at].place).collect();
            let places: Vec<Place> = places.into_iter().collect();
            let bytes = source.generation.token_bytes(context, encoder, &places)?;
            for at in own {
                let sentence = &contexts.sentences[at];
                let all = source.generation.parts()[sentence.place.0].segment.token_range(sentence.place.1)?;
                let bytes = places.binary_search(&sentence.place).map_or(&[][..], |found| &bytes[found]);
                // They stand together.
                let within = |byte: &Option<usize>| byte.is_some_and(|byte| sentence.range.contains(&byte));
                ranges[at] = match (bytes.iter().position(within), bytes.iter().rposition(within)) {
                    (Some(first), Some(last)) => all.start + first..all.start + last + 1,
                    _ if bytes.iter().all(Option::is_none) => all,
                    _ => all.start..all.start,
                };
            }
        }
        Ok(Self(ranges))
    }
}

/// Compares a text's token vectors with stored ones.
struct Finder<'a> {
    sources: &'a [Source],
    tokens: Option<&'a TokenMatrix>,
    /// The text as the codes of each source see it, once needed.
    coded: Vec<Option<CodedQuery<'a>>>,
}

impl Finder<'_> {
    /// Of each token of the text, the best dot product with one of some vectors of a source; zeros with none of them.
    fn similar(&mut self, source: usize, ranges: &[(usize, Range<usize>)]) -> Result<Vec<f32>> {
        let Some(tokens) = self.tokens else { return Ok(Vec::new()) };
        let generation = &self.sources[source].generation;
        let query = match &mut self.coded[source] {
            Some(query) => query,
            none => none.insert(CodedQuery::new(generation.coder(), kernels::best(), tokens)?),
        };
        let mut best = vec![0.0_f32; tokens.rows()];
        for (part, range) in ranges.iter().filter(|(_, range)| !range.is_empty()) {
            let segment = &generation.parts()[*part].segment;
            let found = query.matches(segment.codes(range)?, segment.scales(range)?);
            best.iter_mut().zip(found).for_each(|(best, (_, found))| *best = best.max(found));
        }
        Ok(best)
    }
}

/// Words, each with how rare it is in all collections.
pub(super) fn rarities(sources: &[Source], words: &Words) -> Result<Vec<(String, f64)>> {
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
