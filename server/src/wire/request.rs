//! A search request as the daemon uses it: parsed once, every value within its bounds.

use std::time::Duration;

use maxsimd_engine::TokenMatrix;
use maxsimd_engine::filter::MAX_TEXT;
use maxsimd_engine::search::{Fold, Fusion, Mode, Returns, Scope};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::body::{MAX_K_U64, SearchBody};
use super::text::{Free, Text};
use super::whole::Whole;
use super::{Request, object};
use crate::error::Problem;

/// Longest deadline that a request may ask for.
pub const MAX_DEADLINE_MS: u64 = 600_000;
/// Longest query text; the encoder's own limit, counted in tokens, is far below.
pub const MAX_QUERY_BYTES: usize = 32 * 1024;
/// How the nodes of trees are gone through.
pub(super) const STRATEGIES: [&str; 2] = ["collapsed", "traversal"];
/// What hits may carry.
pub(super) const PARTS: [&str; 2] = ["text", "metadata"];
/// Longest filter as JSON, where a character may take six bytes.
const MAX_FILTER_BYTES: usize = 6 * MAX_TEXT;
const DEFAULT_K: u64 = 10;
/// Nodes of each layer that a traversal opens (half as many in the paper's code).
const PER_LAYER: usize = 10;

/// What is searched for.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Texts, to be encoded.
    Texts {
        /// The field that they came in.
        field: &'static str,
        /// At least one.
        texts: Vec<String>,
    },
    /// Token vectors of one query.
    Vectors(TokenMatrix),
}

/// Parts that hits carry beside ids, score and position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Include {
    /// The passage's text.
    pub text: bool,
    /// The document's metadata.
    pub metadata: bool,
}

impl Include {
    /// Everything there is.
    pub const ALL: Self = Self { text: true, metadata: true };
}

/// A checked search request.
#[derive(Debug, Clone)]
pub struct Search {
    /// What is searched for.
    pub ask: Ask,
    /// How.
    pub options: SearchOptions,
}

/// All of a search but what is searched for.
#[derive(Debug, Clone)]
pub struct SearchOptions {
    /// Number of hits.
    pub k: usize,
    /// How passages are scored.
    pub mode: Mode,
    /// What is looked among.
    pub scope: Scope,
    /// With strategy traversal: nodes of each layer that are opened.
    pub per_layer: Option<usize>,
    /// What becomes of a summary and its own leaves.
    pub fold: Fold,
    /// What becomes of a hit that stands for something larger.
    pub returns: Returns,
    /// Most token vectors of all hits together.
    pub max_tokens: Option<usize>,
    /// Only documents that match, as text or as JSON.
    pub filter: Option<Json>,
    /// How the rankings of mode hybrid become one.
    pub fusion: Fusion,
    /// Hits below this score are left out.
    pub min_score: Option<f32>,
    /// Share of the true hits that mode late should find.
    pub recall: Option<f64>,
    /// Goes on until no other passage can belong among the hits.
    pub certified: bool,
    /// Says which tokens matched.
    pub explain: bool,
    /// Parts that hits carry.
    pub include: Include,
    /// How long the answer may take, if the request says so.
    pub deadline: Option<Duration>,
}

impl Request for Search {
    type Body<'a> = SearchBody<'a>;

    fn check(mut body: SearchBody<'_>) -> Result<Self, Problem> {
        let ask = ask(&mut body)?;
        let k = body.k.map_or(DEFAULT_K, |k| k.0);
        let options = SearchOptions {
            k: usize::try_from(k).map_err(|_| Problem::field("k", "too large"))?,
            mode: body.mode.map_or(Ok(Mode::default()), |name| name.parse())?,
            scope: body.scope.map_or(Ok(Scope::default()), |name| name.parse())?,
            per_layer: per_layer(body.strategy, body.per_layer)?,
            fold: body.fold.map_or(Ok(Fold::default()), |name| name.parse())?,
            returns: body.returns.map_or(Ok(Returns::default()), |name| name.parse())?,
            max_tokens: body.max_tokens.and_then(|tokens| usize::try_from(tokens.0).ok()),
            filter: body.filter.map(|Free(raw)| filter(raw)).transpose()?,
            fusion: body.fusion.map_or(Ok(Fusion::default()), |name| name.parse())?,
            min_score: min_score(body.min_score)?,
            recall: body.recall.map(recall).transpose()?,
            certified: body.certified.unwrap_or(false),
            explain: body.explain.unwrap_or(false),
            include: body.include.map_or(Ok(Include::ALL), |parts| include(&parts.0))?,
            deadline: body.deadline_ms.map(|ms| Duration::from_millis(ms.0)),
        };
        Ok(Self { ask, options })
    }
}

