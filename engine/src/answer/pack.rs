//! Which contexts there is room for, what stands around them, and in which order a reader gets them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::contexts::{Contexts, Sentence};
use super::evidence::Evidence;
use crate::collection::Generation;
use crate::named::named;
use crate::search::Hit;
use crate::{Context, Result};

/// Passages before and after a hit that belong to its parent.
const NEIGHBOURS: usize = 3;

/// What comes with a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Around {
    /// Nothing.
    #[default]
    Chunks,
    /// The passages next to it, as far as there is room once all hits have theirs.
    Parents,
    /// Its whole document, as far as there is room.
    Document,
}

named!(Around in "around": Chunks = "chunks", Parents = "parents", Document = "document");

impl Around {
    /// How far away what comes with a hit may be.
    fn reach(self) -> usize {
        match self {
            Self::Chunks => 0,
            Self::Parents => NEIGHBOURS,
            Self::Document => usize::MAX,
        }
    }
}

/// In which order a generator gets contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they were ranked.
    #[default]
    BestFirst,
    /// The best at both ends, where readers of long texts look.
    Edges,
    /// As they stand in their documents, the document of the best first.
    Source,
}

named!(Order in "order": BestFirst = "best_first", Edges = "edges", Source = "source");

/// What stands around hits, the nearest first, until it all has so many token vectors.
pub(super) fn near(
    context: &Context,
    generation: &Generation,
    hits: Vec<&Hit>,
    (around, max_tokens): (Around, usize),
) -> Result<Vec<Hit>> {
    let mut known: HashSet<String> = hits.iter().map(|hit| hit.passage_id.clone()).collect();
    let mut tokens = hits.iter().map(|hit| hit.tokens).fold(0, usize::saturating_add);
    let mut near = Vec::new();
    for distance in 1..=around.reach() {
        let before = near.len();
        for hit in hits.iter().filter(|hit| hit.layer == 0) {
            if tokens >= max_tokens {
                return Ok(near);
            }
            context.check()?;
            for hit in generation.neighbours(hit, distance)? {
                if known.insert(hit.passage_id.clone()) {
                    tokens = tokens.saturating_add(hit.tokens);
                    near.push(hit);
                }
            }
        }
        // All documents end before.
        if near.len() == before && distance > NEIGHBOURS {
            break;
        }
    }
    Ok(near)
}

/// Those that there is room for; what does not fit is passed over.
pub(super) fn fitting(contexts: &Contexts, max_tokens: usize) -> Vec<usize> {
    let mut room = max_tokens;
    let fits = |at: &usize| match room.checked_sub(contexts.hits[*at].hit.tokens) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    (0..contexts.hits.len()).filter(fits).collect()
}

/// Only some contexts, each once, in this order.
pub(super) fn picked(contexts: Contexts, evidence: Evidence, numbers: &[usize]) -> (Contexts, Evidence) {
    let sentences: Vec<usize> = numbers.iter().flat_map(|&at| contexts.sentences_of(at)).collect();
    let mut places = vec![0; contexts.hits.len()];
    numbers.iter().enumerate().for_each(|(number, &at)| places[at] = number);
    let moved = |sentence: Sentence| Sentence { context: places[sentence.context], ..sentence };
    let kept = Contexts {
        hits: chosen(contexts.hits, numbers),
        sentences: chosen(contexts.sentences, &sentences).into_iter().map(moved).collect(),
    };
    (kept, evidence.reordered(numbers, &sentences))
}

/// Only some of several, each once, in this order.
pub(super) fn chosen<T>(all: Vec<T>, numbers: &[usize]) -> Vec<T> {
    let mut all: Vec<Option<T>> = all.into_iter().map(Some).collect();
    numbers.iter().filter_map(|&at| all[at].take()).collect()
}

/// Only some sentences of contexts, by number and ascending; where others stood between them the text says so.
pub(super) fn keeping(contexts: &Contexts, evidence: Evidence, sentences: &[usize]) -> (Contexts, Evidence) {
    let own = |at: usize| sentences.iter().copied().filter(move |&sentence| contexts.sentences[sentence].context == at);
    let numbers: Vec<usize> = (0..contexts.hits.len()).filter(|&at| own(at).next().is_some()).collect();
    let mut kept = Contexts::default();
    for (number, &at) in numbers.iter().enumerate() {
        let mut found = contexts.hits[at].clone();
        let mut text = String::new();
        let mut before: Option<usize> = None;
        for sentence in own(at) {
            match before {
                None => {}
                Some(before) if before + 1 == sentence => text.push(' '),
                Some(_) => text.push_str(" [...] "),
            }
            text.push_str(&contexts.sentences[sentence].text);
            before = Some(sentence);
            kept.sentences.push(Sentence { context: number, ..contexts.sentences[sentence].clone() });
        }
        found.hit.tokens = found.hit.tokens * text.len() / found.hit.text.len().max(text.len()).max(1);
        found.hit.text = text;
        kept.hits.push(found);
    }
    let picked: Vec<usize> = numbers.iter().flat_map(|&at| own(at)).collect();
    (kept, evidence.reordered(&numbers, &picked))
}

/// Numbers of contexts in the order in which a generator gets them.
pub(super) fn ordered(contexts: &Contexts, order: Order) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..contexts.hits.len()).collect();
    match order {
        Order::BestFirst => {}
        Order::Edges => {
            let (front, mut back): (Vec<usize>, Vec<usize>) = numbers.iter().partition(|&at| at % 2 == 0);
            back.reverse();
            numbers = front.into_iter().chain(back).collect();
        }
        Order::Source => {
            let of = |at: usize| (contexts.hits[at].source, &contexts.hits[at].hit.document_id);
            let first = |at: usize| (0..=at).find(|&other| of(other) == of(at)).unwrap_or(at);
            let firsts: Vec<usize> = numbers.iter().map(|&at| first(at)).collect();
            numbers.sort_by_key(|&at| (firsts[at], contexts.hits[at].hit.start));
        }
    }
    numbers
}
