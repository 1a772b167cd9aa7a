//! A search request's fields as they came, before any of them is judged.

use maxsimd_engine::search::{MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS};
use serde_json::value::RawValue;

use super::compact::request;
use super::list::List;
use super::request::MAX_DEADLINE_MS;
use super::text::{Free, Text};
use super::vectors::Vectors;
use super::whole::Whole;

pub(super) const MAX_K_U64: u64 = MAX_K as u64;
/// Most token vectors of all hits together that may be asked for.
const MAX_TOKENS: u64 = 1 << 24;

request! {
    /// A search.
    "a search" => pub struct SearchBody<'a> {
        /// A text.
        query: Text<'a>,
        /// Several texts; a passage keeps its best score over them.
        queries: List<Text<'a>, MAX_QUERIES>,
        /// Token vectors of one query.
        vectors: Vectors<'a, MAX_QUERY_VECTORS>,
        /// Number of hits.
        k: Whole<1, MAX_K_U64>,
        /// How passages are scored.
        mode: Text<'a>,
        /// What is looked among.
        scope: Text<'a>,
        /// Hits below it are left out.
        min_score: f64,
        /// Says which tokens matched.
        explain: bool,
        /// How long the answer may take.
        deadline_ms: Whole<1, MAX_DEADLINE_MS>,
        /// Which of `text` and `metadata` hits carry.
        include: List<Text<'a>, 8>,
        /// Share of the true hits that mode late should find.
        recall: f64,
        /// Goes on until no other passage can belong among the hits.
        certified: bool,
        /// Only documents that match; looked at once it is known to be short.
        filter: Free<&'a RawValue>,
        /// How the rankings of mode hybrid become one.
        fusion: Text<'a>,
        /// All at once, or from the roots of trees down.
        strategy: Text<'a>,
        /// Nodes of each layer that a traversal opens.
        per_layer: Whole<1, MAX_K_U64>,
        /// What becomes of a summary and its own leaves.
        fold: Text<'a>,
        /// Most token vectors of all hits together.
        max_tokens: Whole<1, MAX_TOKENS>,
        /// What becomes of a hit that stands for something larger.
        returns as "return": Text<'a>,
    }
}
