//! What an answer asks of collections, done in the pool of searches while the answer waits.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use crossbeam::channel::{RecvTimeoutError, bounded};
use maxsimd_engine::answer::{
    Around, Collections, Compared, Contexts, Evidence, Feedback, Retrieved, Source, Sources, Wanted, Web,
};
use maxsimd_engine::construct::{Constructed, Now};
use maxsimd_engine::search::Mode;
use maxsimd_engine::{Context, Document, Result, Stage, Timings, TokenMatrix};

use crate::Overloaded;
use crate::metrics::Metrics;
use crate::search::queries::Queries;
use crate::workers::Workers;

/// How often one who waits looks at whether there is still a reason to.
const LOOK: Duration = Duration::from_millis(20);
/// An answer that is under way waits for a place in the queue; so often it looks for one.
const PAUSE: Duration = Duration::from_millis(2);

/// Collections behind the pool.
pub(super) struct Pooled {
    pub(super) asked: Collections,
    pub(super) workers: Arc<Workers<Queries>>,
    pub(super) metrics: Arc<Metrics>,
}

impl Sources for Pooled {
    fn all(&self) -> &[Source] {
        self.asked.all()
    }

    fn retrieve(&self, context: &Context, wanted: &Wanted) -> Result<Retrieved> {
        let wanted = wanted.clone();
        let (found, timings) = self.pooled(context, move |asked, context| asked.retrieve(context, &wanted))?;
        self.metrics.searched(Mode::Hybrid, &timings);
        Ok(found)
    }

    fn widen(&self, context: &Context, found: &Retrieved, around: Around, max_tokens: usize) -> Result<Retrieved> {
        let found = found.clone();
        Ok(self.pooled(context, move |asked, context| asked.widen(context, &found, around, max_tokens))?.0)
    }

    fn compare(&self, context: &Context, texts: &[Compared], contexts: &Arc<Contexts>) -> Result<Vec<Evidence>> {
        let (texts, contexts) = (texts.to_vec(), Arc::clone(contexts));
        Ok(self.pooled(context, move |asked, context| asked.compare(context, &texts, &contexts))?.0)
    }

    fn feedback(&self, context: &Context, found: &Retrieved, wanted: Feedback) -> Result<TokenMatrix> {
        let found = found.clone();
        Ok(self.pooled(context, move |asked, context| asked.feedback(context, &found, wanted))?.0)
    }

    fn judge(&self, context: &Context, question: &str, contexts: &Arc<Contexts>) -> Result<Option<Vec<f32>>> {
        let (question, contexts) = (question.to_owned(), Arc::clone(contexts));
        Ok(self.pooled(context, move |asked, context| asked.judge(context, &question, &contexts))?.0)
    }

    fn construct(&self, context: &Context, question: &str, now: Now) -> Result<Vec<Constructed>> {
        let question = question.to_owned();
        Ok(self.pooled(context, move |asked, context| asked.construct(context, &question, now))?.0)
    }

    fn web(&self) -> Option<&Web> {
        self.asked.web()
    }

    fn with_pages(&self, context: &Context, pages: Vec<Document>) -> Result<Box<dyn Sources>> {
        let (asked, _) =
            self.pooled(context, move |asked, context| Collections::with_pages(asked, context, pages.clone()))?;
        Ok(Box::new(Self { asked, workers: Arc::clone(&self.workers), metrics: Arc::clone(&self.metrics) }))
    }

    fn encode(&self, context: &Context, texts: &[String]) -> Result<Vec<TokenMatrix>> {
        let texts = texts.to_vec();
        Ok(self.pooled(context, move |asked, context| asked.encode(context, &texts))?.0)
    }
}

impl Pooled {
    /// Does work in the pool, with the deadline and cancellation of a context that gets its timings.
    fn pooled<T: Send + 'static>(
        &self,
        context: &Context,
        work: impl Fn(&Collections, &Context) -> Result<T> + Send + Sync + 'static,
    ) -> Result<(T, Timings)> {
        let work = Arc::new(work);
        let pending = loop {
            context.check()?;
            let (sender, receiver) = bounded(1);
            let (asked, work, own) = (self.asked.clone(), Arc::clone(&work), context.fork());
            let submitted = self.workers.try_submit_aside(move |ticket| {
                own.note(Stage::Queue, ticket.queued);
                let done = work(&asked, &own);
                // Nobody may wait for it any more.
                let _ = sender.send(done.map(|done| (done, own.timings())));
            });
            match submitted {
                Ok(job) => break (job, receiver),
                Err(Overloaded) => std::thread::sleep(PAUSE),
            }
        };
        let (_job, receiver) = pending;
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(done) => {
                    let (done, timings) = done?;
                    timings.iter().for_each(|(stage, spent)| context.note(stage, spent));
                    return Ok((done, timings));
                }
                Err(RecvTimeoutError::Timeout) => context.check()?,
                // It panicked, and so does what waits for it: its own pool turns that into a reply.
                Err(RecvTimeoutError::Disconnected) => resume_unwind(Box::new("a search of an answer panicked")),
            }
        }
    }
}
