//! Contexts for queries: each query's ranking in each collection, the rankings as one, and what the question finds.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::confidence::Signals;
use super::contexts::{ContextHit, Contexts};
use super::evidence::{Evidence, SentenceTokens};
use super::feedback::{self, Feedback};
use super::online::Web;
use super::pack::{self, Around};
use super::sources::{
    Collections, Compared, MAX_CONTEXTS, Query, Retrieved, Source, Sources, Together, Tokens, Wanted,
};
use crate::construct::{Constructed, Now, Schema, construct};
use crate::filter::Filter;
use crate::search::{FailedLeg, Hit, MAX_K, Mode, Scope, SearchRequest};
use crate::{Context, Document, Error, Result, TokenMatrix};

impl Sources for Collections {
    fn all(&self) -> &[Source] {
        &self.sources
    }

    fn retrieve(&self, context: &Context, wanted: &Wanted) -> Result<Retrieved> {
        if !(1..=MAX_CONTEXTS).contains(&wanted.each) {
            return Err(Error::invalid("k", format!("{} is not from 1 to {MAX_CONTEXTS}", wanted.each)));
        }
        let (question, queries) = self.encoded(context, wanted)?;
        let (mut contexts, mut failed) = (Contexts::default(), Vec::new());
        for (number, source) in self.sources.iter().enumerate() {
            if wanted.among.collections.as_ref().is_some_and(|numbers| !numbers.contains(&number)) {
                continue;
            }
            let filter = both(source.filter.as_ref(), wanted.among.filters.get(number).and_then(Option::as_ref));
            let mut rankings = Vec::new();
            for query in &queries {
                rankings.push(ranking(context, source, (query, filter.as_deref()), wanted, &mut failed)?);
            }
            let hits = together(rankings, &queries, wanted);
            contexts.extend(Contexts::of(context, &source.generation, (number, &source.name), hits)?);
        }
        let mut evidence = Evidence::gather(context, &self.sources, &question, &contexts, None)?;
        if self.sources.len() > 1 {
            // Scores of different collections are fused by themselves; similarities are comparable.
            let mut ranked: Vec<usize> = (0..contexts.hits.len()).collect();
            let similarity = |at: usize| evidence.contexts[at].mean();
            ranked.sort_by(|&a, &b| similarity(b).total_cmp(&similarity(a)));
            (contexts, evidence) = pack::picked(contexts, evidence, &ranked);
        }
        let found = contexts.hits.len();
        let found = Retrieved { contexts: Arc::new(contexts), evidence, question, failed, found };
        match wanted.around {
            Around::Chunks => Ok(found.fitting(wanted.max_tokens)),
            around => self.widen(context, &found, around, wanted.max_tokens),
        }
    }

    fn widen(&self, context: &Context, found: &Retrieved, around: Around, max_tokens: usize) -> Result<Retrieved> {
        let mut wider = found.clone();
        for (number, source) in self.sources.iter().enumerate() {
            let own = found.contexts.hits.iter().filter(|found| found.source == number).map(|found| &found.hit);
            let near = pack::near(context, &source.generation, own.collect(), (around, max_tokens))?;
            let near = near.into_iter().map(|hit| (hit, Vec::new())).collect();
            let near = Contexts::of(context, &source.generation, (number, &source.name), near)?;
            let evidence = Evidence::gather(context, &self.sources, &found.question, &near, None)?;
            wider.extend(near, evidence);
        }
        wider.found = wider.contexts.hits.len();
        Ok(wider.fitting(max_tokens))
    }

    fn compare(&self, context: &Context, texts: &[Compared], contexts: &Arc<Contexts>) -> Result<Vec<Evidence>> {
        let wanting = texts.iter().filter(|text| matches!(text.tokens, Tokens::Encoded));
        let wanting: Vec<&str> = wanting.map(|text| text.text.as_str()).collect();
        let mut encoded = self.queries(context, &wanting)?.into_iter();
        let by_words = texts.iter().all(|text| matches!(text.tokens, Tokens::None));
        let places = (!by_words).then(|| SentenceTokens::of(context, &self.sources, &*self.encoder, contexts));
        let places = places.transpose()?;
        let compare = |compared: &Compared| {
            let tokens = match (&compared.tokens, matches!(compared.tokens, Tokens::Encoded)) {
                (_, true) => encoded.next().map_or(Tokens::None, Tokens::Known),
                (tokens, false) => tokens.clone(),
            };
            let places = places.as_ref().filter(|_| matches!(tokens, Tokens::Known(_)));
            let text = Query { tokens, ..Query::of(compared.text.as_str()) };
            Evidence::gather(context, &self.sources, &text, contexts, places)
        };
        texts.iter().map(compare).collect()
    }

