//! What the daemon counts of writes.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counters of writes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    requests: Counter,
    documents: Counter,
    failed: Counter,
    merged: Counter,
}

impl Changes {
    pub(super) fn register(&self, registry: &mut Registry) {
        let changes = "Changes that were made durable and acknowledged";
        registry.register("changes", changes, self.requests.clone());
        let documents = "Documents and ids in acknowledged changes";
        registry.register("changed_documents", documents, self.documents.clone());
        let failed = "Acknowledged changes that failed for good, because they could not be encoded";
        registry.register("failed_changes", failed, self.failed.clone());
        let merged = "Segments that compaction merged or wrote anew";
        registry.register("merged_segments", merged, self.merged.clone());
    }

    pub(crate) fn acknowledged(&self, documents: usize) {
        self.requests.inc();
        self.documents.inc_by(documents as u64);
    }

    pub(crate) fn failed(&self) {
        self.failed.inc();
    }

    pub(crate) fn merged(&self, segments: usize) {
        self.merged.inc_by(segments as u64);
    }
}
