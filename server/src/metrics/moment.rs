//! What a daemon is like at the moment it is asked: looked up then, so that nothing of it can be out of date, and what is gone is
//! not there.

use std::fmt;
use std::sync::Arc;

use maxsimd_engine::collection::{Description, Generation};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use super::process::Process;
use crate::Instance;
use crate::workers::{FirstStep, Workers};

/// Collections that are told of one by one; of more, only how many there are.
const MOST_COLLECTIONS: usize = 1000;

/// A daemon at one moment.
#[derive(Debug)]
pub(crate) struct Moment {
    daemon: Daemon,
    process: Process,
}

#[derive(Debug)]
struct Daemon {
    ready: bool,
    draining: bool,
    most_connections: u64,
    collections: usize,
    failing: usize,
    queues: [(&'static str, Queue); 4],
    served: Vec<Served>,
}

/// A bounded queue and the threads behind it.
#[derive(Debug, Clone, Copy)]
struct Queue {
    waiting: usize,
    capacity: usize,
    threads: usize,
}

/// A collection that is served.
#[derive(Debug)]
struct Served {
    generation: Arc<Generation>,
    /// Operations and bytes that are acknowledged and not in a generation yet.
    unapplied: (u64, u64),
}

impl Queue {
    fn of<S: FirstStep>(workers: &Workers<S>) -> Self {
        Self { waiting: workers.waiting(), capacity: workers.capacity(), threads: workers.threads() }
    }
}

impl Moment {
    /// Looks around; may wait for locks.
    pub(crate) fn of(instance: &Instance) -> Self {
        let served = instance.collections.serving().into_iter().take(MOST_COLLECTIONS).map(|generation| {
            let writer = instance.writers.opened(&generation.description().name);
            let unapplied = writer.map_or((0, 0), |writer| {
                (writer.live().acknowledged().saturating_sub(writer.upto()), writer.live().backlog())
            });
            Served { generation, unapplied }
        });
        let daemon = Daemon {
            ready: instance.ready(),
            draining: instance.draining(),
            most_connections: instance.limits.connections as u64,
            collections: instance.collections.count(),
            failing: instance.failing().len(),
            queues: [
                ("search", Queue::of(&instance.workers)),
                ("encode", Queue::of(instance.bulk.pool())),
                ("answer", Queue::of(instance.answers.pool())),
                ("write", Queue::of(&instance.changes)),
            ],
            served: served.collect(),
        };
        Self { daemon, process: Process::now(instance.started) }
    }

    /// As metrics.
    pub(super) fn register(self, registry: &mut Registry) {
        let Self { daemon, process } = self;
        registry.sub_registry_with_prefix("maxsimd").register_collector(Box::new(daemon));
        registry.sub_registry_with_prefix("process").register_collector(Box::new(process));
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        Self::encode(self, &mut encoder)
    }
}

impl Collector for Daemon {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauge = |name, help, value: u64| {
            encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
        };
        gauge("ready", "1 if requests should be sent here, as /readyz says", self.ready.into())?;
        gauge("draining", "1 while the daemon stops", self.draining.into())?;
        gauge("max_connections", "Connections that may be open", self.most_connections)?;
        gauge("collections", "Collections", self.collections as u64)?;
        gauge("failing_collections", "Collections whose newest generation cannot be served", self.failing as u64)?;
        self.queues(&mut encoder)?;
        self.collections(&mut encoder)
    }
}

impl Daemon {
    fn queues(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut each = |name, help, value: fn(&Queue) -> usize| {
            let labelled = self.queues.iter().map(|(name, queue)| (*name, value(queue) as u64));
            family(encoder, (name, help), "queue", labelled)
        };
        each("queue_waiting", "Requests that wait in each queue", |queue| queue.waiting)?;
        each("queue_capacity", "Requests that may wait in each queue; more are refused", |queue| queue.capacity)?;
        each("queue_threads", "Threads that work on each queue", |queue| queue.threads)
    }

    fn collections(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut each = |name, help, value: fn(&Description) -> u64| {
            let labelled = self.served.iter().map(|served| (served.name(), value(served.generation.description())));
            family(encoder, (name, help), "collection", labelled)
        };
        each("collection_generation", "Number of the generation that is served", |held| held.generation)?;
        each("collection_documents", "Documents", |held| held.documents)?;
        each("collection_passages", "Passages", |held| held.passages)?;
        let help = "Passages that are deleted and still stored";
        each("collection_deleted_passages", help, |held| held.deleted_passages)?;
        each("collection_token_vectors", "Token vectors of all stored passages and nodes", |held| held.token_vectors)?;
        each("collection_segments", "Segments", |held| held.segments as u64)?;
        let help = "Bytes of the files that are mapped: index, texts and kept vectors";
        each("collection_mapped_bytes", help, |held| held.index_bytes + held.text_bytes + held.vector_bytes)?;
        let mut waiting = |name, help, value: fn((u64, u64)) -> u64| {
            let labelled = self.served.iter().map(|served| (served.name(), value(served.unapplied)));
            family(encoder, (name, help), "collection", labelled)
        };
        let help = "Acknowledged operations that no generation holds yet";
        waiting("collection_unapplied_operations", help, |(operations, _)| operations)?;
        waiting("collection_unapplied_bytes", "Bytes of these operations", |(_, bytes)| bytes)
    }
}

impl Served {
    fn name(&self) -> &str {
        self.generation.description().name.as_str()
    }
}

/// A gauge for each value of one label.
fn family<'a, V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    label: &str,
    mut values: impl Iterator<Item = (&'a str, V)>,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    values.try_for_each(|(of, value)| family.encode_family(&[(label, of)])?.encode_gauge(&value))
}
