//! A report with made-up figures, for unit tests.

use std::time::Duration;

use maxsimd_engine::construct::Now;
use maxsimd_engine::search::Mode;
use serde_json::Value;

use super::manifest::Machine;
use super::run::Kind;
use super::{Api, Arrivals, Asked, Client, Distribution, Manifest, Report, Run, Workload, merge};

/// Runs at these rates.
pub(super) fn report(rates: &[f64]) -> Report {
    Report::new(rates.iter().map(|rate| run(*rate)).collect(), "p99=20ms".parse().ok(), vec![manifest()])
}

fn run(rate: f64) -> Run {
    let times = Distribution::of((1..=rate as u64).map(Duration::from_millis)).unwrap();
    let client = Client {
        realtime: false,
        cpu_share: 0.1,
        waiting_share: 0.0,
        waiting_ms: 0.0,
        lag_p50_ms: 0.1,
        lag_p99_ms: 0.1,
        lag_share: 0.0,
        connections: 4,
    };
    Run {
        kind: Kind::Open,
        arrivals: Some(Arrivals::Poisson),
        offered_per_s: Some(rate),
        achieved_per_s: rate,
        seconds: 1.0,
        warmup_seconds: 0.0,
        requests: times.count + 1,
        answered: times.count,
        lost: 0,
        errors: [("status 429".to_owned(), 1)].into(),
        within_slo: Some(0.5),
        goodput_per_s: Some(rate / 2.0),
        latency_ms: times.clone(),
        service_ms: times,
        upsert_ms: None,
        first_token_ms: None,
        per_token_ms: None,
        quality: None,
        client,
    }
}

fn manifest() -> Manifest {
    let (workload, api, mode) = (Workload::Search, Api::Maxsimd, Mode::Late.name().to_owned());
    Manifest {
        date: Now::of_unix(0).unwrap(),
        command: Vec::new(),
        seed: 0,
        asked: Asked { url: String::new(), workload, api, mode, k: 10, queries: 1, documents: 0, vectors: false },
        client: String::new(),
        server: Value::Null,
        collection: Value::Null,
        machine: Machine::here(),
    }
}

#[test]
fn reports_of_two_processes_are_merged_as_if_one_had_sent_it_all() {
    let merged = merge(&[report(&[100.0]), report(&[300.0])]).unwrap();
    let run = &merged.runs[0];
    assert_eq!((run.offered_per_s, run.achieved_per_s, run.requests, run.answered), (Some(400.0), 400.0, 402, 400));
    assert_eq!((run.latency_ms.count, run.latency_ms.max.round()), (400, 300.0));
    assert_eq!((run.errors["status 429"], run.client.connections, merged.processes.len()), (2, 8, 2));
    assert_eq!((run.within_slo, run.goodput_per_s), (Some(0.5), Some(200.0)));
}

#[test]
fn reports_that_do_not_belong_together_are_not_merged() {
    assert!(merge(&[]).is_err());
    assert!(merge(&[report(&[100.0]), report(&[100.0, 200.0])]).is_err());
    let mut longer = report(&[100.0]);
    longer.runs[0].seconds = 2.0;
    assert!(merge(&[report(&[100.0]), longer]).is_err());
}

#[test]
fn a_report_is_read_as_it_was_written_and_nothing_else_is() {
    let written = serde_json::to_string(&report(&[100.0, 200.0])).unwrap();
    assert_eq!(Report::parse(&written).unwrap(), report(&[100.0, 200.0]));
    assert!(Report::parse(&written.replace("maxsimd-bench-1", "maxsimd-bench-2")).is_err());
    assert!(Report::parse("{}").is_err());
}
