//! The figures of one run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Arrivals, Client, Distribution, Judged, Load, LoadError, Measured, Operation, Pace, Point, Slo};

/// One run, as it is reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What its rate was: offered, or what the server could do at most.
    #[serde(rename = "loop")]
    pub kind: Kind,
    /// How the moments of an open loop lay in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrivals: Option<Arrivals>,
    /// Requests a second that were meant to be sent; none in a closed loop.
    pub offered_per_s: Option<f64>,
    /// Requests a second that were answered.
    pub achieved_per_s: f64,
    /// Its length.
    pub seconds: f64,
    /// What was cut off before.
    pub warmup_seconds: f64,
    /// Requests that were meant to be sent.
    pub requests: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that had no outcome when the time to wait for them was over.
    pub lost: u64,
    /// Requests that failed, by class.
    pub errors: BTreeMap<String, u64>,
    /// Share of all requests that were answered within the objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_slo: Option<f64>,
    /// Requests a second that were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goodput_per_s: Option<f64>,
    /// From the moment that a request was meant for until its reply was whole.
    pub latency_ms: Distribution,
    /// From when it was really sent until then.
    pub service_ms: Distribution,
    /// Latencies of the upserts of a mixed workload, which the others do not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upsert_ms: Option<Distribution>,
    /// From the moment that a question was meant for until its answer began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms: Option<Distribution>,
    /// Between two tokens of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_token_ms: Option<Distribution>,
    /// How good replies to judged queries were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Judged>,
    /// How the client did.
    pub client: Client,
}

/// What the rate of a run was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Fixed beforehand.
    #[serde(rename = "open")]
    Open,
    /// As high as its connections could make it; waits are hidden.
    #[serde(rename = "maximum throughput")]
    MaximumThroughput,
}

impl Run {
    /// The figures of what was measured.
    pub fn new(load: &Load, slo: Option<&Slo>, measured: &Measured) -> Result<Self, LoadError> {
        let (kind, offered_per_s, arrivals) = match load.pace {
            Pace::Open { rate, arrivals } => (Kind::Open, Some(rate), Some(arrivals)),
            Pace::Closed => (Kind::MaximumThroughput, None, None),
        };
        let within_slo = slo.map(|slo| within(slo, measured));
        let upserts = |operation| operation == Operation::Upsert;
        let samples = &measured.samples;
        let main = || samples.iter().filter(|sample| !upserts(sample.operation));
        Ok(Self {
            kind,
            arrivals,
            offered_per_s,
            achieved_per_s: measured.achieved(),
            seconds: measured.window.as_secs_f64(),
            warmup_seconds: measured.warmup.as_secs_f64(),
            requests: measured.requests(),
            answered: samples.len() as u64,
            lost: measured.lost,
            errors: measured.failures.iter().map(|(failure, count)| (failure.to_string(), *count)).collect(),
            within_slo,
            goodput_per_s: within_slo.map(|share| share * measured.requests() as f64 / measured.span().as_secs_f64()),
            latency_ms: Distribution::of(main().map(|sample| sample.latency))?,
            service_ms: Distribution::of(main().map(|sample| sample.service))?,
            upsert_ms: some(samples.iter().filter(|sample| upserts(sample.operation)).map(|sample| sample.latency))?,
            first_token_ms: some(samples.iter().filter_map(|sample| sample.first_token))?,
            per_token_ms: some(samples.iter().filter_map(|sample| sample.per_token))?,
            quality: Judged::of(samples.iter().filter_map(|sample| sample.verdict)),
            client: measured.client,
        })
    }

    /// The run as a point of a curve.
    pub fn point(&self, slo: Option<&Slo>) -> Option<Point> {
        let kept = slo.zip(self.within_slo).map(|(slo, share)| slo.kept(share));
        Some(Point { offered: self.offered_per_s?, achieved: self.achieved_per_s, p99: self.latency_ms.p99, kept })
    }

    /// All its times, by their names.
    pub(super) fn distributions(&self) -> impl Iterator<Item = (&'static str, &Distribution)> {
        let all = [
            ("latency", Some(&self.latency_ms)),
            ("service", Some(&self.service_ms)),
            ("upsert", self.upsert_ms.as_ref()),
            ("first token", self.first_token_ms.as_ref()),
            ("per token", self.per_token_ms.as_ref()),
        ];
        all.into_iter().filter_map(|(name, times)| Some((name, times?)))
    }

    /// Refuses figures that are of the client.
    pub fn check(&self) -> Result<(), LoadError> {
        let at = self.offered_per_s.map_or_else(String::new, |rate| format!("at {rate:.1} requests/s "));
        self.client.busy(&self.latency_ms).map_or(Ok(()), |reason| Err(LoadError::Busy(format!("{at}{reason}"))))
    }
}

fn within(slo: &Slo, measured: &Measured) -> f64 {
    let within = measured.samples.iter().filter(|sample| slo.within(sample.latency)).count();
    within as f64 / measured.requests().max(1) as f64
}

fn some(times: impl Iterator<Item = Duration>) -> Result<Option<Distribution>, LoadError> {
    let distribution = Distribution::of(times)?;
    Ok((distribution.count > 0).then_some(distribution))
}