/// Nodes of each layer that a traversal opens; `None` for a search of all at once.
fn per_layer(strategy: Option<Text<'_>>, per_layer: Option<Whole<1, MAX_K_U64>>) -> Result<Option<usize>, Problem> {
    let asked = per_layer.and_then(|per_layer| usize::try_from(per_layer.0).ok());
    match strategy.as_deref() {
        Some("traversal") => Ok(Some(asked.unwrap_or(PER_LAYER))),
        Some("collapsed") | None if asked.is_some() => {
            Err(Problem::field("per_layer", "only strategy traversal goes layer by layer"))
        }
        Some("collapsed") | None => Ok(None),
        Some(other) => Err(Problem::field("strategy", format!("{other:?} is none of collapsed, traversal"))),
    }
}

fn ask(body: &mut SearchBody<'_>) -> Result<Ask, Problem> {
    match (body.query.take(), body.queries.take(), body.vectors.take()) {
        (Some(query), None, None) => Ok(Ask::Texts { field: "query", texts: vec![not_empty("query", query)?] }),
        (None, Some(queries), None) => Ok(Ask::Texts { field: "queries", texts: texts(queries.0)? }),
        (None, None, Some(vectors)) => vectors.into_matrix().map(Ask::Vectors),
        (None, None, None) => Err(Problem::field("query", "one of query, queries and vectors is needed")),
        (Some(_), Some(_), _) => Err(Problem::field("queries", "given beside query; only one of them may be")),
        (_, _, Some(_)) => Err(Problem::field("vectors", "given beside a query text; only one of them may be")),
    }
}

fn texts(queries: Vec<Text<'_>>) -> Result<Vec<String>, Problem> {
    if queries.is_empty() {
        return Err(Problem::field("queries", "at least one query is needed"));
    }
    let checked = |(at, query): (usize, Text<'_>)| not_empty(&format!("queries[{at}]"), query);
    queries.into_iter().enumerate().map(checked).collect()
}

fn not_empty(field: &str, text: Text<'_>) -> Result<String, Problem> {
    if text.trim().is_empty() {
        return Err(Problem::field(field, "an empty text cannot be searched for"));
    }
    if text.len() > MAX_QUERY_BYTES {
        return Err(Problem::field(field, format!("{} bytes, at most {MAX_QUERY_BYTES} are taken", text.len())));
    }
    Ok(text.into_owned())
}

/// A filter, which is bound to a collection's fields later.
pub(super) fn filter(raw: &RawValue) -> Result<Json, Problem> {
    match object::bounded("filter", raw, MAX_FILTER_BYTES)? {
        // In JSON that is no filter at all; the compact form has another way to say so.
        Json::Null => Err(Problem::field("filter", "null is no filter; leave it out")),
        filter => Ok(filter),
    }
}

fn min_score(score: Option<f64>) -> Result<Option<f32>, Problem> {
    let Some(score) = score else { return Ok(None) };
    // Rounds to the nearest f32, which is the precision of scores.
    let narrow = score as f32;
    if narrow.is_finite() {
        return Ok(Some(narrow));
    }
    Err(Problem::field("min_score", "outside of what a score can be"))
}

fn recall(recall: f64) -> Result<f64, Problem> {
    let known = (recall > 0.0 && recall <= 1.0).then_some(recall);
    known.ok_or_else(|| Problem::field("recall", format!("{recall} is not above 0 and at most 1")))
}

fn include(parts: &[Text<'_>]) -> Result<Include, Problem> {
    if let Some(other) = parts.iter().find(|part| !matches!(&***part, "text" | "metadata")) {
        return Err(Problem::field("include", format!("{:?} is none of text, metadata", &**other)));
    }
    let has = |name: &str| parts.iter().any(|part| &**part == name);
    Ok(Include { text: has("text"), metadata: has("metadata") })
}
