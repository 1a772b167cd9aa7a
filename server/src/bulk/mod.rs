//! Work of the encoders by itself: texts to vectors, documents ranked. It may take seconds, so it has threads of its own
//! beside those of searches; encoders are shared with them, batch by batch.

mod embed;
mod encode;
mod rank;
mod slices;

pub(crate) use embed::embed;
pub(crate) use encode::encode;
pub(crate) use rank::rank;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::response::{IntoResponse, Response};
use maxsimd_engine::{Context, Stage, Timings};

use crate::answers::Alone;
use crate::encoder::EncoderSlot;
use crate::error::{Code, Problem};
use crate::http::asked::{Asked, FromBody};
use crate::http::body::Received;
use crate::http::reply::whole;
use crate::metrics::Metrics;
use crate::wire::Form;
use crate::{Lost, Pool, Workers};

/// Four requests are worked on at once: each uses every session that is free, and a short one gets past three long ones.
const POOL: Pool = Pool { name: "bulk", threads: 4, queue: 64, niceness: 12 };
/// How long a request may take that does not say so: two thousand texts take a minute on two cores, and clients that send
/// them wait for several.
const DEADLINE: Duration = Duration::from_secs(300);
/// What a request gets after its deadline to end by itself: a batch.
const GRACE: Duration = Duration::from_millis(500);

/// The threads.
#[derive(Debug)]
pub(crate) struct Bulk {
    pool: Workers<Alone>,
    models: Arc<Models>,
}

/// What the work is done with.
#[derive(Debug)]
pub(crate) struct Models {
    encoder: Arc<EncoderSlot>,
    metrics: Arc<Metrics>,
}

/// A reply's body and where the time went.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) body: Vec<u8>,
    pub(crate) timings: Timings,
}

impl Done {
    pub(crate) fn reply(self, form: Form) -> Response {
        (Extension(self.timings), whole(form, self.body)).into_response()
    }
}

impl Bulk {
    pub(crate) fn start(encoder: Arc<EncoderSlot>, metrics: Arc<Metrics>) -> io::Result<Self> {
        let pool = Workers::start(POOL, Arc::new(Alone))?;
        Ok(Self { pool, models: Arc::new(Models { encoder, metrics }) })
    }

    /// Its threads and what waits for them.
    pub(crate) fn pool(&self) -> &Workers<Alone> {
        &self.pool
    }

    /// Does the work of a request, up to the bytes of its reply, or says at once that there is no place for it.
    pub(crate) async fn run<A: FromBody + Send + 'static>(
        &self,
        (received, arrived): (Received, Instant),
        work: impl FnOnce(&Models, &Context, A) -> Result<Vec<u8>, Problem> + Send + 'static,
    ) -> Result<Done, Problem> {
        let asked = Asked::<A>::of(received)?;
        let models = Arc::clone(&self.models);
        let latest = arrived + asked.patience(DEADLINE);
        let pending = self.pool.try_submit(move |ticket| {
            let ask = asked.parsed()?;
            let deadline = arrived + ask.deadline().unwrap_or(DEADLINE);
            let context = Context::until(deadline).cancelled_by(Arc::clone(&ticket.cancelled));
            context.note(Stage::Queue, ticket.queued);
            context.check()?;
            let body = work(&models, &context, ask)?;
            let timings = context.timings();
            models.metrics.stages.encoded(&timings);
            Ok(Done { body, timings })
        });
        let full = |_| Problem::new(Code::Overloaded, "too many texts wait for the encoder").retry_after(1);
        match pending.map_err(full)?.until(latest + GRACE).await {
            Ok(done) => done,
            Err(Lost::Late) => Err(Problem::new(Code::DeadlineExceeded, "the deadline passed before this was done")),
            Err(Lost::Panicked) => Err(Problem::defect()),
        }
    }
}
