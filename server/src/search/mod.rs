//! One search on a worker: token vectors to hits, hits to bytes. `queries` encodes texts, `encodings` keeps that; `replies` keeps replies.

pub(crate) mod encodings;
pub(crate) mod queries;
pub(crate) mod replies;

use std::sync::Arc;
use std::time::Instant;

use maxsimd_engine::collection::Generation;
use maxsimd_engine::filter::Filter;
use maxsimd_engine::search::{Hit, Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Stage, Timings, TokenMatrix};

use crate::Ticket;
use crate::error::Problem;
use crate::metrics::Metrics;
use crate::search::queries::{EncodedTexts, Queries};
use crate::shadow::{Live, Shadows};
use crate::wire::{Form, SearchAnswer, SearchOptions, Wishes};

/// What a search needs beside the request.
pub(crate) struct Job<'a> {
    pub(crate) generation: &'a Arc<Generation>,
    pub(crate) queries: &'a Queries,
    pub(crate) deadline: Instant,
    pub(crate) ticket: &'a Ticket,
    /// Of the reply.
    pub(crate) form: Form,
    pub(crate) measures: (&'a Metrics, &'a Shadows),
}

/// What is searched for, as modes need it.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Texts, for modes that look for words.
    pub(crate) words: Vec<String>,
    pub(crate) vectors: Vectors,
}

/// Token vectors of queries.
#[derive(Debug)]
pub(crate) enum Vectors {
    Encoded(EncodedTexts),
    Given(TokenMatrix),
    /// The mode has no use for them.
    None,
    /// The encoder failed; mode hybrid goes on without.
    Lost(Problem),
}

/// A reply's body and where the time went.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) form: Form,
    pub(crate) body: Vec<u8>,
    /// What was searched, if it was searched as it was asked, so that the same search of it gives the same again.
    pub(crate) whole: Option<Arc<Generation>>,
    pub(crate) timings: Timings,
}

impl Job<'_> {
    pub(crate) fn answer(&self, options: SearchOptions, wanted: Wanted) -> Result<Answered, Problem> {
        let context = Context::until(self.deadline).cancelled_by(Arc::clone(&self.ticket.cancelled));
        context.note(Stage::Queue, self.ticket.queued);
        context.check()?;
        let filter = options.filter.as_ref().map(|filter| bound(filter, self.generation)).transpose()?;
        let Wanted { words: texts, vectors } = wanted;
        let (queries, cut) = self.queries(&context, &vectors)?;
        let SearchOptions { k, mode, fusion, min_score, recall, certified, explain, include, .. } = options;
        let SearchOptions { scope, per_layer, fold, returns, max_tokens, .. } = options;
        let request = SearchRequest {
            texts,
            filter,
            fusion,
            min_score,
            recall,
            certified,
            explain,
            scope,
            per_layer,
            fold,
            returns,
            max_tokens,
            ..SearchRequest::new(queries, k, mode)
        };
        let mut reply = self.generation.search(&context, &request)?;
        if let Vectors::Lost(problem) = &vectors {
            reply.failed_legs.iter_mut().for_each(|leg| leg.reason.clone_from(&problem.detail));
        }
        let placed = !request.explain || self.queries.knows_its_encoder();
        if request.explain {
            self.place(&context, &vectors, &mut reply.hits)?;
        }
        let timings = context.timings();
        let (metrics, shadows) = self.measures;
        metrics.searched(mode, &timings);
        let whole = placed && !reply.partial && reply.failed_legs.is_empty() && Instant::now() < self.deadline;
        let whole = whole.then(|| Arc::clone(self.generation));
        let passage_ids = || reply.hits.iter().map(|hit| hit.passage_id.clone()).collect();
        let chosen = (mode == Mode::Late && shadows.choose(&reply)).then(passage_ids);
        let wishes = Wishes::of(&request, include, cut);
        let body = self.form.write(&SearchAnswer::new(reply, &timings, &wishes))?;
        if let Some(passage_ids) = chosen {
            shadows.offer(Live { generation: Arc::clone(self.generation), request, passage_ids });
        }
        Ok(Answered { form: self.form, body, whole, timings })
    }

    /// Notes where matched tokens stand, if the encoder that made them is there to tell.
    fn place(&self, context: &Context, vectors: &Vectors, hits: &mut [Hit]) -> Result<(), Problem> {
        let Some(encoder) = self.queries.encoder_of(self.generation) else { return Ok(()) };
        let starts: Vec<&[Option<usize>]> = match vectors {
            Vectors::Encoded(EncodedTexts { encoded, .. }) => encoded.iter().map(|query| &*query.starts).collect(),
            Vectors::Given(_) | Vectors::None | Vectors::Lost(_) => Vec::new(),
        };
        Ok(self.generation.place_matches(context, &*encoder, &starts, hits)?)
    }

    /// Token vectors of each query, and how many tokens did not fit.
    fn queries(&self, context: &Context, vectors: &Vectors) -> Result<(Vec<TokenMatrix>, usize), Problem> {
        match vectors {
            Vectors::Given(vectors) => Ok((vec![vectors.clone()], 0)),
            Vectors::None | Vectors::Lost(_) => Ok((Vec::new(), 0)),
            Vectors::Encoded(EncodedTexts { encoder, encoded, timings }) => {
                self.generation.check_encoder(encoder)?;
                timings.iter().for_each(|(stage, spent)| context.note(stage, spent));
                let cut = encoded.iter().map(|query| query.truncated_tokens).sum();
                Ok((encoded.iter().map(|query| query.vectors.clone()).collect(), cut))
            }
        }
    }
}

/// A filter with the types of a collection's fields.
pub(crate) fn bound(filter: &serde_json::Value, generation: &Generation) -> Result<Filter, Problem> {
    Filter::from_json(filter, &generation.description().fields).map_err(|error| Error::from(error).into())
}
