//! What share of the true hits the last shadowed searches of each collection found, as a gauge.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use maxsimd_engine::collection::CollectionName;
use maxsimd_engine::live::Gauge;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue};
use prometheus_client::metrics::MetricType;

/// Searches that a gauge is the mean of.
const WINDOW: usize = 200;

type Windows = BTreeMap<CollectionName, VecDeque<Recall>>;

/// What one search found of the true hits, and what it was promised to find.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recall {
    pub(crate) found: f64,
    pub(crate) promised: f64,
}

/// The last recalls of each collection.
#[derive(Debug, Default)]
pub(crate) struct Recalls(Mutex<Windows>);

impl Recalls {
    /// Adds one search's recall.
    pub(crate) fn note(&self, collection: &CollectionName, recall: Recall) {
        let mut windows = self.windows();
        let window = windows.entry(collection.clone()).or_default();
        if window.len() == WINDOW {
            window.pop_front();
        }
        window.push_back(recall);
    }

    /// What was measured of a collection.
    pub(crate) fn of(&self, collection: &CollectionName) -> Option<Gauge> {
        let windows = self.windows();
        let window = windows.get(collection)?;
        let promised = mean(window, |recall| recall.promised);
        Some(Gauge { searches: window.len() as u64, recall: mean(window, |recall| recall.found), promised })
    }

    /// Begins anew for a collection.
    pub(crate) fn forget(&self, collection: &CollectionName) {
        self.windows().remove(collection);
    }

    /// Forgets collections that are gone.
    pub(crate) fn keep(&self, exists: impl Fn(&CollectionName) -> bool) {
        self.windows().retain(|name, _| exists(name));
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        // Every change is whole, so that a panic elsewhere leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Recalls {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let windows = self.windows().clone();
        let help = "Share of exhaustive's hits that shadowed searches found, mean over the last 200";
        gauges(&mut encoder, ("recall", help), &windows, |window| mean(window, |recall| recall.found))?;
        let help = "Shadowed searches that the recall is a mean of";
        gauges(&mut encoder, ("recall_searches", help), &windows, |window| window.len() as u64)
    }
}

fn gauges<V: EncodeGaugeValue>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    windows: &Windows,
    value: impl Fn(&VecDeque<Recall>) -> V,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    windows.iter().try_for_each(|(collection, window)| {
        family.encode_family(&[("collection", collection.as_str())])?.encode_gauge(&value(window))
    })
}

fn mean(window: &VecDeque<Recall>, value: impl Fn(&Recall) -> f64) -> f64 {
    window.iter().map(value).sum::<f64>() / window.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text;
    use prometheus_client::registry::Registry;

    use super::*;

    fn name(name: &str) -> CollectionName {
        CollectionName::parse(name).expect("a name")
    }

    fn scraped(recalls: &std::sync::Arc<Recalls>) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(std::sync::Arc::clone(recalls)));
        let mut out = String::new();
        text::encode(&mut out, &registry).expect("a String takes everything");
        out
    }

    #[test]
    fn the_gauge_is_the_mean_of_the_last_searches_of_collections_that_exist() {
        let recalls = std::sync::Arc::new(Recalls::default());
        let of = |found, promised| Recall { found, promised };
        recalls.note(&name("gone"), of(0.5, 0.9));
        (0..WINDOW).for_each(|_| recalls.note(&name("docs"), of(0.0, 1.0)));
        (0..WINDOW / 2).for_each(|_| recalls.note(&name("docs"), of(1.0, 0.5)));
        assert_eq!(recalls.of(&name("docs")), Some(Gauge { searches: 200, recall: 0.5, promised: 0.75 }));
        assert_eq!(recalls.of(&name("none")), None);
        assert!(scraped(&recalls).contains("recall{collection=\"gone\"} 0.5\n"));
        recalls.keep(|collection| collection.as_str() == "docs");
        let out = scraped(&recalls);
        assert!(out.contains("recall{collection=\"docs\"} 0.5\n"), "{out}");
        assert!(out.contains("recall_searches{collection=\"docs\"} 200\n"), "{out}");
        assert!(!out.contains("gone"), "{out}");
    }
}
