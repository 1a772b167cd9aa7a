//! Short loads on a real daemon.

use std::path::PathBuf;
use std::time::Duration;

use maxsimd_server::{Config, Daemon, EncoderSource};
use maxsimd_tools::load::{Api, Ask, Load, Query, Run, Workload, judged, measure, read_queries, with_vectors};
use maxsimd_tools::measure::Dataset;

use super::support::{agent, fixtures, home, maxsim, path_text};
use super::{ASK, alone, constant, load};

/// Serves the example corpus as collection `docs`.
fn serve(data: &std::path::Path) -> Daemon {
    let target = ["--data", &path_text(data), "--collection", "docs"];
    maxsim(&[&["build", "--json", "--input", &fixtures("corpus")], &target[..]].concat()).json();
    let folder = home().model(maxsimd_server::home::DEFAULT_MODEL);
    let runtime = home().library(std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from));
    let daemon = Daemon::start(Config::local(data, EncoderSource::Folder { folder, runtime })).unwrap();
    while agent().get(format!("http://{}/readyz", daemon.address())).call().is_err() {
        std::thread::sleep(Duration::from_millis(20));
    }
    daemon
}

#[test]
fn searches_answers_and_writes_of_a_real_daemon_are_measured_without_errors() {
    let _alone = alone();
    let data = tempfile::tempdir().unwrap();
    let daemon = serve(data.path());
    let url = format!("http://{}", daemon.address());
    let queries = read_queries(fixtures("questions/queries.jsonl").as_ref()).unwrap();
    let run_of = |api, workload, rate| {
        let ask = Ask { workload, api, ..ASK };
        let load = Load { timeout: Duration::from_secs(60), ..load(&url, &ask, &queries, constant(rate)) };
        Run::new(&load, None, &measure(&load).unwrap()).unwrap()
    };
    let run = |workload, rate| run_of(Api::Maxsimd, workload, rate);
    let searches = run(Workload::Search, 20.0);
    assert_eq!((searches.answered, searches.lost, searches.errors.len()), (40, 0, 0), "{:?}", searches.errors);
    let judgments = judged(Dataset::open(fixtures("questions").as_ref()).unwrap());
    let encoded = path_text(&data.path().join("encoded"));
    maxsim(&["encode", "--json", "--queries", "--input", &fixtures("questions/queries.jsonl"), "--out", &encoded])
        .json();
    let by_vectors = with_vectors(judgments.clone(), encoded.as_ref()).unwrap();
    let judged = |api, queries: &[Query]| {
        let ask = Ask { api, ..ASK };
        let load = Load { timeout: Duration::from_secs(60), ..load(&url, &ask, queries, constant(20.0)) };
        Run::new(&load, None, &measure(&load).unwrap()).unwrap().quality.expect("judged replies")
    };
    let [texts, vectors] = [&judgments, &by_vectors].map(|queries| judged(Api::Maxsimd, queries));
    assert_eq!(judged(Api::MaxsimdCompact, &by_vectors), vectors);
    assert_eq!((texts.replies, texts.partial), (40, 0));
    assert!(texts.ndcg_at_10 > 0.5 && texts.ndcg_at_10 <= 1.0, "{texts:?}");
    assert!((texts.ndcg_at_10 - vectors.ndcg_at_10).abs() < 0.02, "{texts:?} {vectors:?}");
    let answers = run(Workload::Answer, 5.0);
    assert_eq!((answers.answered, answers.lost, answers.errors.len()), (10, 0, 0), "{:?}", answers.errors);
    let first = answers.first_token_ms.expect("citations came");
    assert!(first.count > 0 && first.max <= answers.latency_ms.max && answers.per_token_ms.is_none());
    for workload in [Workload::Encode, Workload::Rerank] {
        let done = run(workload, 20.0);
        assert_eq!((done.answered, done.errors.len()), (40, 0), "{workload:?}: {:?}", done.errors);
    }
    let mixed = run(Workload::Mixed, 20.0);
    assert_eq!((mixed.answered, mixed.errors.len()), (40, 0), "{:?}", mixed.errors);
    assert_eq!((mixed.latency_ms.count, mixed.upsert_ms.map(|upserts| upserts.count)), (36, Some(4)));
    for workload in [Workload::Encode, Workload::Mixed, Workload::Answer] {
        let done = run_of(Api::MaxsimdCompact, workload, 5.0);
        assert_eq!((done.answered, done.errors.len()), (10, 0), "{workload:?}: {:?}", done.errors);
    }
    daemon.stop().unwrap();
}
