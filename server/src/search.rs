//! One search on a worker: query texts to vectors, vectors to hits, hits to JSON.

use std::sync::Arc;
use std::time::Instant;

use maxsimd_engine::collection::{EncoderId, Generation};
use maxsimd_engine::search::SearchRequest;
use maxsimd_engine::{Context, Error, Stage, Timings, TokenMatrix};

use crate::Ticket;
use crate::encoder::EncoderSlot;
use crate::encodings::Encodings;
use crate::error::{Code, Problem};
use crate::metrics::Metrics;
use crate::shadow::{Live, Shadows};
use crate::wire::{Ask, Search, SearchAnswer, Wishes};

/// What a search needs beside the request.
pub(crate) struct Job<'a> {
    pub(crate) generation: &'a Arc<Generation>,
    pub(crate) encoder: &'a EncoderSlot,
    pub(crate) encodings: &'a Encodings,
    pub(crate) deadline: Instant,
    pub(crate) ticket: &'a Ticket,
    pub(crate) measures: (&'a Metrics, &'a Shadows),
}

/// A reply's body and where the time went.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) json: Vec<u8>,
    pub(crate) timings: Timings,
}

impl Job<'_> {
    pub(crate) fn answer(&self, search: Search) -> Result<Answered, Problem> {
        let context = Context::until(self.deadline).cancelled_by(Arc::clone(&self.ticket.cancelled));
        context.note(Stage::Queue, self.ticket.queued);
        context.check()?;
        let (queries, cut) = self.queries(&context, search.ask)?;
        let Search { k, mode, min_score, recall, certified, explain, include, .. } = search;
        let request = SearchRequest { min_score, recall, certified, explain, ..SearchRequest::new(queries, k, mode) };
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

    /// Token vectors of each query, and how many tokens did not fit.
    fn queries(&self, context: &Context, ask: Ask) -> Result<(Vec<TokenMatrix>, usize), Problem> {
        match ask {
            Ask::Vectors(vectors) => Ok((vec![vectors], 0)),
            Ask::Texts { field, texts } => {
                let encoder = self.encoder.get()?;
                let fingerprint = encoder.fingerprint().0.clone();
                self.generation.check_encoder(&EncoderId { name: encoder.name().to_owned(), fingerprint })?;
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let encoded = self.encodings.of(&*encoder, context, &texts, self.measures.0);
                let encoded = encoded.map_err(|error| match error {
                    Error::Invalid { reason, .. } => Problem::field(field, reason),
                    other => other.into(),
                })?;
                let cut = encoded.iter().map(|query| query.truncated_tokens).sum();
                Ok((encoded.iter().map(|query| query.vectors.clone()).collect(), cut))
            }
        }
    }
}
