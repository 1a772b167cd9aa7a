//! Sentences of contexts against a question: what each of its tokens finds in each of them, from stored codes.

use std::collections::HashSet;
use std::ops::Range;

use crate::codes::CodedQuery;
use crate::collection::Generation;
use crate::encode::Encoder;
use crate::keywords::{KeywordIndex, Looked, Statistics, Words};
use crate::search::Hit;
use crate::split::sentences;
use crate::{Context, Result, TokenMatrix, kernels};

/// What contexts have to say on a question.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) passages: Vec<Passage>,
    pub(super) sentences: Vec<Sentence>,
}

/// A context as a whole.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) document_id: Option<String>,
    /// Of each token of the question, the best dot product with one of it.
    pub(super) similar: Vec<f32>,
}

/// A sentence of a context.
#[derive(Debug)]
pub(super) struct Sentence {
    /// Number of the context.
    pub(super) context: usize,
    /// Bytes of the document.
    pub(super) range: Range<usize>,
    pub(super) text: String,
    /// As of a passage.
    pub(super) similar: Vec<f32>,
    /// Share of the question's words that it has, each by its rarity.
    pub(super) words: f64,
}

impl Sentence {
    pub(super) fn support(&self) -> f32 {
        mean(&self.similar)
    }
}

impl Evidence {
    /// That of the hits of a search for a question, which are passages.
    pub(super) fn gather(
        context: &Context,
        generation: &Generation,
        encoder: &dyn Encoder,
        (query, question): (&TokenMatrix, &str),
        hits: &[Hit],
    ) -> Result<Self> {
        let mut query = CodedQuery::new(generation.coder(), kernels::best(), query)?;
        let asked = Asked::new(generation, question)?;
        let places: Vec<(usize, usize)> = hits.iter().map(|hit| hit.place).collect();
        let bytes = generation.token_bytes(context, encoder, &places)?;
        let mut evidence = Self { passages: Vec::new(), sentences: Vec::new() };
        for (number, ((hit, (at, row)), bytes)) in hits.iter().zip(places).zip(bytes).enumerate() {
            context.check()?;
            let segment = &generation.parts()[at].segment;
            let tokens = segment.token_range(row)?;
            let mut similar = |tokens: Range<usize>| -> Result<Vec<f32>> {
                let found = query.matches(segment.codes(&tokens)?, segment.scales(&tokens)?);
                Ok(found.into_iter().map(|(_, score)| score).collect())
            };
            let whole = similar(tokens.clone())?;
            let start = usize::try_from(hit.start).unwrap_or(usize::MAX);
            for within in quotable(&hit.text) {
                let text = &hit.text[within.clone()];
                let range = start.saturating_add(within.start)..start.saturating_add(within.end);
                // Its tokens stand together; where it is not known which they are, the passage's have to do.
                let own = |byte: &Option<usize>| byte.is_some_and(|byte| range.contains(&byte));
                let (first, last) = (bytes.iter().position(own), bytes.iter().rposition(own));
                let similar = match (first, last) {
                    (Some(first), Some(last)) => similar(tokens.start + first..tokens.start + last + 1)?,
                    _ if bytes.iter().all(Option::is_none) => whole.clone(),
                    // It was cut off.
                    _ => continue,
                };
                let (text, words) = (text.to_owned(), asked.share(text));
                evidence.sentences.push(Sentence { context: number, range, text, similar, words });
            }
            evidence.passages.push(Passage { document_id: hit.document_id.clone(), similar: whole });
        }
        Ok(evidence)
    }
}

/// Words of a question and how rare each is in the collection.
struct Asked<'a> {
    generation: &'a Generation,
    words: Vec<(String, f64)>,
}

impl<'a> Asked<'a> {
    fn new(generation: &'a Generation, question: &str) -> Result<Self> {
        let language = generation.manifest().language;
        let words = Words::of(question, language);
        let segments = generation.parts().iter().map(|part| part.segment.keywords(language));
        let segments: Vec<&KeywordIndex> = segments.collect::<Result<_>>()?;
        let statistics = Statistics::of(segments.into_iter(), &words, Looked::Passages)?;
        Ok(Self { generation, words: statistics.rarities(&words) })
    }

    /// Share of the question's words that a text has, each by its rarity; 0 if it has none.
    fn share(&self, text: &str) -> f64 {
        let there: HashSet<String> = Words::of(text, self.generation.manifest().language).into_words().collect();
        let all: f64 = self.words.iter().map(|(_, rarity)| rarity).sum();
        let found: f64 = self.words.iter().filter(|(word, _)| there.contains(word)).map(|(_, rarity)| rarity).sum();
        if all > 0.0 { found / all } else { 0.0 }
    }
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

pub(super) fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_not_quoted_and_sentences_end_at_blank_lines() {
        let text = "## A heading\n\nOne sentence. Another one\n\n- an item\n\n\n## Last";
        let quotes: Vec<&str> = quotable(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(quotes, ["One sentence.", "Another one", "- an item"]);
    }
}
