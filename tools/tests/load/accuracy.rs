//! What is reported against what the server really did, for a server that stalls.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use maxsimd_tools::load::{Arrivals, Distribution, Load, Measured, Pace, Query, Run, measure};

use super::stub::{Act, Stub};
use super::{ASK, alone, constant, load};

const RATE: f64 = 300.0;
const LENGTH: Duration = Duration::from_secs(6);
const WARMUP: Duration = Duration::from_millis(600);
/// Runs of which one has to be undisturbed.
const ATTEMPTS: usize = 5;
/// After the first request.
const STALL: Duration = Duration::from_secs(3);
const STALLED: Duration = Duration::from_secs(1);

/// Answers after a while, and for one second not at all.
fn stalling(delay: Duration) -> Stub {
    let first = OnceLock::new();
    Stub::start(move |_, now| {
        let stall = *first.get_or_init(|| now) + STALL;
        let stalled = (stall..stall + STALLED).contains(&now);
        Act::Reply(if stalled { stall + STALLED } else { now + delay }, 200, "{\"hits\":[]}".to_owned())
    })
}

fn numbered() -> Vec<Query> {
    (0..10_000).map(|number| Query::from(format!("query {number}").as_str())).collect()
}

/// From when each request was meant to be sent, as the plan has it, until the server answered it, as its log has it.
fn truth(load: &Load, measured: &Measured, stub: &Stub) -> Vec<f64> {
    let answered: HashMap<String, Instant> = stub.answered().into_iter().map(|one| (one.query, one.at)).collect();
    let plan = Arrivals::Constant.plan(RATE, WARMUP + LENGTH, load.seed).unwrap();
    let latency = |(place, at): (usize, &Duration)| {
        let body: serde_json::Value = serde_json::from_slice(&load.requests.at(place).body).unwrap();
        let answered = answered[body["query"].as_str().unwrap()];
        answered.duration_since(measured.started + *at).as_secs_f64() * 1e3
    };
    let mut latencies: Vec<f64> = plan.iter().enumerate().filter(|(_, at)| **at >= WARMUP).map(latency).collect();
    latencies.sort_by(f64::total_cmp);
    latencies
}

fn quantile(sorted: &[f64], quantile: f64) -> f64 {
    sorted[(sorted.len() as f64 * quantile).ceil() as usize - 1]
}

/// Whether all figures are within 2 % of the truth.
fn is_true(reported: &Distribution, truth: &[f64]) -> bool {
    let close = |(share, reported): (f64, f64)| {
        let exact = quantile(truth, share);
        println!(
            "quantile {share}: reported {reported:.3} ms, true {exact:.3} ms, off by {:.3} %",
            (reported / exact - 1.0) * 100.0
        );
        (reported / exact - 1.0).abs() < 0.02
    };
    [(0.5, reported.p50), (0.99, reported.p99), (0.999, reported.p99_9)].into_iter().all(close)
}

#[test]
fn a_stall_is_in_the_latencies_of_the_open_loop_as_it_was_and_hidden_by_the_closed_one() {
    let _alone = alone();
    let connections = NonZeroUsize::new(64).unwrap();
    // A machine may be busy with something else just then, and keep replies from the client.
    let (open, run) = (0..ATTEMPTS)
        .find_map(|_| {
            let stub = stalling(Duration::from_millis(20));
            let open = load(&stub.url, &ASK, &numbered(), constant(RATE));
            let open = Load { warmup: WARMUP, duration: LENGTH, connections, ..open };
            let measured = measure(&open).unwrap();
            let run = Run::new(&open, None, &measured).ok()?;
            assert_eq!((run.requests, run.answered), (1800, 1800), "{:?}", run.errors);
            is_true(&run.latency_ms, &truth(&open, &measured, &stub)).then_some((open, run))
        })
        .expect("a run within 2 % of the truth");
    assert!(run.service_ms.p50 <= run.latency_ms.p50);

    let stub = stalling(Duration::from_millis(5));
    let connections = NonZeroUsize::new(4).unwrap();
    let closed = Load {
        connections,
        pace: Pace::Closed,
        ..Load { target: load(&stub.url, &ASK, &numbered(), Pace::Closed).target, ..open }
    };
    let hidden = Run::new(&closed, None, &measure(&closed).unwrap()).unwrap();
    println!("p99: open {:.1} ms, closed {:.1} ms", run.latency_ms.p99, hidden.latency_ms.p99);
    assert!(hidden.latency_ms.p99 * 5.0 < run.latency_ms.p99);
    assert!(hidden.latency_ms.max > 500.0, "the stall did happen: {}", hidden.latency_ms.max);
}
