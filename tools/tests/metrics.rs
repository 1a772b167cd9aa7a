//! Ranking quality against what trec_eval says (`fixtures/golden/metrics`, with the recipe beside it).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use maxsimd_tools::measure::{Dataset, Quality, Ranking, mean};
use serde_json::Value;

const CLOSE: f64 = 1e-6;

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/golden/metrics")
}

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string(golden().join("expected.json")).unwrap()).unwrap()
}

fn rankings() -> HashMap<String, Ranking> {
    let mut scores: HashMap<String, Vec<(String, f32)>> = HashMap::new();
    for line in std::fs::read_to_string(golden().join("run.trec")).unwrap().lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        let scored = (fields[2].to_owned(), fields[4].parse().unwrap());
        scores.entry(fields[0].to_owned()).or_default().push(scored);
    }
    scores.into_iter().map(|(query, scores)| (query, Ranking::new(scores))).collect()
}

fn measured() -> Vec<(String, Quality)> {
    let (dataset, rankings) = (Dataset::open(&golden()).unwrap(), rankings());
    let queries = dataset.queries.into_iter();
    queries.map(|(id, _, judgments)| (id.clone(), Quality::of(&rankings[&id], &judgments))).collect()
}

fn assert_close(found: &Quality, expected: &Value, what: &str) {
    let figures =
        [("ndcg_at_10", found.ndcg_at_10), ("recall_at_100", found.recall_at_100), ("mrr_at_10", found.mrr_at_10)];
    for (name, found) in figures {
        let expected = expected[name].as_f64().unwrap();
        assert!((found - expected).abs() < CLOSE, "{what}: {name} {found}, trec_eval has {expected}");
    }
}

#[test]
fn every_query_has_the_quality_that_trec_eval_gives_it() {
    let expected = expected();
    for (id, quality) in measured() {
        assert_close(&quality, &expected["queries"][&id], &id);
    }
}

#[test]
fn means_are_those_of_trec_eval() {
    let (_, qualities): (Vec<_>, Vec<_>) = measured().into_iter().unzip();
    let means = Quality {
        ndcg_at_10: mean(&qualities, |q| q.ndcg_at_10),
        recall_at_5: mean(&qualities, |q| q.recall_at_5),
        recall_at_10: mean(&qualities, |q| q.recall_at_10),
        recall_at_100: mean(&qualities, |q| q.recall_at_100),
        mrr_at_10: mean(&qualities, |q| q.mrr_at_10),
    };
    assert_close(&means, &expected()["means"], "mean");
}

#[test]
fn only_queries_that_are_asked_and_judged_count() {
    let measured = measured();
    let expected = expected();
    let judged = expected["queries"].as_object().unwrap();
    assert_eq!(measured.len(), judged.len());
    assert!(measured.iter().all(|(id, _)| judged.contains_key(id)));
}
