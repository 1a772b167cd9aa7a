//! What an answer asks of collections: contexts for queries, what a text finds in them, what they say beyond it. A trait,
//! because a daemon does that work in its pool.

use std::sync::Arc;

use super::confidence::Signals;
use super::contexts::{ContextHit, Contexts};
use super::evidence::Evidence;
use super::feedback::Feedback;
use super::online::Web;
use super::pack::Around;
use crate::collection::{EncoderId, Generation};
use crate::construct::{Constructed, Now};
use crate::encode::{CrossEncoder, Encoder};
use crate::filter::Filter;
use crate::search::{FailedLeg, Returns, Scope};
use crate::{Context, Document, Error, Result, TokenMatrix};

/// Most hits of a collection that an answer may be from.
pub const MAX_CONTEXTS: usize = 100;

/// Where an answer may be from.
pub trait Sources {
    /// The collections, in the order in which their numbers count.
    fn all(&self) -> &[Source];

    /// Contexts for queries, best first, and what the question finds in them.
    fn retrieve(&self, context: &Context, wanted: &Wanted) -> Result<Retrieved>;

    /// The same contexts with what stands around them, as far as there is room.
    fn widen(&self, context: &Context, found: &Retrieved, around: Around, max_tokens: usize) -> Result<Retrieved>;

    /// What texts find in contexts, and in their sentences.
    fn compare(&self, context: &Context, texts: &[Compared], contexts: &Arc<Contexts>) -> Result<Vec<Evidence>>;

    /// What contexts say beyond their question.
    fn feedback(&self, context: &Context, found: &Retrieved, wanted: Feedback) -> Result<TokenMatrix>;

    /// Of each context, the log-odds that it is relevant to a question, by a cross-encoder; nothing without one.
    fn judge(&self, context: &Context, question: &str, contexts: &Arc<Contexts>) -> Result<Option<Vec<f32>>>;

    /// Of each collection, what a question says of its documents.
    fn construct(&self, context: &Context, question: &str, now: Now) -> Result<Vec<Constructed>>;

    /// The web, if a search of it is named.
    fn web(&self) -> Option<&Web>;

    /// The same with pages as one more collection, the last.
    fn with_pages(&self, context: &Context, pages: Vec<Document>) -> Result<Box<dyn Sources>>;

    /// Token vectors of texts as those of passages are.
    fn encode(&self, context: &Context, texts: &[String]) -> Result<Vec<TokenMatrix>>;
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

/// Something that is looked for.
#[derive(Debug, Clone)]
pub struct Query {
    /// Its text, of which words are looked for.
    pub text: String,
    /// Its token vectors.
    pub tokens: Tokens,
    /// Whether what is found has to have every word of it.
    pub every_word: bool,
    /// What its ranking counts among others.
    pub weight: f32,
}

impl Query {
    /// A text, by its words and its token vectors.
    pub fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), tokens: Tokens::Encoded, every_word: false, weight: 1.0 }
    }

    /// A text, by its words alone.
    pub fn words(text: impl Into<String>) -> Self {
        Self { tokens: Tokens::None, ..Self::of(text) }
    }

    /// A text, all words of which what is found has to have.
    pub fn every_word(text: impl Into<String>) -> Self {
        Self { every_word: true, ..Self::words(text) }
    }
}

/// How the rankings of several queries become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Together {
    /// The first of each, then the second of each.
    Interleaved,
    /// Sums of weights divided by rank and this constant (Cormack, Clarke and Büttcher 2009).
    Fused {
        /// How much the first ranks count less.
        constant: f32,
    },
}

/// What is retrieved.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What contexts are compared with.
    pub question: Query,
    /// What is looked for.
    pub queries: Vec<Query>,
    /// How it becomes one ranking.
    pub together: Together,
    /// Hits of each query in each collection at most, `MAX_CONTEXTS`.
    pub each: usize,
    /// Of several queries so many are left, in each collection.
    pub k: usize,
    /// Token vectors of all contexts together at most.
    pub max_tokens: usize,
    /// What is looked among; sentences of summaries are cited in their passages.
    pub scope: Scope,
    /// Trees are searched from their roots down, opening so many nodes of each layer.
    pub per_layer: Option<usize>,
    /// What becomes of a hit that stands for something larger.
    pub returns: Returns,
    /// How much around a hit.
    pub around: Around,
    /// Nothing of these documents.
    pub without: Vec<String>,
    /// Which collections, and of each of them only documents that match, too.
    pub among: Among,
}

impl Wanted {
    /// The first contexts of a question, however long.
    pub fn of(question: Query, k: usize) -> Self {
        Self {
            queries: vec![question.clone()],
            question,
            together: Together::Interleaved,
            each: k,
            k,
            max_tokens: usize::MAX,
            scope: Scope::default(),
            per_layer: None,
            returns: Returns::default(),
            around: Around::default(),
            without: Vec::new(),
            among: Among::default(),
        }
    }
}

/// Some of the collections, by number.
#[derive(Debug, Clone, Default)]
pub struct Among {
    /// These; all if absent.
    pub collections: Option<Vec<usize>>,
    /// Of each collection what has to match beside its own filter.
    pub filters: Vec<Option<Filter>>,
}

/// What was retrieved.
#[derive(Debug, Clone)]
pub struct Retrieved {
    /// Best first.
    pub contexts: Arc<Contexts>,
    /// What the question finds in them, but for their sentences, of which only words are compared.
    pub evidence: Evidence,
    /// The question with its token vectors.
    pub question: Query,
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
    pub(super) sources: Arc<[Source]>,
    pub(super) encoder: Arc<dyn Encoder>,
    pub(super) judge: Option<Arc<dyn CrossEncoder>>,
    pub(super) web: Option<Arc<Web>>,
}

impl Collections {
    /// Fails unless all collections are of the encoder.
    pub fn new(sources: Vec<Source>, encoder: Arc<dyn Encoder>) -> Result<Self> {
        if sources.is_empty() {
            return Err(Error::invalid("collections", "at least one is needed"));
        }
        let id = EncoderId::of(&*encoder);
        sources.iter().try_for_each(|source| source.generation.check_encoder(&id))?;
        Ok(Self { sources: sources.into(), encoder, judge: None, web: None })
    }

    /// The same with a search of the web, for techniques that look there.
    #[must_use]
    pub fn online(self, web: Arc<Web>) -> Self {
        Self { web: Some(web), ..self }
    }

    /// The same with a cross-encoder, which says how relevant contexts are.
    #[must_use]
    pub fn judged_by(self, judge: Arc<dyn CrossEncoder>) -> Self {
        Self { judge: Some(judge), ..self }
    }
}

/// How a question looks to a calibration, whatever becomes of it.
#[derive(Debug, Clone)]
pub struct Looks {
    /// The question.
    pub question: Signals,
    /// Its contexts, each with the id of its document.
    pub passages: Vec<(Option<String>, Signals)>,
}

/// Looks at what a question finds.
pub fn signals(context: &Context, sources: &dyn Sources, wanted: &Wanted) -> Result<Looks> {
    let Retrieved { contexts, evidence, .. } = sources.retrieve(context, wanted)?;
    let passage =
        |(at, found): (usize, &ContextHit)| (found.hit.document_id.clone(), Signals::of_one(&contexts, &evidence, at));
    let passages = contexts.hits.iter().enumerate().map(passage).collect();
    Ok(Looks { question: Signals::of(&contexts, &evidence), passages })
}
