//! `eval`: every field, a floor under the quality, and a run file that gives the same figures when judged elsewhere.

use std::collections::HashMap;

use serde_json::Value;

use super::shared;
use super::support::{fixtures, path_text};

/// Some 0.03 below what the modes reach.
const FLOORS: [(&str, f64); 3] = [("late", 0.76), ("exhaustive", 0.76), ("exact", 0.74)];

fn number(report: &Value, pointer: &str) -> f64 {
    report.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer} in {report}"))
}

#[test]
fn every_mode_reports_all_fields_and_ranks_well() {
    let collection = &shared().built.json()["collection"];
    for (mode, floor) in FLOORS {
        let report = shared().run("eval", &["--dataset", &fixtures("questions"), "--mode", mode, "--json"]).json();
        assert_eq!(report["dataset"], "questions");
        assert_eq!(report["mode"], mode);
        assert_eq!(report["queries"], 25);
        assert_eq!(report["threads"], 1);
        // The recall that late aims at without being told; the collection is too small to be pruned.
        assert_eq!(report["recall"].as_f64(), (mode == "late").then_some(0.98));
        assert_eq!(report["pruning"], Value::Null);
        for same in ["passages", "token_vectors", "index_bytes", "build_seconds"] {
            assert_eq!(report[same], collection[same], "{same}");
        }
        let ndcg = number(&report, "/ndcg_at_10");
        assert!((floor..=1.0).contains(&ndcg), "{mode}: nDCG@10 {ndcg}");
        assert!((0.95..=1.0).contains(&number(&report, "/recall_at_100")), "{report}");
        assert!((0.8..=1.0).contains(&number(&report, "/mrr_at_10")), "{report}");
        assert!(number(&report, "/queries_per_s") > 0.0);
        let times = ["/search_ms/p50", "/search_ms/p95", "/search_ms/p99"].map(|time| number(&report, time));
        assert!(times[0] > 0.0 && times.is_sorted(), "{times:?}");
        let times = ["/encode_ms/p50", "/encode_ms/p95"].map(|time| number(&report, time));
        assert!(times[0] > 0.0 && times.is_sorted(), "{times:?}");
    }
}

#[test]
fn several_modes_and_a_technique_are_compared_with_the_first() {
    let ways = ["--dataset", &fixtures("questions"), "--mode", "exhaustive,late", "--technique", "rerank", "-k", "10"];
    let report = shared().run("eval", &[&ways[..], &["--json"]].concat()).json();
    let names: Vec<&str> = report["runs"].as_array().unwrap().iter().filter_map(|run| run["mode"].as_str()).collect();
    assert_eq!(names, ["exhaustive", "late", "rerank"]);
    // The collection is too small to be pruned.
    let late = &report["differences"][0];
    assert_eq!((&late["run"], &late["to"]), (&"late".into(), &"exhaustive".into()));
    assert_eq!((number(late, "/figures/map/mean"), number(late, "/figures/map/p")), (0.0, 1.0));
    let [from, mean, to] = ["/intervals/map/0", "/map", "/intervals/map/1"].map(|at| number(&report["runs"][0], at));
    assert!(0.5 < from && from < mean && mean < to && to <= 1.0, "{from} {mean} {to}");
    let table = shared().run("eval", &ways).out;
    let figures = ["nDCG@10", "recall@100", "MAP", "success@5", "25 judged queries", "late: p50", "rerank: p50"];
    assert!(figures.iter().all(|figure| table.contains(figure)), "{table}");
    let run = shared().run("eval", &[&ways[..], &["--run", "x.trec"]].concat());
    assert!(run.code == 1 && run.err.contains("--run takes one"), "{}", run.err);
    assert_eq!(shared().run("eval", &["--dataset", &fixtures("questions"), "--mode", "magic"]).code, 2);
}

#[test]
fn the_run_is_in_trec_format_and_judging_it_by_hand_gives_the_same_ndcg() {
    let folder = tempfile::tempdir().unwrap();
    let run = path_text(&folder.path().join("late.trec"));
    let arguments =
        ["--dataset", &fixtures("questions"), "--run", &run, "--threads", "2", "--recall", "0.95", "--json"];
    let report = shared().run("eval", &arguments).json();
    assert_eq!(report["recall"], 0.95);
    let mut rankings: HashMap<String, Vec<(String, f32)>> = HashMap::new();
    for line in std::fs::read_to_string(run).unwrap().lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!((fields.len(), fields[1], fields[5]), (6, "Q0", "late"), "{line}");
        let ranking = rankings.entry(fields[0].to_owned()).or_default();
        ranking.push((fields[2].to_owned(), fields[4].parse().unwrap()));
        assert_eq!(fields[3], ranking.len().to_string(), "{line}");
    }
    assert_eq!(rankings.len(), 25);
    let qrels = std::fs::read_to_string(fixtures("questions/qrels.tsv")).unwrap();
    let mut sum = 0.0;
    for (query, ranking) in &rankings {
        assert!(ranking.is_sorted_by(|a, b| a.1 >= b.1), "{query}");
        let judged = qrels.lines().filter_map(|line| line.strip_prefix(&format!("{query}\t"))?.split_once('\t'));
        let gains: HashMap<&str, f64> = judged.map(|(id, gain)| (id, gain.parse().unwrap())).collect();
        let found = ranking.iter().map(|(id, _)| gains.get(id.as_str()).copied().unwrap_or(0.0));
        let mut ideal: Vec<f64> = gains.values().copied().collect();
        ideal.sort_by(|a, b| b.total_cmp(a));
        sum += discounted(found) / discounted(ideal.into_iter());
    }
    assert!((sum / 25.0 - number(&report, "/ndcg_at_10")).abs() < 1e-9);
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains.take(10).enumerate().map(|(at, gain)| gain / (at as f64 + 2.0).log2()).sum()
}

#[test]
fn a_data_set_that_is_not_there_or_not_in_its_layout_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dataset = path_text(folder.path());
    let absent = shared().run("eval", &["--dataset", &dataset]);
    assert!(absent.code == 1 && absent.err.contains("qrels.tsv"), "{}", absent.err);
    std::fs::write(folder.path().join("qrels.tsv"), "q1 0 d1 1\n").unwrap();
    let other = shared().run("eval", &["--dataset", &dataset]);
    assert!(other.code == 1 && other.err.contains("query-id"), "{}", other.err);
}
