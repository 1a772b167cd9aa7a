//! Ranking quality against what trec_eval says (`fixtures/golden/metrics`, with the recipe beside it), and runs compared.

mod support;

use std::path::{Path, PathBuf};

use maxsimd_tools::measure::{Dataset, FIGURES, Quality, Run};
use serde_json::Value;
use support::{fixtures, maxsim, path_text};

const CLOSE: f64 = 1e-6;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/metrics")
}

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string(golden().join("expected.json")).unwrap()).unwrap()
}

/// `maxsim judge` of some runs.
fn judged(runs: &[&str]) -> Value {
    maxsim(&[&["judge", "--dataset", &fixtures("golden/metrics"), "--json"], runs].concat()).json()
}

#[test]
fn every_query_has_the_quality_that_trec_eval_gives_it() {
    let (dataset, run) = (Dataset::open(&golden()).unwrap(), Run::read(&golden().join("run.trec")).unwrap());
    let expected = expected();
    // Only queries that are asked and judged count.
    assert_eq!(dataset.queries.len(), expected["queries"].as_object().unwrap().len());
    for (id, _, judgments) in &dataset.queries {
        let quality = Quality::of(&run.of(id), judgments);
        for (number, figure) in FIGURES.iter().enumerate() {
            let (found, expected) = (quality.figure(number), expected["queries"][id][figure.key].as_f64().unwrap());
            assert!((found - expected).abs() < CLOSE, "{id}: {} {found}, trec_eval has {expected}", figure.key);
        }
    }
}

#[test]
fn means_are_those_of_trec_eval_and_stand_within_their_intervals() {
    let report = judged(&[&fixtures("golden/metrics/run.trec")]);
    assert_eq!((&report["queries"], &report["differences"]), (&40.into(), &serde_json::json!([])));
    for figure in &FIGURES {
        let own = &report["runs"][0];
        let (found, expected) = (own[figure.key].as_f64().unwrap(), expected()["means"][figure.key].as_f64().unwrap());
        assert!((found - expected).abs() < CLOSE, "{}: {found}, trec_eval has {expected}", figure.key);
        let [from, to] = [0, 1].map(|bound| own["intervals"][figure.key][bound].as_f64().unwrap());
        assert!(from < found && found < to && to - from < 0.4, "{}: {from} {found} {to}", figure.key);
    }
}

#[test]
fn runs_are_compared_with_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let (run, worse) = (fixtures("golden/metrics/run.trec"), path_text(&folder.path().join("worse.trec")));
    let better = path_text(&folder.path().join("better.trec"));
    // Every judged document, the best first; and every query's last.
    let text = std::fs::read_to_string(fixtures("golden/metrics/qrels.tsv")).unwrap();
    let gains = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
    let ideal =
        text.lines().skip(1).map(gains).map(|fields| format!("{} Q0 {} 1 {} x\n", fields[0], fields[1], fields[2]));
    std::fs::write(&better, ideal.collect::<String>()).unwrap();
    std::fs::write(&worse, "q00 Q0 nothing 1 1.0 x\n").unwrap();
    let report = judged(&[&run, &better, &worse, &run]);
    let difference = |at: usize| &report["differences"][at]["figures"]["ndcg_at_10"];
    assert!(difference(0)["mean"].as_f64() > Some(0.3) && difference(0)["p"].as_f64() < Some(1e-4), "{report}");
    assert!(difference(1)["interval"][1].as_f64() < Some(0.0) && difference(1)["p"].as_f64() < Some(1e-4));
    assert_eq!((&difference(2)["mean"], &difference(2)["p"]), (&0.0.into(), &1.0.into()));
    assert_eq!(report["runs"][2]["map"], 0.0);
    let table = maxsim(&["judge", "--dataset", &fixtures("golden/metrics"), &run, &better]).out;
    assert!(table.lines().any(|line| line.starts_with("nDCG@10") && line.contains(", p 0.000)")), "{table}");
}

#[test]
fn a_run_that_is_none_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let run = path_text(&folder.path().join("run.trec"));
    for (text, reason) in
        [("q1 Q0 d1 1 0.5\n", "six fields"), ("\nq1 Q0 d1 1 best x\n", "score"), ("q1 Q0 d1 1 inf x", "finite")]
    {
        std::fs::write(&run, text).unwrap();
        let refused = maxsim(&["judge", "--dataset", &fixtures("golden/metrics"), &run]);
        assert!(
            refused.code == 1 && refused.err.contains("run.trec:") && refused.err.contains(reason),
            "{}",
            refused.err
        );
    }
    let absent = maxsim(&["judge", "--dataset", &fixtures("golden/metrics"), "no.trec"]);
    assert!(absent.code == 1 && absent.err.contains("no.trec"), "{}", absent.err);
    assert_eq!(maxsim(&["judge", "--dataset", &fixtures("golden/metrics")]).code, 2);
}
