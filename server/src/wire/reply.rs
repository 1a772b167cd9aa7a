//! A search reply. `maxsim search --json` prints the same object.

use maxsimd_engine::search::{
    FailedLeg, Hit, HitKind, HitPart, Legs, Mode, Pruning, Rank, SearchReply, SearchRequest, TokenMatch,
};
use maxsimd_engine::{Stage, Timings};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Include;
use super::compact::compact;
use super::mirror::Mirror;
use super::text::{Free, Named};

compact! {
    /// The reply to a search.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct SearchAnswer {
        /// Best first.
        pub hits: Vec<HitBody>,
        /// The generation that was searched.
        pub generation: u64,
        /// The filter, as it was understood.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub applied_filter: Option<String>,
        /// What was done in a lesser way than asked for; empty if nothing was.
        pub degraded: Vec<Degraded>,
        /// True if the deadline ended the search early.
        pub partial: bool,
        /// True if it is certain that no other passage belongs among the hits.
        pub certified: bool,
        /// How far the search was pruned, if it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub pruning: Option<PruningBody>,
        /// Where the time went.
        pub timings: TimingsBody,
        /// With `explain`: what was done.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub explain: Option<Explained>,
    }
}

/// What of a request shapes the reply.
#[derive(Debug, Clone)]
pub struct Wishes {
    filter: Option<String>,
    explain: bool,
    certified: bool,
    recall: Option<f64>,
    include: Include,
    /// Number of queries.
    asked: usize,
    /// Query tokens that the encoder had no room for.
    cut: usize,
}

impl Wishes {
    /// The wishes of a request from whose queries so many tokens were cut.
    pub fn of(request: &SearchRequest, include: Include, cut: usize) -> Self {
        let filter = request.filter.as_ref().map(ToString::to_string);
        let (explain, certified, recall) = (request.explain, request.certified, request.recall);
        Self { filter, explain, certified, recall, include, asked: request.asked(), cut }
    }
}

compact! {
    /// One hit.
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    pub struct HitBody {
        /// `DOCUMENT_ID#N`; `DOCUMENT_ID#SN` of a node.
        pub passage_id: String,
        /// Document; null of a node over several.
        pub document_id: Option<String>,
        /// What it is.
        pub kind: Named<HitKind>,
        /// Height in the summary tree: 0 for passages.
        pub layer: u32,
        /// Of a node: the passages below it; of one over several documents, for each piece the passage that it is from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub leaves: Vec<String>,
        /// Of a summary in the documents' own words: where its sentences are, as bytes of the document (of that of the
        /// leaf of the same number).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub pieces: Vec<[u64; 2]>,
        /// Its token vectors, as `max_tokens` counts them.
        pub tokens: usize,
        /// MaxSim, or what modes bm25 and hybrid give.
        pub score: f32,
        /// Which of the queries gave the score.
        pub query: usize,
        /// Document title.
        pub title: String,
        /// Headings above the passage.
        pub heading: String,
        /// The passage's text, unless left out by `include`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub text: Option<String>,
        /// First byte in the document.
        pub start: u64,
        /// Byte after the last in the document.
        pub end: u64,
        /// The document's metadata, unless left out by `include`.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub metadata: Option<Free<Map<String, Value>>>,
        /// Of mode hybrid: where its legs had it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub legs: Option<LegsBody>,
        /// With `explain`: one entry per query token.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub explain: Option<Vec<MatchBody>>,
    }
}

compact! {
    /// Where a hit of mode hybrid stood in its legs.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct LegsBody of Legs {
        /// In `late`.
        pub late: Option<RankBody>,
        /// In `bm25`.
        pub bm25: Option<RankBody>,
    }
}

compact! {
    /// A place in a ranking.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct RankBody of Rank {
        /// From 1.
        pub rank: usize,
        /// The score that led there.
        pub score: f32,
    }
}

compact! {
    /// Which passage token a query token matched.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct MatchBody of TokenMatch {
        /// Row in the query.
        pub query_token: usize,
        /// Row in the passage.
        pub passage_token: usize,
        /// Their dot product, as scored.
        pub score: f32,
        /// Byte of the query at which its token begins; absent of special tokens and of queries that came as vectors.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub query_at: Option<usize>,
        /// Which of the hit's `title`, `heading` and `text` has the passage's token; absent if that is not known.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub part: Option<Named<HitPart>>,
        /// Byte of that part at which it begins.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub at: Option<usize>,
    }
}

compact! {
    /// Something that was done in a lesser way than asked for.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Degraded {
        /// Where.
        pub stage: String,
        /// Why.
        pub reason: String,
        /// What was done instead.
        pub fallback: String,
    }
}

compact! {
    /// How far a search was pruned.
    #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
    pub struct PruningBody of Pruning {
        /// Centroids per query token.
        pub probes: usize,
        /// Passages of which promising pairs of tokens are scored.
        pub candidates: usize,
        /// Passages that are scored whole.
        pub finalists: usize,
        /// Standard deviations before candidates are given up.
        pub slack: f32,
    }
}

compact! {
    /// How a search was carried out.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Explained {
        /// Kernels that scored.
        pub kernel: String,
        /// Passages that were scored.
        pub scored_passages: usize,
    }
}

