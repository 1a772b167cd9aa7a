//! How good a reply is: its documents against the judgments of its query.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Api, Failure};
use crate::measure::{Judgments, Quality, Ranking};

/// Judges replies to one query.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    pub(super) api: Api,
    pub(super) judgments: Judgments,
}

/// What a reply is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    quality: Quality,
    /// The deadline came before the search was over.
    partial: bool,
}

/// Means over the replies of a run: of what was returned, so that requests which failed are no part of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Replies that were judged; if there are fewer of them than queries, they are of some of the queries only.
    pub replies: u64,
    /// Replies to which the deadline came before the search was over.
    pub partial: u64,
    /// nDCG@10.
    pub ndcg_at_10: f64,
    /// Share of relevant documents among the first ten.
    pub recall_at_10: f64,
}

/// What is read of a reply of maxsimd.
#[derive(Deserialize)]
struct Found {
    hits: Vec<Hit>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Hit {
    document_id: Option<String>,
    score: f32,
}

/// What is read of a reply of next-plaid.
#[derive(Deserialize)]
struct Results {
    results: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    document_ids: Vec<i64>,
    scores: Vec<f32>,
    #[serde(default)]
    metadata: Vec<Option<Value>>,
}

impl Judge {
    /// Judges the body of a reply.
    pub(super) fn verdict(&self, body: &[u8]) -> Result<Verdict, Failure> {
        let read = match self.api {
            Api::Maxsimd => of_maxsimd(body),
            Api::NextPlaid => of_next_plaid(body),
        };
        let (ranking, partial) = read.map_err(|_| Failure::Unreadable)?;
        Ok(Verdict { quality: Quality::of(&ranking, &self.judgments), partial })
    }
}

fn of_maxsimd(body: &[u8]) -> serde_json::Result<(Ranking, bool)> {
    let Found { hits, partial } = serde_json::from_slice(body)?;
    Ok((Ranking::new(hits.into_iter().filter_map(|hit| Some((hit.document_id?, hit.score)))), partial))
}

fn of_next_plaid(body: &[u8]) -> serde_json::Result<(Ranking, bool)> {
    let Results { results } = serde_json::from_slice(body)?;
    Ok((Ranking::new(results.into_iter().flat_map(Numbered::named)), false))
}

impl Numbered {
    /// Its documents have numbers; the name of one is `id` of its metadata.
    fn named(self) -> impl Iterator<Item = (String, f32)> {
        let metadata = self.metadata.into_iter().map(Option::unwrap_or_default).chain(std::iter::repeat(Value::Null));
        let name = |(number, data): (i64, Value)| data["id"].as_str().map_or_else(|| number.to_string(), str::to_owned);
        self.document_ids.into_iter().zip(metadata).map(name).zip(self.scores)
    }
}

impl Judged {
    /// Of all replies; none if none was judged.
    pub(super) fn of(verdicts: impl Iterator<Item = Verdict>) -> Option<Self> {
        let verdicts: Vec<Verdict> = verdicts.collect();
        let replies = verdicts.len() as u64;
        let mean = |key| verdicts.iter().map(|one| one.quality.named(key)).sum::<f64>() / replies as f64;
        (replies > 0).then(|| Self {
            replies,
            partial: verdicts.iter().filter(|one| one.partial).count() as u64,
            ndcg_at_10: mean("ndcg_at_10"),
            recall_at_10: mean("recall_at_10"),
        })
    }

    /// Of the replies of several processes.
    pub(super) fn merged<'a>(all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        all.copied().filter(|one| one.replies > 0).reduce(|one, other| {
            let replies = one.replies + other.replies;
            let share = other.replies as f64 / replies as f64;
            let mean = |one: f64, other: f64| one + (other - one) * share;
            Self {
                replies,
                partial: one.partial + other.partial,
                ndcg_at_10: mean(one.ndcg_at_10, other.ndcg_at_10),
                recall_at_10: mean(one.recall_at_10, other.recall_at_10),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(api: Api, body: &str) -> Result<Verdict, Failure> {
        Judge { api, judgments: [("a".to_owned(), 1), ("3".to_owned(), 1)].into() }.verdict(body.as_bytes())
    }

    #[test]
    fn documents_of_both_apis_are_judged_by_their_names() {
        let ours = r#"{"hits":[{"document_id":"a","score":2.0},{"document_id":null,"score":1.5},{"document_id":"b","score":1}],"partial":true}"#;
        let theirs = r#"{"results":[{"query_id":0,"document_ids":[7,3],"scores":[2.0,1.0],"metadata":[{"id":"a"},null]}],"num_queries":1}"#;
        let judged = [(Api::Maxsimd, ours), (Api::NextPlaid, theirs)]
            .map(|(api, body)| Judged::of([judge(api, body).unwrap()].into_iter()).unwrap());
        assert_eq!(judged.map(|one| (one.recall_at_10, one.partial)), [(0.5, 1), (1.0, 0)]);
        assert_eq!(judged[1].ndcg_at_10, 1.0);
    }

    #[test]
    fn what_has_no_hits_is_unreadable() {
        for body in ["", "{}", "{\"hits\":3}", "{\"hits\":[{}]}"] {
            assert_eq!(judge(Api::Maxsimd, body), Err(Failure::Unreadable), "{body}");
            assert_eq!(judge(Api::NextPlaid, body), Err(Failure::Unreadable), "{body}");
        }
    }

    #[test]
    fn means_of_processes_weigh_as_their_replies() {
        let judged = |replies, mean| Judged { replies, partial: 1, ndcg_at_10: mean, recall_at_10: mean };
        let merged = Judged::merged([judged(0, 0.0), judged(1, 1.0), judged(3, 0.5)].iter()).unwrap();
        assert_eq!((merged.replies, merged.partial, merged.ndcg_at_10), (4, 2, 0.625));
        assert_eq!(Judged::merged([].iter()), None);
    }
}
