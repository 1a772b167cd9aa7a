//! What is asked and what is answered.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{FailedLeg, Fold, Fusion, HitPart, Legs, Pruning, Scope, traversal};
use crate::collection::Place;
use crate::filter::Filter;
use crate::named::named;
use crate::{Error, Result, TokenMatrix};

/// Most hits a search may ask for.
pub const MAX_K: usize = 1000;
/// Most queries in one search.
pub const MAX_QUERIES: usize = 32;
/// Most token vectors in one query.
pub const MAX_QUERY_VECTORS: usize = 512;
/// Most bytes of memory that the texts and metadata of a search's hits take, unless it says otherwise.
const DEFAULT_BYTES: usize = 32 << 20;
/// Largest magnitude of a query's values; token vectors have length 1.
pub(super) const MAX_QUERY_VALUE: f32 = 65504.0;

/// How passages are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The pruned pipeline: probe, gather, estimate, score.
    #[default]
    Late,
    /// Every stored score code, no pruning.
    Exhaustive,
    /// Full-precision vectors; needs a collection built with `--keep-vectors`.
    Exact,
    /// Words of the query's text by BM25, no token vectors.
    Bm25,
    /// `late` and `bm25`, fused.
    Hybrid,
}

named!(Mode in "mode": Late = "late", Exhaustive = "exhaustive", Exact = "exact", Bm25 = "bm25", Hybrid = "hybrid");

impl Mode {
    /// Whether it takes token vectors of queries.
    pub const fn scores_vectors(self) -> bool {
        !matches!(self, Self::Bm25)
    }

    /// Whether it looks for words of queries.
    pub const fn looks_for_words(self) -> bool {
        matches!(self, Self::Bm25 | Self::Hybrid)
    }
}

/// One search: checked by `Generation::search`.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// Token vectors of each query, for modes that score them; with several, a passage keeps its best score over them.
    pub queries: Vec<TokenMatrix>,
    /// Text of each query, for modes that look for words.
    pub texts: Vec<String>,
    /// Whether modes that look for words take only what has every word of a text.
    pub every_word: bool,
    /// Only passages of documents that match; bound to the fields of the collection.
    pub filter: Option<Filter>,
    /// How the rankings of `hybrid` become one.
    pub fusion: Fusion,
    /// What is looked among.
    pub scope: Scope,
    /// From the roots of trees down, opening so many nodes of each layer, instead of all at once.
    pub per_layer: Option<usize>,
    /// What becomes of a summary and its own leaves.
    pub fold: Fold,
    /// What becomes of a hit that stands for something larger.
    pub returns: Returns,
    /// Most token vectors of all hits together; what does not fit is left out.
    pub max_tokens: Option<usize>,
    /// Most bytes of memory that texts and metadata of the hits may take; a search with more is refused.
    pub max_bytes: usize,
    /// Number of hits, 1 to `MAX_K`.
    pub k: usize,
    /// How passages are scored.
    pub mode: Mode,
    /// Hits below this score are left out.
    pub min_score: Option<f32>,
    /// Says for each hit which passage token each query token matched.
    pub explain: bool,
    /// How far `late` prunes; `None` for what `recall` asks for.
    pub pruning: Option<Pruning>,
    /// Share of exhaustive's hits that `late` should find, above 0 and at most 1; `None` for `DEFAULT_RECALL`.
    pub recall: Option<f64>,
    /// Goes on until it is certain that no passage left out belongs among the hits.
    pub certified: bool,
}

impl SearchRequest {
    /// A search without further wishes.
    pub fn new(queries: Vec<TokenMatrix>, k: usize, mode: Mode) -> Self {
        Self {
            queries,
            texts: Vec::new(),
            every_word: false,
            filter: None,
            scope: Scope::default(),
            per_layer: None,
            fold: Fold::default(),
            returns: Returns::default(),
            max_tokens: None,
            max_bytes: DEFAULT_BYTES,
            fusion: Fusion::default(),
            k,
            mode,
            min_score: None,
            explain: false,
            pruning: None,
            recall: None,
            certified: false,
        }
    }

    /// A search for words without further wishes.
    pub fn words(texts: Vec<String>, k: usize) -> Self {
        Self { texts, ..Self::new(Vec::new(), k, Mode::Bm25) }
    }

    /// Number of queries.
    pub fn asked(&self) -> usize {
        if self.mode.looks_for_words() { self.texts.len() } else { self.queries.len() }
    }

    /// How many of a ranking may be needed for `k` hits.
    pub(super) fn depth(&self) -> usize {
        let may_drop = self.max_tokens.is_some() || (self.fold == Fold::Once && self.scope != Scope::Passages);
        let times = match self.returns {
            // Several stand for the same.
            Returns::Document | Returns::Parent => 10,
            Returns::Found if may_drop => 4,
            Returns::Found => 1,
        };
        (times * self.k).min(MAX_K)
    }

