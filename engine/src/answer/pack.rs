//! Which contexts there is room for, what stands around them, and in which order a reader gets them.

use std::collections::HashSet;

use serde::Serialize;

use super::contexts::{Contexts, Sentence};
use super::evidence::Evidence;
use crate::collection::Generation;
use crate::named::named;
use crate::search::Hit;
use crate::{Context, Result};

/// Passages before and after a hit that belong to its parent.
const NEIGHBOURS: usize = 3;

/// What comes with a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Around {
    /// Nothing.
    #[default]
    Chunks,
    /// The passages next to it, as far as there is room once all hits have theirs.
    Parents,
}

named!(Around in "around": Chunks = "chunks", Parents = "parents");

/// In which order a generator gets contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
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

/// Hits, and after all of them what stands around each.
pub(super) fn with_around(
    context: &Context,
    generation: &Generation,
    hits: Vec<Hit>,
    (around, max_tokens): (Around, usize),
) -> Result<Vec<Hit>> {
    let mut all = hits;
    let found = all.len();
    let mut known: HashSet<String> = all.iter().map(|hit| hit.passage_id.clone()).collect();
    let mut tokens: usize = all.iter().map(|hit| hit.tokens).sum();
    for distance in 1..=NEIGHBOURS {
        for at in 0..found {
            if around == Around::Chunks || all[at].layer > 0 || tokens >= max_tokens {
                continue;
            }
            context.check()?;
            for hit in generation.neighbours(&all[at], distance)? {
                if known.insert(hit.passage_id.clone()) {
                    tokens += hit.tokens;
                    all.push(hit);
                }
            }
        }
    }
    Ok(all)
}

/// Those of a ranking that there is room for; what does not fit is passed over.
pub(super) fn fitting(contexts: &Contexts, ranked: &[usize], max_tokens: usize) -> Vec<usize> {
    let mut room = max_tokens;
    let fits = |at: &&usize| match room.checked_sub(contexts.hits[**at].hit.tokens) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    ranked.iter().filter(fits).copied().collect()
}

/// Only some contexts, in this order.
pub(super) fn picked(contexts: Contexts, evidence: Evidence, numbers: &[usize]) -> (Contexts, Evidence) {
    let mut kept = Contexts::default();
    let mut sentences = Vec::new();
    for (number, &at) in numbers.iter().enumerate() {
        kept.hits.push(contexts.hits[at].clone());
        for sentence in contexts.sentences_of(at) {
            sentences.push(sentence);
            kept.sentences.push(Sentence { context: number, ..contexts.sentences[sentence].clone() });
        }
    }
    (kept, evidence.reordered(numbers, &sentences))
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
