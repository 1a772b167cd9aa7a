//! Whether contexts support a generated text: each of its sentences against the passages, its numbers and names first, then
//! its words; tokens are compared where words leave it open.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::contexts::Contexts;
use super::evidence::Evidence;
use super::reply::{Citation, Verdict};
use super::sources::{Compared, Sources, Tokens};
use crate::search::Hit;
use crate::split::sentences;
use crate::{Context, Result};

/// Sentences of a text that are checked.
const MOST: usize = 32;
/// Below this a sentence is not supported.
const SUPPORTED: f64 = 0.5;
/// Shares of words that a passage has of a sentence that does not say by itself whether it is from there.
const UNCLEAR: Range<f64> = 0.2..0.8;
/// Fewer words than these may be anywhere.
const FEW: usize = 3;
/// Share of a text's bytes that has to be supported.
const ENOUGH: f64 = 0.5;
/// Share of a sentence's words that a second quote has to add.
const ADDS: f64 = 0.15;

/// A checked sentence of a text.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Checked {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// From 0 to 1.
    pub(crate) support: f64,
    features: Features,
    /// Numbers of the sentences of contexts that it is from.
    pub(crate) quotes: Vec<usize>,
}

/// What support comes from, in the passage that supports most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
struct Features {
    /// Share of its words, by their rarity, that the passage has; words of the question are given and do not count.
    words: f64,
    /// Whether these words are too few to tell.
    few: bool,
    /// Mean over its tokens of the best dot product with one of the passage, where words do not tell.
    similarity: Option<f64>,
    /// Numbers and names that neither the passage nor the question has.
    strange: usize,
}

impl Features {
    /// Two logistic regressions, fitted to sentences of people's answers with and without their passage
    /// (benches/ANSWERS.md).
    fn support(&self) -> f64 {
        let sum = match (self.strange, self.similarity) {
            (1.., _) => return 0.0,
            (0, None) => 11.7 * self.words - 6.5,
            (0, Some(similarity)) => 7.6 * self.words + 11.0 * similarity - 10.6,
        };
        1.0 / (1.0 + (-sum).exp())
    }

    /// Whether no similarity would tell otherwise.
    fn is_clear(&self) -> bool {
        self.strange > 0 || !(self.few || UNCLEAR.contains(&self.words))
    }
}

/// Words of a question, which whoever answers it may use.
struct Asked {
    /// As they are written.
    words: HashSet<String>,
    /// As they are looked up.
    keywords: HashSet<String>,
}

/// The sentences of a text, checked; those after the first `MOST` count as not supported.
pub(super) fn check(
    context: &Context,
    sources: &dyn Sources,
    (question, text): (&str, &str),
    contexts: &Arc<Contexts>,
) -> Result<Vec<Checked>> {
    let says = |range: &Range<usize>| text[range.clone()].chars().any(char::is_alphanumeric);
    let ranges: Vec<Range<usize>> = sentences(text).into_iter().filter(says).collect();
    let (ranges, rest) = ranges.split_at(ranges.len().min(MOST));
    let texts: Vec<&str> = ranges.iter().map(|range| &text[range.clone()]).collect();
    let compared = |text: &str, tokens: Tokens| Compared { text: text.to_owned(), tokens };
    let by_words: Vec<Compared> = texts.iter().chain([&question]).map(|text| compared(text, Tokens::None)).collect();
    let mut found = sources.compare(context, &by_words, contexts)?;
    let keywords = found.pop().unwrap_or_default().words.into_iter().collect();
    let against = Against {
        contexts,
        words: contexts.hits.iter().map(|found| words_of(&found.hit)).collect(),
        asked: Asked { words: words(question), keywords },
    };
    let mut checked = Vec::with_capacity(ranges.len() + rest.len());
    for ((range, text), evidence) in ranges.iter().zip(&texts).zip(&found) {
        context.check()?;
        checked.push(against.checked(range.clone(), text, evidence));
    }
    let unclear: Vec<usize> = (0..checked.len()).filter(|&at| !checked[at].features.is_clear()).collect();
    let closer: Vec<Compared> = unclear.iter().map(|&at| compared(texts[at], Tokens::Encoded)).collect();
    let found = if closer.is_empty() { Vec::new() } else { sources.compare(context, &closer, contexts)? };
    for (at, evidence) in unclear.into_iter().zip(&found) {
        checked[at] = against.checked(ranges[at].clone(), texts[at], evidence);
    }
    checked.extend(rest.iter().map(|range| Checked::unsupported(range.clone())));
    Ok(checked)
}

/// What sentences are checked against.
struct Against<'a> {
    contexts: &'a Contexts,
    /// Words of each context, as they are written.
    words: Vec<HashSet<String>>,
    asked: Asked,
}

