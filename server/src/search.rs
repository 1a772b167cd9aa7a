//! One search on a worker: token vectors to hits, hits to JSON.

use std::sync::Arc;
use std::time::Instant;

use maxsimd_engine::collection::Generation;
use maxsimd_engine::search::SearchRequest;
use maxsimd_engine::{Context, Stage, Timings, TokenMatrix};

use crate::Ticket;
use crate::error::{Code, Problem};
use crate::metrics::Metrics;
use crate::queries::EncodedTexts;
use crate::shadow::{Live, Shadows};
use crate::wire::{SearchAnswer, SearchOptions, Wishes};

/// What a search needs beside the request.
pub(crate) struct Job<'a> {
    pub(crate) generation: &'a Arc<Generation>,
    pub(crate) deadline: Instant,
    pub(crate) ticket: &'a Ticket,
    pub(crate) measures: (&'a Metrics, &'a Shadows),
}

/// What is searched for, as modes need it.
#[derive(Debug)]
pub(crate) enum Wanted {
    Texts(EncodedTexts),
    Vectors(TokenMatrix),
    Words(Vec<String>),
}

/// A reply's body and where the time went.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) json: Vec<u8>,
    pub(crate) timings: Timings,
}

impl Job<'_> {
    pub(crate) fn answer(&self, options: SearchOptions, wanted: Wanted) -> Result<Answered, Problem> {
        let context = Context::until(self.deadline).cancelled_by(Arc::clone(&self.ticket.cancelled));
        context.note(Stage::Queue, self.ticket.queued);
        context.check()?;
        let (queries, texts, cut) = self.queries(&context, wanted)?;
        let SearchOptions { k, mode, min_score, recall, certified, explain, include, deadline: _ } = options;
        let request =
            SearchRequest { texts, min_score, recall, certified, explain, ..SearchRequest::new(queries, k, mode) };
        let reply = self.generation.search(&context, &request)?;
        let timings = context.timings();
        let (metrics, shadows) = self.measures;
        metrics.searched(mode, &timings);
        let chosen = shadows.choose(&reply).then(|| reply.hits.iter().map(|hit| hit.passage_id.clone()).collect());
        let wishes = Wishes::of(&request, self.generation.description().passages, include, cut);
        let answer = SearchAnswer::new(reply, &timings, &wishes);
        let json = serde_json::to_vec(&answer).map_err(|error| Problem {
            cause: Some(error.to_string()),
            ..Problem::new(Code::Internal, "the reply cannot be written")
        })?;
        if let Some(passage_ids) = chosen {
            shadows.offer(Live { generation: Arc::clone(self.generation), request, passage_ids });
        }
        Ok(Answered { json, timings })
    }

    /// Token vectors or text of each query, and how many tokens did not fit.
    fn queries(&self, context: &Context, wanted: Wanted) -> Result<(Vec<TokenMatrix>, Vec<String>, usize), Problem> {
        match wanted {
            Wanted::Vectors(vectors) => Ok((vec![vectors], Vec::new(), 0)),
            Wanted::Words(texts) => Ok((Vec::new(), texts, 0)),
            Wanted::Texts(EncodedTexts { encoder, encoded, timings }) => {
                self.generation.check_encoder(&encoder)?;
                timings.iter().for_each(|(stage, spent)| context.note(stage, spent));
                let cut = encoded.iter().map(|query| query.truncated_tokens).sum();
                Ok((encoded.iter().map(|query| query.vectors.clone()).collect(), Vec::new(), cut))
            }
        }
    }
}
