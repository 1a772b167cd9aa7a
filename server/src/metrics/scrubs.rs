//! What the daemon counts of its scrubbing.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Figures of scrubbing.
#[derive(Debug, Default)]
pub(crate) struct Scrubs {
    bytes: Counter,
    rounds: Counter,
    damaged: Gauge,
}

impl Scrubs {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("scrubbed_bytes", "Bytes of files that were checked again", self.bytes.clone());
        registry.register("scrubs", "Rounds over all files", self.rounds.clone());
        registry.register("damaged_stretches", "Damage that the last whole round found", self.damaged.clone());
    }

    pub(crate) fn checked(&self, bytes: u64) {
        self.bytes.inc_by(bytes);
    }

    pub(crate) fn round(&self, damaged: usize) {
        self.rounds.inc();
        self.damaged.set(i64::try_from(damaged).unwrap_or(i64::MAX));
    }
}
