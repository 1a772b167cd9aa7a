//! Answers: a bounded pool of threads of their own, since they may wait for a language model; what they search and encode
//! goes through the pool of searches.

mod pooled;

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use maxsimd_engine::answer::{Answer, AnswerRequest, Collections as Collected, Event, Source, Usage, Web};
use maxsimd_engine::collection::{CollectionName, EncoderId};
use maxsimd_engine::construct::Now;
use maxsimd_engine::techniques::{self, Asked, Routed, Routing};
use maxsimd_engine::{Context, Stage, Timings};

use crate::collections::Collections;
use crate::encoder::EncoderSlot;
use crate::error::{Code, Problem};
use crate::generators::{Generators, Picked};
use crate::keys::Caller;
use crate::metrics::Metrics;
use crate::search::bound;
use crate::search::queries::Queries;
use crate::wire::AnswerAsk;
use crate::workers::{FirstStep, Pending, Pool, Ticket, Workers};
use pooled::Pooled;

/// Answers under way at most, most of them waiting for a generator, and those that wait for a place among them.
const POOL: Pool = Pool { name: "answer", threads: 16, queue: 64, niceness: 4 };

/// What will come of something in the queue, or why it has no place there.
type Queued<T> = Result<Pending<Result<T, Problem>>, Problem>;

/// Answers questions.
#[derive(Debug)]
pub(crate) struct Answers {
    pool: Workers<Alone>,
    parts: Arc<Parts>,
}

/// What an answer needs of the daemon.
#[derive(Debug)]
struct Parts {
    collections: Arc<Collections>,
    encoder: Arc<EncoderSlot>,
    workers: Arc<Workers<Queries>>,
    generators: Generators,
    web: Option<Arc<Web>>,
    metrics: Arc<Metrics>,
}

/// An answer and where the time went.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) answer: Answer,
    pub(crate) timings: Timings,
}

impl Answers {
    pub(crate) fn start(
        collections: Arc<Collections>,
        encoder: Arc<EncoderSlot>,
        workers: Arc<Workers<Queries>>,
        (generators, web): (Generators, Option<Web>),
        metrics: Arc<Metrics>,
    ) -> io::Result<Self> {
        let web = web.map(Arc::new);
        let pool = Workers::start(POOL, Arc::new(Alone))?;
        Ok(Self { pool, parts: Arc::new(Parts { collections, encoder, workers, generators, web, metrics }) })
    }

    /// Its threads and what waits for them.
    pub(crate) fn pool(&self) -> &Workers<Alone> {
        &self.pool
    }

    /// Puts a question in the queue, or says at once that there is no place. Who listens hears of it on the way.
    pub(crate) fn submit(
        &self,
        (ask, caller): (AnswerAsk, &Caller),
        arrived: Instant,
        mut tell: impl FnMut(Event<'_>) + Send + 'static,
    ) -> Queued<Answered> {
        self.queue((ask, caller), arrived, move |parts, context, asked, ask| {
            let answered = parts.with(asked, ask, |asked| {
                let answer = techniques::answer(context, asked, &mut tell)?;
                Ok(Answered { answer, timings: context.timings() })
            });
            match &answered {
                Ok(answered) => {
                    parts.metrics.stages.answered(&answered.timings);
                    parts.metrics.answers.answered(&answered.answer);
                }
                Err(problem) => parts.metrics.answers.failed(problem.code),
            }
            answered
        })
    }

    /// The same for which collections a question is for.
    pub(crate) fn route(
        &self,
        (ask, routing): (AnswerAsk, Routing),
        caller: &Caller,
        arrived: Instant,
    ) -> Queued<(Routed, Usage)> {
        self.queue((ask, caller), arrived, move |parts, context, asked, ask| {
            parts.with(asked, ask, |asked| {
                let (routed, usage, _) = techniques::route(context, asked, &routing)?;
                Ok((routed, usage))
            })
        })
    }

    fn queue<T: Send + 'static>(
        &self,
        (ask, caller): (AnswerAsk, &Caller),
        arrived: Instant,
        work: impl FnOnce(&Parts, &Context, Collected, &AnswerAsk) -> Result<T, Problem> + Send + 'static,
    ) -> Queued<T> {
        // What makes no sense costs no thread.
        let asked = self.parts.asked(&ask, caller)?;
        let parts = Arc::clone(&self.parts);
        let full = |_| Problem::new(Code::Overloaded, "too many answers at once").retry_after(1);
        let work = move |ticket: &Ticket| {
            let context = Context::until(arrived + ask.deadline).cancelled_by(Arc::clone(&ticket.cancelled));
            context.note(Stage::Queue, ticket.queued);
            work(&parts, &context, asked, &ask)
        };
        self.pool.try_submit(work).map_err(full)
    }
}

impl Parts {
    /// The collections that are asked, as they are now. The caller has to be allowed all of them.
    fn asked(&self, ask: &AnswerAsk, caller: &Caller) -> Result<Collected, Problem> {
        let source = |(at, name): (usize, &CollectionName)| {
            let at = |problem: Problem| match problem.field {
                None => problem.at(format!("collections[{at}]")),
                Some(_) => problem,
            };
            let own = self.collections.resolve(name);
            caller.check(&own, name.as_str()).map_err(at)?;
            let generation = self.collections.generation(&own).map_err(at)?;
            let filter = ask.filter.as_ref().map(|filter| bound(filter, &generation)).transpose()?;
            Ok(Source { name: name.as_str().to_owned(), generation, filter })
        };
        let sources = ask.collections.iter().enumerate().map(source).collect::<Result<Vec<_>, Problem>>()?;
        for (at, name) in ask.collections.iter().enumerate() {
            let own = self.collections.resolve(name);
            if ask.collections[..at].iter().any(|other| self.collections.resolve(other) == own) {
                let detail = format!("{} is asked already, under another name", own.as_str());
                return Err(Problem::field(format!("collections[{at}]"), detail));
            }
        }
        let collected = Collected::new(sources, self.encoder.get()?)?;
        let collected = match self.encoder.cross() {
            Some(cross) => collected.judged_by(Arc::clone(cross)),
            None => collected,
        };
        Ok(match &self.web {
            Some(web) => collected.online(Arc::clone(web)),
            None => collected,
        })
    }

    /// Does something with a question and all that it takes to answer it.
    fn with<T>(
        &self,
        asked: Collected,
        ask: &AnswerAsk,
        work: impl FnOnce(&Asked<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut calibration = self.collections.store.calibration(&EncoderId::of(&*self.encoder.get()?))?;
        calibration.threshold = ask.threshold.unwrap_or(calibration.threshold);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = Some(Now::of_unix(i64::try_from(now).unwrap_or(i64::MAX))?);
        let request = AnswerRequest { calibration, now, ..ask.request.clone() };
        let picked: Picked = self.generators.pick(ask.generator);
        let sources = Pooled { asked, workers: Arc::clone(&self.workers), metrics: Arc::clone(&self.metrics) };
        work(&Asked { sources: &sources, writer: picked.writer(), technique: &ask.technique, request: &request })
    }
}

/// Jobs that have no first step in common.
#[derive(Debug)]
pub(crate) struct Alone;

impl FirstStep for Alone {
    type Part = ();
    type Outcome = ();

    fn joins(&self, _: &[&()], (): &()) -> bool {
        false
    }

    fn run(&self, group: Vec<()>, _: &Arc<AtomicBool>) -> Vec<()> {
        group
    }
}