compact! {
    /// Microseconds per stage, 0 for one that did not run.
    #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct TimingsBody {
        /// Waiting for a worker.
        pub queue_us: u64,
        /// Text to token ids.
        pub tokenize_us: u64,
        /// Token ids to token vectors.
        pub encode_us: u64,
        /// A filter to the passages that pass it.
        pub filter_us: u64,
        /// Query tokens against centroids.
        pub probe_us: u64,
        /// Postings to candidates.
        pub gather_us: u64,
        /// Candidates by centroid ids.
        pub estimate_us: u64,
        /// Candidates by codes or vectors.
        pub score_us: u64,
        /// Words in the keyword index.
        pub keywords_us: u64,
        /// Text and metadata.
        pub fetch_us: u64,
    }
}

/// How far a search was pruned. Where every passage was scored after all, nothing was.
pub fn pruned(reply: &SearchReply) -> Option<Pruning> {
    reply.pruning.filter(|pruning| !reply.certified && *pruning != Pruning::NONE)
}

impl SearchAnswer {
    /// The wire form of an engine's reply.
    pub fn new(reply: SearchReply, timings: &Timings, wishes: &Wishes) -> Self {
        let pruning = pruned(&reply);
        let explained = Explained { kernel: reply.kernel.to_owned(), scored_passages: reply.scored_passages };
        let cut = (wishes.cut > 0).then(|| Degraded::cut(wishes.cut));
        let uncertain = (wishes.certified && !reply.certified).then(|| Degraded::uncertain(&reply, wishes.asked));
        let asked = wishes.recall.filter(|_| pruning.is_some() && !reply.certified);
        let short = asked.filter(|recall| reply.measured_recall.is_none_or(|measured| measured < *recall));
        let short = short.map(|recall| Degraded::short_of(recall, reply.measured_recall));
        let failed = reply.failed_legs.iter().map(Degraded::leg);
        Self {
            degraded: failed.chain([cut, uncertain, short].into_iter().flatten()).collect(),
            hits: reply.hits.into_iter().map(|hit| HitBody::new(hit, wishes.include)).collect(),
            generation: reply.generation,
            applied_filter: wishes.filter.clone(),
            partial: reply.partial,
            certified: reply.certified,
            pruning: pruning.map(PruningBody::of),
            timings: TimingsBody::new(timings),
            explain: wishes.explain.then_some(explained),
        }
    }
}

impl Degraded {
    /// Mode hybrid went without one of its rankings.
    fn leg(failed: &FailedLeg) -> Self {
        let other = if failed.leg == Mode::Late.name() { Mode::Bm25 } else { Mode::Late };
        Self { stage: failed.leg.to_owned(), reason: failed.reason.clone(), fallback: format!("{other} alone") }
    }

    /// The encoder's limit is shorter than the query.
    fn cut(tokens: usize) -> Self {
        Self {
            stage: Stage::Tokenize.name().to_owned(),
            reason: format!("the query is {tokens} tokens longer than the encoder's limit"),
            fallback: "its first tokens".to_owned(),
        }
    }

    /// The encoder's limit is shorter than some texts.
    pub(crate) fn texts_cut(texts: usize, tokens: usize) -> Self {
        Self {
            stage: Stage::Tokenize.name().to_owned(),
            reason: format!("{texts} of the texts are longer than the encoder's limit, by {tokens} tokens together"),
            fallback: "their first tokens".to_owned(),
        }
    }

    /// No effort was measured to find as much as was asked for.
    fn short_of(recall: f64, measured: Option<f64>) -> Self {
        let reason = match measured {
            Some(measured) => {
                format!("no effort was measured to reach recall {recall}; the largest reached {measured:.4}")
            }
            None => format!("this collection was not fitted, so that no effort is known to reach recall {recall}"),
        };
        let fallback = if measured.is_some() { "the largest effort" } else { "the default effort" };
        Self { stage: Stage::Probe.name().to_owned(), reason, fallback: fallback.to_owned() }
    }

    /// Certainty was asked for and not reached.
    fn uncertain(reply: &SearchReply, asked: usize) -> Self {
        let scores = reply.passages.saturating_mul(asked);
        let why = if reply.partial { "the deadline passed" } else { "the search ended" };
        Self {
            stage: Stage::Score.name().to_owned(),
            reason: format!("{why} when {} of {scores} passages were scored", reply.scored_passages),
            fallback: "the best hits among those".to_owned(),
        }
    }
}

impl HitBody {
    pub(super) fn new(hit: Hit, include: Include) -> Self {
        Self {
            passage_id: hit.passage_id,
            document_id: hit.document_id,
            kind: Named(hit.kind),
            layer: hit.layer,
            leaves: hit.leaves,
            pieces: hit.pieces,
            tokens: hit.tokens,
            score: hit.score,
            query: hit.query,
            title: hit.title,
            heading: hit.heading,
            text: include.text.then_some(hit.text),
            start: hit.start,
            end: hit.end,
            metadata: include.metadata.then_some(Free(hit.metadata)),
            legs: Mirror::of(hit.legs),
            explain: Mirror::of(hit.explain),
        }
    }
}

impl TimingsBody {
    fn new(timings: &Timings) -> Self {
        let micros = |stage| u64::try_from(timings.get(stage).as_micros()).unwrap_or(u64::MAX);
        Self {
            queue_us: micros(Stage::Queue),
            tokenize_us: micros(Stage::Tokenize),
            encode_us: micros(Stage::Encode),
            filter_us: micros(Stage::Filter),
            probe_us: micros(Stage::Probe),
            gather_us: micros(Stage::Gather),
            estimate_us: micros(Stage::Estimate),
            score_us: micros(Stage::Score),
            keywords_us: micros(Stage::Keywords),
            fetch_us: micros(Stage::Fetch),
        }
    }
}
