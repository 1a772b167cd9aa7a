//! The thread that shadows: least priority, one search at a time, ends at once when told to.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crossbeam::channel::{Receiver, select_biased};
use maxsimd_engine::search::{DEFAULT_RECALL, Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Result};

use super::{Live, Recall};
use crate::background::Background;
use crate::metrics::Metrics;

/// Starts the thread. Dropping it leaves what waits.
pub(crate) fn start(live: Receiver<Live>, metrics: Arc<Metrics>) -> io::Result<Background> {
    Background::start("shadow", move |context, stopped| {
        crate::priority::lower(19);
        work(&live, stopped, context, &metrics);
    })
}

fn work(live: &Receiver<Live>, stopped: &Receiver<()>, context: &Context, metrics: &Metrics) {
    loop {
        let live = select_biased! {
            recv(stopped) -> _ => return,
            recv(live) -> live => live,
        };
        let Ok(live) = live else { return };
        let collection = &live.generation.description().name;
        // A search only reads, so nothing half-done is left by a panic.
        match catch_unwind(AssertUnwindSafe(|| recall(&live, context))) {
            Ok(Ok(Some(recall))) => metrics.shadowed(collection, recall),
            Ok(Ok(None) | Err(Error::Cancelled)) => {}
            Ok(Err(error)) => tracing::warn!(collection = collection.as_str(), %error, "a shadowed search failed"),
            Err(_) => tracing::error!(collection = collection.as_str(), "a shadowed search panicked"),
        }
    }
}

/// Share of the true hits that the live search found; `None` if there are none to find.
fn recall(live: &Live, context: &Context) -> Result<Option<Recall>> {
    let context = context.fork();
    context.check()?;
    let request = SearchRequest { mode: Mode::Exhaustive, explain: false, ..live.request.clone() };
    let truth = live.generation.search(&context, &request)?.hits;
    let found = truth.iter().filter(|hit| live.passage_ids.contains(&hit.passage_id)).count();
    let promised = live.request.recall.unwrap_or(DEFAULT_RECALL);
    Ok((!truth.is_empty()).then(|| Recall { found: found as f64 / truth.len() as f64, promised }))
}
