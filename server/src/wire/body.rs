//! A search request's fields as they came, before any of them is judged.

use maxsimd_engine::search::{Fold, Fusion, MAX_K, MAX_QUERIES, MAX_QUERY_VECTORS, Mode, Returns, Scope};
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::openapi::Type;

use super::compact::request;
use super::filter::as_text_or_json;
use super::list::List;
use super::request::{MAX_DEADLINE_MS, MAX_QUERY_BYTES, PARTS, STRATEGIES};
use super::schema::exactly_one;
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
        query: Text<'a> where |it| it.visible(MAX_QUERY_BYTES).example(json!("how are token vectors compressed?")),
        /// Several texts; a passage keeps its best score over them.
        queries: List<Text<'a>, MAX_QUERIES> where |it| it.least(1).items(|it| it.visible(MAX_QUERY_BYTES)),
        /// Token vectors of one query.
        vectors: Vectors<'a, MAX_QUERY_VECTORS>,
        /// Number of hits.
        k: Whole<1, MAX_K_U64>,
        /// How passages are scored.
        mode: Text<'a> where |it| it.one_of(Mode::ALL.map(Mode::name)),
        /// What is looked among.
        scope: Text<'a> where |it| it.one_of(Scope::ALL.map(Scope::name)),
        /// Hits below it are left out.
        min_score: f64 where |it| it.within(f64::from(f32::MIN)..=f64::from(f32::MAX)),
        /// Says which tokens matched.
        explain: bool,
        /// How long the answer may take.
        deadline_ms: Whole<1, MAX_DEADLINE_MS>,
        /// Which of `text` and `metadata` hits carry.
        include: List<Text<'a>, 8> where |it| it.items(|it| it.one_of(PARTS)),
        /// Share of the true hits that mode late should find.
        recall: f64 where |it| it.above(0.0, 1.0),
        /// Goes on until no other passage can belong among the hits.
        certified: bool,
        /// Only documents that match; looked at once it is known to be short.
        filter: Free<&'a RawValue> where as_text_or_json,
        /// How the rankings of mode hybrid become one.
        fusion: Text<'a> where |it| it.one_of(Fusion::ALL.map(Fusion::name)),
        /// All at once, or from the roots of trees down.
        strategy: Text<'a> where |it| it.one_of(STRATEGIES),
        /// Nodes of each layer that a traversal opens.
        per_layer: Whole<1, MAX_K_U64>,
        /// What becomes of a summary and its own leaves.
        fold: Text<'a> where |it| it.one_of(Fold::ALL.map(Fold::name)),
        /// Most token vectors of all hits together.
        max_tokens: Whole<1, MAX_TOKENS>,
        /// What becomes of a hit that stands for something larger.
        returns as "return": Text<'a> where |it| it.one_of(Returns::ALL.map(Returns::name)),
    }
    where exactly_one(&[("query", &[Type::String]), ("queries", &[Type::Array]), ("vectors", &[Type::Array, Type::Object])])
}
