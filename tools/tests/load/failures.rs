//! Requests that fail: counted by class, apart from latencies.

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::time::Duration;

use maxsimd_tools::load::{Failure, Load, Pace, Run, Sample, measure};

use super::stub::{Act, Stub};
use super::{ASK, alone, constant, load, texts};

const PATIENCE: Duration = Duration::from_millis(400);

/// Does what the query says.
fn obedient() -> Stub {
    Stub::start(|query, now| match query {
        "hang up" => Act::HangUp,
        "be silent" => Act::Silence,
        "stammer" => Act::Bytes(b"no HTTP at all\r\n\r\n"),
        "rave" => Act::Reply(now, 200, "no JSON".to_owned()),
        status => Act::Reply(now, status.parse().unwrap(), "{}".to_owned()),
    })
}

#[test]
fn failures_are_counted_by_class_and_are_no_latencies() {
    let _alone = alone();
    let stub = obedient();
    let queries = texts(&["200", "429", "500", "hang up", "be silent", "stammer", "rave", "404"]);
    let load = Load { timeout: PATIENCE, ..load(&stub.url, &ASK, &queries, constant(40.0)) };
    let measured = measure(&load).unwrap();
    let count = |failure| measured.failures.get(&failure).copied().unwrap_or(0);
    assert_eq!(measured.requests(), 80);
    assert_eq!(measured.samples.len(), 10);
    assert_eq!([429, 500, 404].map(|status| count(Failure::Status(status))), [10; 3]);
    assert_eq!((count(Failure::HungUp), count(Failure::Unreadable)), (10, 20));
    assert_eq!(count(Failure::Timeout) + measured.lost, 10);
    assert!(measured.samples.iter().all(|Sample { service, .. }| *service < PATIENCE));
}

#[test]
fn a_server_that_is_not_there_is_a_failure_of_each_request() {
    let _alone = alone();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let measured = measure(&load(&format!("http://{address}"), &ASK, &texts(&["200"]), constant(20.0))).unwrap();
    assert_eq!(measured.failures, [(Failure::Connect, 40)].into());
}

#[test]
fn what_is_never_sent_because_all_connections_wait_is_lost() {
    let _alone = alone();
    let (stub, connections) = (obedient(), NonZeroUsize::MIN);
    let load = Load { timeout: PATIENCE, connections, ..load(&stub.url, &ASK, &texts(&["be silent"]), constant(50.0)) };
    let measured = measure(&load).unwrap();
    assert_eq!((measured.requests(), measured.samples.len()), (100, 0));
    assert!(measured.lost >= 90, "{}", measured.lost);
}

#[test]
fn a_client_that_has_too_much_to_read_refuses_to_report() {
    let _alone = alone();
    let long = format!("[{}0]", "0,".repeat(2 << 20));
    let stub = Stub::start(move |_, now| Act::Reply(now, 200, format!("{{\"hits\":{long}}}")));
    let load =
        Load { connections: NonZeroUsize::new(4).unwrap(), ..load(&stub.url, &ASK, &texts(&["a"]), Pace::Closed) };
    let run = Run::new(&load, None, &measure(&load).unwrap()).unwrap();
    let refused = run.check().expect_err(&format!("{:?}", run.client)).to_string();
    assert!(refused.contains("the client worked or waited") && refused.contains("bench merge"), "{refused}");
}