    fn feedback(&self, context: &Context, found: &Retrieved, wanted: Feedback) -> Result<TokenMatrix> {
        feedback::tokens(context, (&self.sources, &*self.encoder), found, wanted)
    }

    fn judge(&self, context: &Context, question: &str, contexts: &Arc<Contexts>) -> Result<Option<Vec<f32>>> {
        let texts: Vec<&str> = contexts.hits.iter().map(|found| found.hit.text.as_str()).collect();
        self.judge.as_ref().map(|judge| judge.score(context, question, &texts)).transpose()
    }

    fn construct(&self, context: &Context, question: &str, now: Now) -> Result<Vec<Constructed>> {
        let of = |source: &Source| Ok(construct(question, &Schema::of(context, &source.generation)?, now));
        self.sources.iter().map(of).collect()
    }

    fn web(&self) -> Option<&Web> {
        self.web.as_deref()
    }

    fn with_pages(&self, context: &Context, pages: Vec<Document>) -> Result<Box<dyn Sources>> {
        Ok(Box::new(Collections::with_pages(self, context, pages)?))
    }

    fn encode(&self, context: &Context, texts: &[String]) -> Result<Vec<TokenMatrix>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let encoded = self.encoder.encode_passages(context, &texts)?;
        Ok(encoded.into_iter().map(|encoded| encoded.vectors).collect())
    }
}

impl Collections {
    /// The question and the queries with their token vectors, each text encoded once.
    fn encoded(&self, context: &Context, wanted: &Wanted) -> Result<(Query, Vec<Query>)> {
        let all = || std::iter::once(&wanted.question).chain(&wanted.queries);
        let mut texts: Vec<&str> = Vec::new();
        for query in all().filter(|query| matches!(query.tokens, Tokens::Encoded)) {
            let text = query.text.trim();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let known: HashMap<&str, TokenMatrix> = texts.iter().copied().zip(self.queries(context, &texts)?).collect();
        let with = |query: &Query| {
            let tokens = match known.get(query.text.trim()) {
                Some(tokens) if matches!(query.tokens, Tokens::Encoded) => Tokens::Known(tokens.clone()),
                _ => query.tokens.clone(),
            };
            Query { text: query.text.trim().to_owned(), tokens, ..query.clone() }
        };
        Ok((with(&wanted.question), wanted.queries.iter().map(with).collect()))
    }

    fn queries(&self, context: &Context, texts: &[&str]) -> Result<Vec<TokenMatrix>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let encoded = self.encoder.encode_queries(context, texts).map_err(|error| match error {
            Error::Invalid { reason, .. } => Error::invalid("question", reason),
            other => other,
        });
        Ok(encoded?.into_iter().map(|encoded| encoded.vectors).collect())
    }
}

impl Retrieved {
    /// Adds others that were found for the same question, after these.
    pub(crate) fn merge(&mut self, other: Self) {
        let known: HashSet<(&str, &str)> = self.contexts.hits.iter().map(ContextHit::key).collect();
        let is_new = |at: &usize| !known.contains(&other.contexts.hits[*at].key());
        let new: Vec<usize> = (0..other.contexts.hits.len()).filter(is_new).collect();
        let (contexts, evidence) = pack::picked(Arc::unwrap_or_clone(other.contexts), other.evidence, &new);
        self.extend(contexts, evidence);
        for leg in other.failed {
            if !self.failed.contains(&leg) {
                self.failed.push(leg);
            }
        }
        self.found = self.contexts.hits.len();
    }

    fn extend(&mut self, contexts: Contexts, evidence: Evidence) {
        Arc::make_mut(&mut self.contexts).extend(contexts);
        self.evidence.extend(evidence);
    }

    /// Only some contexts by their numbers, in this order.
    pub(crate) fn picked(self, numbers: &[usize]) -> Self {
        let (contexts, evidence) = pack::picked(Arc::unwrap_or_clone(self.contexts), self.evidence, numbers);
        Self { contexts: Arc::new(contexts), evidence, ..self }
    }

