//! Where the time of requests goes, stage by stage.

use maxsimd_engine::Timings;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::Label;

/// Histograms of stages, by what was asked for.
#[derive(Debug)]
pub(crate) struct Stages {
    searches: Family<Label, Histogram>,
    encodings: Family<Label, Histogram>,
    answers: Family<Label, Histogram>,
}

impl Default for Stages {
    fn default() -> Self {
        Self {
            searches: Family::new_with_constructor(short),
            encodings: Family::new_with_constructor(long),
            answers: Family::new_with_constructor(long),
        }
    }
}

impl Stages {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Time that answered searches spent in each stage that they ran";
        registry.register("search_stage_seconds", help, self.searches.clone());
        let help = "Time that texts encoded or ranked for their own sake spent in each stage";
        registry.register("encode_stage_seconds", help, self.encodings.clone());
        let help = "Time that answers spent in each stage, their searches included";
        registry.register("answer_stage_seconds", help, self.answers.clone());
    }

    /// Notes a search.
    pub(crate) fn searched(&self, timings: &Timings) {
        note(&self.searches, timings);
    }

    /// Notes a request for texts to be encoded or ranked.
    pub(crate) fn encoded(&self, timings: &Timings) {
        note(&self.encodings, timings);
    }

    /// Notes an answer.
    pub(crate) fn answered(&self, timings: &Timings) {
        note(&self.answers, timings);
    }
}

fn note(family: &Family<Label, Histogram>, timings: &Timings) {
    for (stage, spent) in timings.iter() {
        family.get_or_create(&[("stage", stage.name())]).observe(spent.as_secs_f64());
    }
}

/// From 50 microseconds to 1.6 seconds.
fn short() -> Histogram {
    Histogram::new(exponential_buckets(50e-6, 2.0, 16))
}

/// From 200 microseconds to 105 seconds.
fn long() -> Histogram {
    Histogram::new(exponential_buckets(200e-6, 2.0, 20))
}