impl Against<'_> {
    fn checked(&self, range: Range<usize>, text: &str, evidence: &Evidence) -> Checked {
        let new = |word: &str| !self.asked.keywords.contains(word);
        let facts = facts(text);
        let features = |at: usize| {
            let known = |fact: &String| self.words[at].contains(fact) || self.asked.words.contains(fact);
            let met = &evidence.contexts[at];
            Features {
                words: evidence.share_of(met, new),
                few: evidence.words.iter().filter(|word| new(word)).count() < FEW,
                similarity: (!met.similar.is_empty()).then(|| f64::from(met.mean())),
                strange: facts.iter().filter(|fact| !known(fact)).count(),
            }
        };
        let rated = (0..self.contexts.hits.len()).rev().map(|at| (features(at), at));
        let best = rated.max_by(|(a, _), (b, _)| rank(a).total_cmp(&rank(b)));
        let Some((features, best)) = best else { return Checked::unsupported(range) };
        let support = features.support();
        let quotes = if support >= SUPPORTED { quotes(evidence, self.contexts, best) } else { Vec::new() };
        // A word or two stand in many places; where they answer, the question's words are near.
        if features.few && !quotes.iter().any(|&at| self.is_asked_about(at)) {
            return Checked { features, ..Checked::unsupported(range) };
        }
        Checked { range, support, features, quotes }
    }

    /// Whether a sentence of the contexts has a word of the question.
    fn is_asked_about(&self, sentence: usize) -> bool {
        !self.contexts.sentences[sentence].words.is_disjoint(&self.asked.keywords)
    }
}

/// First what has no strange facts.
fn rank(features: &Features) -> f64 {
    features.words + features.similarity.unwrap_or_default() - features.strange as f64
}

/// One or two sentences of a context that have most of a sentence's words and tokens.
fn quotes(evidence: &Evidence, contexts: &Contexts, context: usize) -> Vec<usize> {
    let own: Vec<usize> = contexts.sentences_of(context).collect();
    let worth = |at: usize| evidence.share(&evidence.sentences[at]) + f64::from(evidence.sentences[at].mean());
    let best = own.iter().rev().copied().max_by(|&a, &b| worth(a).total_cmp(&worth(b)));
    let Some(best) = best else { return Vec::new() };
    let both = |at: usize| {
        let mut met = evidence.sentences[best].clone();
        met.words.iter_mut().zip(&evidence.sentences[at].words).for_each(|(has, other)| *has |= other);
        evidence.share(&met)
    };
    let alone = evidence.share(&evidence.sentences[best]);
    let second = own.iter().rev().copied().max_by(|&a, &b| both(a).total_cmp(&both(b)));
    let mut quotes = vec![best];
    quotes.extend(second.filter(|&second| second != best && both(second) >= alone + ADDS));
    quotes.sort_unstable();
    quotes
}

/// What the check of a whole text says.
pub(super) fn verdict(checked: &[Checked]) -> Verdict {
    let bytes = |supported: bool| {
        let counted = checked.iter().filter(|sentence| !supported || sentence.is_supported());
        counted.map(|sentence| sentence.range.len()).sum::<usize>() as f64
    };
    let supported = checked.iter().filter(|sentence| sentence.is_supported()).count();
    Verdict { accepted: supported > 0 && bytes(true) >= ENOUGH * bytes(false), sentences: checked.len(), supported }
}

impl Checked {
    fn unsupported(range: Range<usize>) -> Self {
        Self { range, support: 0.0, features: Features::default(), quotes: Vec::new() }
    }

    pub(crate) fn is_supported(&self) -> bool {
        !self.quotes.is_empty()
    }

    /// Where it is from.
    pub(crate) fn citations<'a>(&'a self, contexts: &'a Contexts) -> impl Iterator<Item = Citation> + 'a {
        let cite = |&at: &usize| contexts.cited(&contexts.sentences[at], self.range.clone(), self.support);
        self.quotes.iter().map(cite)
    }
}

fn words_of(hit: &Hit) -> HashSet<String> {
    words(&format!("{} {} {}", hit.title, hit.heading, hit.text))
}

/// Words in lower case.
fn words(text: &str) -> HashSet<String> {
    text.unicode_words().map(normal).collect()
}

/// A word as it is compared: without case, a number without its commas, nothing of a possessive.
fn normal(word: &str) -> String {
    let word = word.to_lowercase().replace(',', "");
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(&word).to_owned()
}

/// Numbers of a sentence, and what is written with a capital though it is not the first word, or in capitals.
fn facts(text: &str) -> Vec<String> {
    let mut facts = Vec::new();
    for (number, word) in text.unicode_words().enumerate() {
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        let name = capitals > 1 || (number > 0 && capitals == 1 && word.chars().next().is_some_and(char::is_uppercase));
        if name || word.chars().any(|c| c.is_ascii_digit()) {
            facts.push(normal(word));
        }
    }
    facts
}
