//! Contexts: what was found for a question, and the sentences of it, each with where it stands.

use std::collections::HashSet;
use std::ops::Range;

use serde::Serialize;

use crate::collection::{Generation, Place};
use crate::format::Section;
use crate::keywords::{Language, Words};
use crate::search::Hit;
use crate::split::sentences;
use crate::{Context, Result};

/// A hit that an answer may be from.
#[derive(Debug, Clone)]
pub struct ContextHit {
    /// The collection that it is in.
    pub collection: String,
    /// What was found.
    pub hit: Hit,
    /// Its place, from 1, in the ranking of each of several queries.
    pub ranks: Vec<Option<usize>>,
    /// What led to it, if that was not the question.
    pub via: Option<Via>,
    /// Number of the collection among those that are asked.
    pub(super) source: usize,
    /// Keywords of its sentences and of what stands above them.
    pub(super) words: HashSet<String>,
}

impl ContextHit {
    /// What is the same in every ranking: collection and passage.
    pub(crate) fn key(&self) -> (&str, &str) {
        (&self.collection, &self.hit.passage_id)
    }
}

/// A name in another context that led to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Via {
    /// The passage that has it.
    pub passage_id: String,
    /// The name.
    pub name: String,
}

/// What an answer may be from.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    pub(super) hits: Vec<ContextHit>,
    /// Those of the first context, then those of the second.
    pub(super) sentences: Vec<Sentence>,
}

/// A sentence of a context.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    /// Number of the context.
    pub(super) context: usize,
    /// The passage that it is from, of which a summary may have several.
    pub(super) passage_id: String,
    pub(super) document_id: String,
    /// Bytes of the document.
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// Its keywords.
    pub(super) words: HashSet<String>,
    pub(super) place: Place,
}

impl Contexts {
    /// Hits of one collection, each with its ranks, and their sentences.
    pub(super) fn of(
        context: &Context,
        generation: &Generation,
        (source, collection): (usize, &str),
        hits: Vec<(Hit, Vec<Option<usize>>)>,
    ) -> Result<Self> {
        let mut contexts = Self::default();
        for (hit, ranks) in hits {
            context.check()?;
            let number = contexts.hits.len();
            let language = generation.manifest().language;
            let mut words = keywords(&format!("{}\n{}", hit.title, hit.heading), language);
            for (place, within) in &hit.grounds {
                for sentence in sentences_of(generation, *place, within)? {
                    words.extend(sentence.words.iter().cloned());
                    contexts.sentences.push(Sentence { context: number, ..sentence });
                }
            }
            contexts.hits.push(ContextHit { collection: collection.to_owned(), hit, ranks, via: None, source, words });
        }
        Ok(contexts)
    }

    /// What was found, best first.
    pub fn hits(&self) -> &[ContextHit] {
        &self.hits
    }

    /// The same, to keep.
    pub(crate) fn into_hits(self) -> Vec<ContextHit> {
        self.hits
    }

    /// Notes that a name in one context led to another.
    pub(crate) fn link(&mut self, (from, to): (usize, usize), name: &str) {
        let passage_id = self.hits[from].hit.passage_id.clone();
        self.hits[to].via = Some(Via { passage_id, name: name.to_owned() });
    }

    /// Whether a name in one of two contexts led to the other.
    pub(super) fn are_linked(&self, a: usize, b: usize) -> bool {
        let [a, b] = [a, b].map(|at| &self.hits[at]);
        let leads = |from: &ContextHit, to: &ContextHit| {
            to.via.as_ref().is_some_and(|via| via.passage_id == from.hit.passage_id && from.source == to.source)
        };
        leads(a, b) || leads(b, a)
    }

    /// Others after these.
    pub(super) fn extend(&mut self, others: Self) {
        let before = self.hits.len();
        self.hits.extend(others.hits);
        let moved = |sentence: Sentence| Sentence { context: sentence.context + before, ..sentence };
        self.sentences.extend(others.sentences.into_iter().map(moved));
    }

    /// Number of the collection that a context is from.
    pub(crate) fn source(&self, context: usize) -> usize {
        self.hits[context].source
    }

    /// Number of sentences.
    pub(crate) fn count_sentences(&self) -> usize {
        self.sentences.len()
    }

    /// Whether a sentence is that of a passage which begins at a byte of its document.
    pub(crate) fn is_sentence(&self, at: usize, passage_id: &str, start: usize) -> bool {
        self.sentences.get(at).is_some_and(|own| own.passage_id == passage_id && own.range.start == start)
    }

    /// Sentences of one context, by number.
    pub(super) fn sentences_of(&self, context: usize) -> Range<usize> {
        let before = |context: usize| self.sentences.partition_point(|sentence| sentence.context < context);
        before(context)..before(context + 1)
    }
}

/// Sentences of a part of a passage.
fn sentences_of(generation: &Generation, place: Place, within: &Range<usize>) -> Result<Vec<Sentence>> {
    let segment = &generation.parts()[place.0].segment;
    let passage = segment.passage(place.1)?;
    let document = segment.document_of(&passage)?;
    let text = segment.sections().text(Section::Text, document.text)?;
    let document_id = segment.sections().text(Section::Ids, document.id)?;
    let Some(said) = text.get(within.clone()) else { return Ok(Vec::new()) };
    let sentence = |part: Range<usize>| Sentence {
        context: 0,
        passage_id: passage.name(document_id, &document),
        document_id: document_id.to_owned(),
        range: within.start + part.start..within.start + part.end,
        words: keywords(&said[part.clone()], generation.manifest().language),
        text: said[part].to_owned(),
        place,
    };
    Ok(quotable(said).into_iter().map(sentence).collect())
}

fn keywords(text: &str, language: Language) -> HashSet<String> {
    Words::of(text, language).into_words().collect()
}

/// Sentences that say something by themselves: they end at blank lines, too, and headings are none.
fn quotable(text: &str) -> Vec<Range<usize>> {
    let parts = |sentence: Range<usize>| {
        let mut start = sentence.start;
        let parts = text[sentence].split("\n\n").map(move |part| {
            let range = start..start + part.len();
            start = range.end + 2;
            range
        });
        parts.collect::<Vec<_>>()
    };
    let bare = |range: Range<usize>| {
        let part = &text[range.clone()];
        let start = range.start + part.len() - part.trim_start().len();
        start..start + part.trim().len()
    };
    let says = |range: &Range<usize>| !range.is_empty() && !text[range.clone()].starts_with('#');
    sentences(text).into_iter().flat_map(parts).map(bare).filter(says).collect()
}