    /// Checks every limit, for vectors of a collection's width.
    pub(crate) fn check(&self, width: usize) -> Result<()> {
        if !(1..=MAX_K).contains(&self.k) {
            return Err(Error::invalid("k", format!("{} is not from 1 to {MAX_K}", self.k)));
        }
        if self.mode.looks_for_words() && self.texts.is_empty() && !self.queries.is_empty() {
            let reason = "it looks for words and was given token vectors".to_owned();
            return Err(Error::ModeUnavailable { mode: self.mode.name(), reason });
        }
        if !(1..=MAX_QUERIES).contains(&self.asked()) {
            return Err(Error::invalid("queries", format!("{} is not from 1 to {MAX_QUERIES}", self.asked())));
        }
        if self.mode == Mode::Hybrid && !self.queries.is_empty() && self.queries.len() != self.texts.len() {
            let reason = format!("{} as token vectors, {} as texts", self.queries.len(), self.texts.len());
            return Err(Error::invalid("queries", reason));
        }
        if self.mode == Mode::Bm25 && self.explain {
            return Err(Error::invalid("explain", "mode bm25 has no token pairs to explain"));
        }
        if self.min_score.is_some_and(f32::is_nan) {
            return Err(Error::invalid("min_score", "not a number"));
        }
        if let Some(recall) = self.recall.filter(|recall| !(*recall > 0.0 && *recall <= 1.0)) {
            return Err(Error::invalid("recall", format!("{recall} is not above 0 and at most 1")));
        }
        self.per_layer.map_or(Ok(()), |per_layer| traversal::check(self.mode, per_layer))?;
        self.pruning.map_or(Ok(()), Pruning::check)?;
        for query in &self.queries {
            if query.width() != width {
                return Err(Error::Width { expected: width, found: query.width() });
            }
            if let Some(value) = query.values().iter().find(|value| value.abs() > MAX_QUERY_VALUE) {
                return Err(Error::invalid("vectors", format!("{value} is beyond {MAX_QUERY_VALUE}")));
            }
            if !(1..=MAX_QUERY_VECTORS).contains(&query.rows()) {
                let reason = format!("{} token vectors are not from 1 to {MAX_QUERY_VECTORS}", query.rows());
                return Err(Error::invalid("vectors", reason));
            }
        }
        Ok(())
    }
}

/// What becomes of a hit that stands for something larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// It stays as it was found.
    #[default]
    Found,
    /// A representation gives way to the passage that it stands for.
    Parent,
    /// All give way to their documents.
    Document,
}

named!(Returns in "return": Found = "found", Parent = "parent", Document = "document");

/// What a hit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HitKind {
    /// A passage.
    Passage,
    /// A summary node of a tree.
    Summary,
    /// Something small that stands for passages.
    Representation,
    /// A whole document.
    Document,
}

/// One passage or node found.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    /// `DOCUMENT_ID#N`, N counting the document's passages from 0; `DOCUMENT_ID#SN` of a node.
    pub passage_id: String,
    /// What it is.
    pub kind: HitKind,
    /// Height in its tree; 0 of a passage.
    pub layer: u32,
    /// Of a node: the passages below it; of one over several documents, for each of its pieces the passage that it is
    /// from.
    pub leaves: Vec<String>,
    /// The document's id; absent of a node over several documents.
    pub document_id: Option<String>,
    /// As bytes of the document: where the sentences of a node are whose text is the document's own, or, of what is
    /// returned in place of a representation, where that is. Of a node over several documents, in those of its leaves.
    pub pieces: Vec<[u64; 2]>,
    /// MaxSim, the sum over query tokens of the best dot product; of `bm25` and `hybrid` what those give.
    pub score: f32,
    /// Which of the request's queries gave this score.
    pub query: usize,
    /// Document title.
    pub title: String,
    /// Headings above the passage, joined by ` > `.
    pub heading: String,
    /// Its token vectors.
    pub tokens: usize,
    /// The passage's text, or the node's; of a node made of token vectors the sentences of those that the query matched.
    pub text: String,
    /// First byte of the passage in the document.
    pub start: u64,
    /// Byte after the passage in the document.
    pub end: u64,
    /// The document's metadata.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Of `hybrid`: where the legs had it.
    pub legs: Option<Legs>,
    /// With `explain`: one entry per query token.
    pub explain: Option<Vec<TokenMatch>>,
    /// With `explain`: what was scored, which may stand for something larger.
    #[serde(skip)]
    pub(crate) explained: Option<Place>,
    /// The passages that its text is from, with bytes of their documents; none of a text that was generated.
    #[serde(skip)]
    pub(crate) grounds: Vec<(Place, Range<usize>)>,
}

/// Which passage token a query token matched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TokenMatch {
    /// Row in the query.
    pub query_token: usize,
    /// Row in the passage.
    pub passage_token: usize,
    /// Their dot product, as scored.
    pub score: f32,
    /// Byte of the query's text at which its token begins, once that was looked up (`Generation::place_matches`) and if it
    /// is of the text.
    pub query_at: Option<usize>,
    /// The part of the hit that has the passage's token, if it is of any.
    pub part: Option<HitPart>,
    /// Byte of that part at which it begins.
    pub at: Option<usize>,
}

/// What a search returns; timings are in the context.
#[derive(Debug, Clone, Serialize)]
pub struct SearchReply {
    /// Best first; equal scores in order of passage key.
    pub hits: Vec<Hit>,
    /// The generation that was searched.
    pub generation: u64,
    /// True if the deadline ended the search early (hits are the best found so far).
    pub partial: bool,
    /// Passages that pass the filter; all of them without one.
    pub passages: usize,
    /// Passages whose codes or vectors were scored whole.
    pub scored_passages: usize,
    /// Legs of `hybrid` that gave nothing; the hits are those of the other one.
    pub failed_legs: Vec<FailedLeg>,
    /// True if it is certain that no other passage belongs among the hits.
    pub certified: bool,
    /// How far `late` pruned; `None` if nothing was pruned.
    pub pruning: Option<Pruning>,
    /// Share of exhaustive's hits that searches pruned like this found when the collection was fitted.
    pub measured_recall: Option<f64>,
    /// Name of the kernels that scored.
    pub kernel: &'static str,
}
