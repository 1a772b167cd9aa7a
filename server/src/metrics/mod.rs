//! What the daemon counts, for `GET /metrics`.

mod answers;
mod changes;
mod moment;
mod process;
mod requests;
mod scrubs;
mod stages;

use std::fmt;
use std::sync::Arc;

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::search::Mode;
use maxsimd_engine::{Timings, kernels};
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use crate::shadow::{Recall, Recalls};
use answers::Answers;
use changes::Changes;
pub(crate) use moment::Moment;
use requests::Requests;
use scrubs::Scrubs;
use stages::Stages;

/// Whether a reply was kept.
const KEPT: [&str; 2] = ["no", "yes"];

type Label = [(&'static str, &'static str); 1];

/// Counters, gauges and histograms of one daemon.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    searches: Family<Label, Counter>,
    encodings: Family<Label, Counter>,
    texts: Family<Label, Counter>,
    kept_replies: Family<Label, Counter>,
    shadowed: Counter,
    /// Requests and connections.
    pub(crate) requests: Requests,
    /// Where their time goes.
    pub(crate) stages: Stages,
    /// What is answered.
    pub(crate) answers: Answers,
    /// What is written.
    pub(crate) changes: Changes,
    /// What is checked again.
    pub(crate) scrubs: Scrubs,
    /// Searches that were to be shadowed, and too many others waited.
    pub(crate) dropped_shadows: Counter,
    /// What shadowed searches found.
    pub(crate) recalls: Arc<Recalls>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("maxsimd"),
            searches: Family::default(),
            encodings: Family::default(),
            texts: Family::default(),
            kept_replies: Family::default(),
            shadowed: Counter::default(),
            requests: Requests::default(),
            stages: Stages::default(),
            answers: Answers::default(),
            changes: Changes::default(),
            scrubs: Scrubs::default(),
            dropped_shadows: Counter::default(),
            recalls: Arc::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        for mode in Mode::ALL {
            // So that modes which nobody uses are there as zeros.
            drop(self.searches.get_or_create(&[("mode", mode.name())]));
        }
        self.encoded(0, 0);
        for kept in KEPT {
            drop(self.kept_replies.get_or_create(&[("kept", kept)]));
        }
        ["encode", "embeddings", "rerank"].into_iter().for_each(|route| self.texts(route, 0));
        let registry = &mut self.registry;
        // A gauge and not an info metric, which older readers of the format do not know.
        let build = [("version", env!("CARGO_PKG_VERSION")), ("kernels", kernels::best().name())];
        let build = build.map(|(name, value)| (name.into(), value.into()));
        let help = "Version of the daemon and the kernels that it scores with";
        registry.sub_registry_with_labels(build.into_iter()).register("build_info", help, ConstGauge::new(1i64));
        registry.register("searches", "Searches that were answered, by mode", self.searches.clone());
        self.requests.register(registry);
        self.stages.register(registry);
        let help = "Query texts, by whether their encoding was kept from before";
        registry.register("query_encodings", help, self.encodings.clone());
        let help = "Searches, by whether their reply was kept from before; none without --cache-mib";
        registry.register("reply_lookups", help, self.kept_replies.clone());
        registry.register("texts", "Texts that were encoded or ranked by themselves, by route", self.texts.clone());
        self.answers.register(registry);
        self.changes.register(registry);
        self.scrubs.register(registry);
        let help = "Searches that were searched again exhaustively";
        registry.register("shadowed_searches", help, self.shadowed.clone());
        let help = "Searches that were to be shadowed while too many others waited for it";
        registry.register("dropped_shadows", help, self.dropped_shadows.clone());
        registry.register_collector(Box::new(Arc::clone(&self.recalls)));
    }

    /// Counts an answered search.
    pub(crate) fn searched(&self, mode: Mode, timings: &Timings) {
        self.searches.get_or_create(&[("mode", mode.name())]).inc();
        self.stages.searched(timings);
    }

    /// Counts query texts whose encoding was kept, and those that were encoded.
    pub(crate) fn encoded(&self, kept: usize, fresh: usize) {
        for (from, count) in [("kept", kept), ("encoder", fresh)] {
            self.encodings.get_or_create(&[("from", from)]).inc_by(count as u64);
        }
    }

    /// Counts a search whose reply may have been kept.
    pub(crate) fn asked_again(&self, kept: bool) {
        self.kept_replies.get_or_create(&[("kept", KEPT[usize::from(kept)])]).inc();
    }

    /// Counts texts that were encoded for their own sake, or ranked.
    pub(crate) fn texts(&self, route: &'static str, count: usize) {
        self.texts.get_or_create(&[("route", route)]).inc_by(count as u64);
    }

    /// Counts a shadowed search.
    pub(crate) fn shadowed(&self, collection: &CollectionName, recall: Recall) {
        self.shadowed.inc();
        self.recalls.note(collection, recall);
    }

    /// Everything in the OpenMetrics text format.
    pub(crate) fn text(&self, moment: Moment) -> Result<String, fmt::Error> {
        let mut now = Registry::default();
        moment.register(&mut now);
        let mut out = String::new();
        text::encode_registry(&mut out, &self.registry)?;
        text::encode_registry(&mut out, &now)?;
        text::encode_eof(&mut out)?;
        Ok(out)
    }
}