    /// The best of them by other scores, which are told from now on; of each collection so many.
    pub(crate) fn ranked(self, scores: &[f32], k: usize) -> Self {
        let mut order: Vec<usize> = (0..self.contexts.hits.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let mut taken: HashMap<usize, usize> = HashMap::new();
        order.retain(|&at| {
            let taken = taken.entry(self.contexts.hits[at].source).or_default();
            *taken += 1;
            *taken <= k
        });
        let mut ranked = self.picked(&order);
        for (found, &at) in Arc::make_mut(&mut ranked.contexts).hits.iter_mut().zip(&order) {
            found.hit.score = scores[at];
        }
        ranked
    }

    /// Only some of their sentences, by number and ascending; contexts of which none is left are left out.
    pub(crate) fn keeping(self, sentences: &[usize]) -> Self {
        let (contexts, evidence) = pack::keeping(&self.contexts, self.evidence, sentences);
        Self { contexts: Arc::new(contexts), evidence, ..self }
    }

    /// Those of them that there is room for.
    pub(crate) fn fitting(self, max_tokens: usize) -> Self {
        let fitting = pack::fitting(&self.contexts, max_tokens);
        if fitting.len() == self.contexts.hits.len() { self } else { self.picked(&fitting) }
    }

    /// What confidence comes from.
    pub(crate) fn signals(&self) -> Signals {
        Signals::of(&self.contexts, &self.evidence)
    }

    /// Scores, as they are told.
    pub(crate) fn scores(&self) -> Vec<f32> {
        self.contexts.hits.iter().map(|found| found.hit.score).collect()
    }
}

/// What passes both filters.
fn both<'a>(own: Option<&'a Filter>, other: Option<&'a Filter>) -> Option<Cow<'a, Filter>> {
    match (own, other) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(Cow::Borrowed(one)),
        (Some(own), Some(other)) => Some(Cow::Owned(own.clone().and(other.clone()))),
    }
}

/// What one query finds in one collection.
fn ranking(
    context: &Context,
    source: &Source,
    (query, filter): (&Query, Option<&Filter>),
    wanted: &Wanted,
    failed: &mut Vec<FailedLeg>,
) -> Result<Vec<Hit>> {
    let (mode, tokens) = match &query.tokens {
        // Trees are gone down by token vectors.
        Tokens::Known(tokens) if wanted.per_layer.is_some() => (Mode::Late, vec![tokens.clone()]),
        Tokens::Known(tokens) => (Mode::Hybrid, vec![tokens.clone()]),
        _ => (Mode::Bm25, Vec::new()),
    };
    let search = SearchRequest {
        texts: vec![query.text.clone()],
        every_word: query.every_word,
        filter: filter.cloned(),
        scope: wanted.scope,
        per_layer: wanted.per_layer,
        returns: wanted.returns,
        ..SearchRequest::new(tokens, (wanted.each + wanted.without.len()).min(MAX_K), mode)
    };
    let reply = source.generation.search(context, &search)?;
    // Representations have no words to look for.
    for leg in reply.failed_legs.into_iter().filter(|_| wanted.scope != Scope::Representations) {
        if !failed.contains(&leg) {
            failed.push(leg);
        }
    }
    let mut hits = reply.hits;
    hits.retain(|hit| !wanted.without.iter().any(|id| hit.document_id.as_ref() == Some(id)));
    hits.truncate(wanted.each);
    Ok(hits)
}

/// One ranking of several, each hit with its place in each of them.
fn together(mut rankings: Vec<Vec<Hit>>, queries: &[Query], wanted: &Wanted) -> Vec<(Hit, Vec<Option<usize>>)> {
    if rankings.len() == 1 {
        return rankings.swap_remove(0).into_iter().map(|hit| (hit, Vec::new())).collect();
    }
    let mut found: Vec<(Hit, Vec<Option<usize>>)> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    for (number, hits) in rankings.into_iter().enumerate() {
        for (rank, hit) in (1..).zip(hits) {
            let next = found.len();
            let place = *at.entry(hit.passage_id.clone()).or_insert(next);
            if place == next {
                found.push((hit, vec![None; queries.len()]));
            } else {
                found[place].0.score = found[place].0.score.max(hit.score);
            }
            found[place].1[number] = Some(rank);
        }
    }
    let best = |ranks: &[Option<usize>]| {
        let ranked = ranks.iter().zip(0..).filter_map(|(rank, number)| rank.map(|rank| (rank, number)));
        ranked.min().unwrap_or((usize::MAX, usize::MAX))
    };
    match wanted.together {
        Together::Interleaved => found.sort_by_key(|(_, ranks)| best(ranks)),
        Together::Fused { constant } => {
            // So that what is first everywhere has 1.
            let most: f32 = queries.iter().map(|query| query.weight / (constant + 1.0)).sum();
            for (hit, ranks) in &mut found {
                let share = |(query, rank): (&Query, &Option<usize>)| {
                    rank.map_or(0.0, |rank| query.weight / (constant + rank as f32))
                };
                hit.score = queries.iter().zip(&*ranks).map(share).sum::<f32>() / most;
            }
            found.sort_by(|(a, a_ranks), (b, b_ranks)| {
                b.score.total_cmp(&a.score).then_with(|| best(a_ranks).cmp(&best(b_ranks)))
            });
        }
    }
    found.truncate(wanted.k);
    found
}
