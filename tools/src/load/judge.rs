//! How good a reply is: its documents against the judgments of its query.

use serde::{Deserialize, Serialize};

use super::{Api, Failure, maxsimd, next_plaid};
use crate::measure::{Judgments, Quality};

/// Judges replies to one query.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    /// The number of the query.
    pub(super) query: usize,
    pub(super) judgments: Judgments,
}

/// What a reply is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    query: usize,
    quality: Quality,
    /// The deadline came before the search was over.
    partial: bool,
}

/// Means over queries, each the mean of its replies, so that all weigh the same however often they were asked. They are of what
/// was returned: requests that failed are no part of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Replies that were judged.
    pub replies: u64,
    /// Different queries that they answer. Means of some of the queries say nothing of the others.
    pub queries: usize,
    /// Replies to which the deadline came before the search was over.
    pub partial: u64,
    /// nDCG@10.
    pub ndcg_at_10: f64,
    /// Share of relevant documents among the first ten.
    pub recall_at_10: f64,
}

impl Judge {
    /// Judges the body of a reply.
    pub(super) fn verdict(&self, api: Api, body: &[u8]) -> Result<Verdict, Failure> {
        let read = match api {
            Api::Maxsimd | Api::MaxsimdCompact => maxsimd::found(api.form(), body),
            Api::NextPlaid => next_plaid::found(body).map(|ranking| (ranking, false)),
        };
        let (ranking, partial) = read.ok_or(Failure::Unreadable)?;
        Ok(Verdict { query: self.query, quality: Quality::of(&ranking, &self.judgments), partial })
    }
}

impl Judged {
    /// Of all replies; none if none was judged.
    pub(super) fn of(verdicts: impl Iterator<Item = Verdict>) -> Option<Self> {
        let mut verdicts: Vec<Verdict> = verdicts.collect();
        verdicts.sort_unstable_by_key(|one| one.query);
        let queries: Vec<&[Verdict]> = verdicts.chunk_by(|one, other| one.query == other.query).collect();
        let mean = |key| {
            let of_query = |replies: &&[Verdict]| {
                replies.iter().map(|one| one.quality.named(key)).sum::<f64>() / replies.len() as f64
            };
            queries.iter().map(of_query).sum::<f64>() / queries.len() as f64
        };
        (!verdicts.is_empty()).then(|| Self {
            replies: verdicts.len() as u64,
            queries: queries.len(),
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
                queries: one.queries.max(other.queries),
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
        let judgments = [("a".to_owned(), 1), ("3".to_owned(), 1)].into();
        Judge { query: 0, judgments }.verdict(api, body.as_bytes())
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
    fn a_query_weighs_the_same_however_often_it_is_asked() {
        let verdict = |query, ids: &str| {
            let judge = Judge { query, judgments: [("1".to_owned(), 1)].into() };
            judge
                .verdict(
                    Api::NextPlaid,
                    format!("{{\"results\":[{{\"document_ids\":[{ids}],\"scores\":[1.0]}}]}}").as_bytes(),
                )
                .unwrap()
        };
        let judged =
            Judged::of([verdict(0, "1"), verdict(1, "2"), verdict(0, "1"), verdict(0, "1")].into_iter()).unwrap();
        assert_eq!((judged.replies, judged.queries, judged.recall_at_10), (4, 2, 0.5));
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
        let judged = |replies, mean| Judged { replies, queries: 1, partial: 1, ndcg_at_10: mean, recall_at_10: mean };
        let merged = Judged::merged([judged(0, 0.0), judged(1, 1.0), judged(3, 0.5)].iter()).unwrap();
        assert_eq!((merged.replies, merged.partial, merged.ndcg_at_10), (4, 2, 0.625));
        assert_eq!(Judged::merged([].iter()), None);
    }
}
