//! Shadowing: a share of live searches is searched again exhaustively, at low priority, to see what share of the true
//! hits searches find. A live search never waits for it.

mod recalls;
mod share;
mod thread;

use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, bounded};
use maxsimd_engine::collection::Generation;
use maxsimd_engine::search::{SearchReply, SearchRequest};

use crate::metrics::Metrics;
use crate::wire::pruned;
pub(crate) use recalls::{Recall, Recalls};
use share::Share;
pub(crate) use thread::start;

/// Live searches that may wait; each holds its query vectors and its generation.
const WAITING: usize = 4;

/// A live search and what it found.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) generation: Arc<Generation>,
    pub(crate) request: SearchRequest,
    pub(crate) passage_ids: Vec<String>,
}

/// Where live searches are left to be shadowed.
#[derive(Debug)]
pub(crate) struct Shadows {
    share: Share,
    waiting: Sender<Live>,
    metrics: Arc<Metrics>,
}

impl Shadows {
    /// Shadows a share of searches, from 0 to 1; the receiver is for the thread that does it.
    pub(crate) fn new(share: f64, metrics: Arc<Metrics>) -> (Self, Receiver<Live>) {
        let (waiting, live) = bounded(WAITING);
        (Self { share: Share::new(share), waiting, metrics }, live)
    }

    /// Whether a search is to be shadowed: one that may have left something out, was not cut short, and is in the share.
    pub(crate) fn choose(&self, reply: &SearchReply) -> bool {
        pruned(reply).is_some() && !reply.partial && self.share.takes_next()
    }

    /// Leaves a search to be shadowed, or drops it if too many wait.
    pub(crate) fn offer(&self, live: Live) {
        if self.waiting.try_send(live).is_err() {
            self.metrics.dropped_shadows.inc();
        }
    }
}
