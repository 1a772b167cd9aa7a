//! What an answer asks of collections: contexts for a question, and what a text finds in them. A trait, because a daemon
//! does that work in its pool; and the work itself.

use std::sync::Arc;

use super::confidence::Signals;
use super::contexts::Contexts;
use super::evidence::{Evidence, SentenceTokens};
use super::pack;
use crate::collection::{EncoderId, Generation};
use crate::encode::Encoder;
use crate::filter::Filter;
use crate::search::{FailedLeg, MAX_K, Mode, Scope, SearchRequest};
use crate::{Context, Error, Result, TokenMatrix};

/// Most hits of a collection that an answer may be from.
pub const MAX_CONTEXTS: usize = 100;

/// Where an answer may be from.
pub trait Sources {
    /// Contexts for a question, best first, and what the question finds in them.
    fn retrieve(&self, context: &Context, wanted: &Wanted) -> Result<Retrieved>;

    /// What texts find in contexts and their sentences.
    fn compare(&self, context: &Context, texts: &[Compared], contexts: &Arc<Contexts>) -> Result<Vec<Evidence>>;
}

/// A text that is compared with contexts.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The text.
    pub text: String,
    /// What of it is compared beside its words.
    pub tokens: Tokens,
}

/// Token vectors of a text.
#[derive(Debug, Clone)]
pub enum Tokens {
    /// Its words do.
    None,
    /// They are encoded for it.
    Encoded,
    /// These.
    Known(TokenMatrix),
}

/// What is retrieved.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The question.
    pub question: String,
    /// Hits of each collection at most.
    pub k: usize,
    /// Token vectors of all contexts together at most.
    pub max_tokens: usize,
    /// What is looked among; sentences of summaries are cited in their passages.
    pub scope: Scope,
    /// How much around a hit.
    pub around: pack::Around,
    /// Nothing of these documents.
    pub without: Vec<String>,
}

/// What was retrieved.
#[derive(Debug, Clone)]
pub struct Retrieved {
    /// Best first.
    pub contexts: Arc<Contexts>,
    /// What the question finds in them, but for their sentences, of which only words are compared.
    pub evidence: Evidence,
    /// Token vectors of the question.
    pub tokens: TokenMatrix,
    /// Rankings of searches that gave nothing.
    pub failed: Vec<FailedLeg>,
    /// Contexts before there had to be room for them.
    pub found: usize,
}

/// One collection, of which documents that pass a filter are asked.
#[derive(Debug, Clone)]
pub struct Source {
    /// Name, as replies tell it.
    pub name: String,
    /// Its state.
    pub generation: Arc<Generation>,
    /// Bound to its fields.
    pub filter: Option<Filter>,
}

/// Collections of one encoder.
#[derive(Debug, Clone)]
pub struct Collections {
    sources: Arc<[Source]>,
    encoder: Arc<dyn Encoder>,
}

impl Collections {
    /// Fails unless all collections are of the encoder.
    pub fn new(sources: Vec<Source>, encoder: Arc<dyn Encoder>) -> Result<Self> {
        if sources.is_empty() {
            return Err(Error::invalid("collections", "at least one is needed"));
        }
        let id = EncoderId::of(&*encoder);
        sources.iter().try_for_each(|source| source.generation.check_encoder(&id))?;
        Ok(Self { sources: sources.into(), encoder })
    }
}

/// How a question looks to a calibration, whatever becomes of it.
pub fn signals(context: &Context, sources: &dyn Sources, wanted: &Wanted) -> Result<(Signals, Arc<Contexts>)> {
    let found = sources.retrieve(context, wanted)?;
    Ok((Signals::of(&found.contexts, &found.evidence), found.contexts))
}

impl Sources for Collections {
    fn retrieve(&self, context: &Context, wanted: &Wanted) -> Result<Retrieved> {
        if !(1..=MAX_CONTEXTS).contains(&wanted.k) {
            return Err(Error::invalid("k", format!("{} is not from 1 to {MAX_CONTEXTS}", wanted.k)));
        }
        let question = wanted.question.trim();
        let encoded = self.encoder.encode_queries(context, &[question]).map_err(|error| match error {
            Error::Invalid { reason, .. } => Error::invalid("question", reason),
            other => other,
        });
        let tokens = encoded?.swap_remove(0).vectors;
        let (mut contexts, mut failed) = (Contexts::default(), Vec::new());
        for (number, source) in self.sources.iter().enumerate() {
            let generation = &source.generation;
            let search = SearchRequest {
                texts: vec![question.to_owned()],
                filter: source.filter.clone(),
                scope: wanted.scope,
                ..SearchRequest::new(vec![tokens.clone()], (wanted.k + wanted.without.len()).min(MAX_K), Mode::Hybrid)
            };
            let reply = generation.search(context, &search)?;
            failed.extend(reply.failed_legs);
            let mut hits = reply.hits;
            hits.retain(|hit| !wanted.without.iter().any(|id| hit.document_id.as_ref() == Some(id)));
            hits.truncate(wanted.k);
            let hits = pack::with_around(context, generation, hits, (wanted.around, wanted.max_tokens))?;
            contexts.extend(Contexts::of(context, generation, (number, &source.name), hits)?);
        }
        let mut evidence = Evidence::gather(context, &self.sources, (question, Some(&tokens)), &contexts, None)?;
        // Scores of different collections are fused by themselves; similarities are comparable.
        let mut ranked: Vec<usize> = (0..contexts.hits.len()).collect();
        if self.sources.len() > 1 {
            let similarity = |at: usize| evidence.contexts[at].mean();
            ranked.sort_by(|&a, &b| similarity(b).total_cmp(&similarity(a)));
        }
        let picked = pack::fitting(&contexts, &ranked, wanted.max_tokens);
        let found = contexts.hits.len();
        (contexts, evidence) = pack::picked(contexts, evidence, &picked);
        Ok(Retrieved { contexts: Arc::new(contexts), evidence, tokens, failed, found })
    }

    fn compare(&self, context: &Context, texts: &[Compared], contexts: &Arc<Contexts>) -> Result<Vec<Evidence>> {
        let wanting = texts.iter().filter(|text| matches!(text.tokens, Tokens::Encoded));
        let wanting: Vec<&str> = wanting.map(|text| text.text.as_str()).collect();
        let encoded = match wanting.is_empty() {
            true => Vec::new(),
            false => self.encoder.encode_queries(context, &wanting)?,
        };
        let mut encoded = encoded.into_iter().map(|encoded| encoded.vectors);
        let by_words = texts.iter().all(|text| matches!(text.tokens, Tokens::None));
        let places = (!by_words).then(|| SentenceTokens::of(context, &self.sources, &*self.encoder, contexts));
        let places = places.transpose()?;
        let compare = |compared: &Compared| {
            let own;
            let tokens = match &compared.tokens {
                Tokens::None => None,
                Tokens::Known(tokens) => Some(tokens),
                Tokens::Encoded => {
                    own = encoded.next();
                    own.as_ref()
                }
            };
            let places = places.as_ref().filter(|_| tokens.is_some());
            Evidence::gather(context, &self.sources, (&compared.text, tokens), contexts, places)
        };
        texts.iter().map(compare).collect()
    }
}
