//! `maxsim bench` as a program: what it prints, writes and refuses.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::alone;
use super::schema::assert_satisfied;
use super::stub::{Act, Stub};
use super::support::{maxsim, path_text};

/// Answers everything after ten milliseconds.
fn patient() -> Stub {
    Stub::start(|_, now| Act::Reply(now + Duration::from_millis(10), 200, "{\"name\":\"stub\"}".to_owned()))
}

/// Runs the program until the machine leaves it the time to measure, which is not what is tested here.
fn bench(stub: &Stub, folder: &Path, rest: &[&str]) -> Value {
    let queries = folder.join("queries.txt");
    std::fs::write(&queries, "one\ntwo\n").unwrap();
    bench_of(stub, &[&["--queries", &path_text(&queries)], rest].concat())
}

fn bench_of(stub: &Stub, rest: &[&str]) -> Value {
    let flags = ["bench", "--json", "--url", &stub.url, "--collection", "docs"];
    for _ in 0..30 {
        let ran = maxsim(&[&flags, rest].concat());
        if !ran.err.contains("figures of the client") {
            return ran.json();
        }
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "a refusal prints no figures: {}", ran.err);
    }
    panic!("the machine has no time to measure anything");
}

#[test]
fn a_sweep_prints_and_writes_a_report_that_satisfies_the_schema_and_can_be_merged() {
    let _alone = alone();
    let (stub, folder) = (patient(), tempfile::tempdir().unwrap());
    let out = folder.path().join("out");
    let path = path_text(&out);
    let rest = ["--sweep", "20:60:3", "--duration", "0.5", "--slo", "p50=1s", "--connections", "8", "--out", &path];
    let report = bench(&stub, folder.path(), &rest);
    assert_satisfied(&report);
    assert_eq!(report["highest_within_slo_per_s"], 60.0);
    let written = std::fs::read_to_string(out.join("report.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), report);
    assert!(std::fs::read_to_string(out.join("report.html")).unwrap().contains("<svg"));
    let log = std::fs::read(out.join("latencies.hlog")).unwrap();
    let intervals = hdrhistogram::serialization::interval_log::IntervalLogIterator::new(&log);
    assert!(
        intervals
            .filter(|entry| matches!(entry, Ok(hdrhistogram::serialization::interval_log::LogEntry::Interval(_))))
            .count()
            >= 3
    );

    let file = path_text(&out.join("report.json"));
    let merged = maxsim(&["bench", "merge", "--json", &file, &file]).json();
    assert_satisfied(&merged);
    assert_eq!(merged["runs"][2]["offered_per_s"], 120.0);
    let text = maxsim(&["bench", "merge", &file]);
    assert!(text.code == 0 && text.out.contains("p99.9") && text.out.contains("achieved"), "{}", text.out);
}

#[test]
fn replies_to_judged_queries_are_judged_and_reports_stand_beside_each_other() {
    let _alone = alone();
    let stub = Stub::start(|query, now| {
        let ids = if query == "good" { ["a", "b"] } else { ["c", "a"] };
        let hits = ids.map(|id| format!("{{\"document_id\":\"{id}\",\"score\":1.0}}")).join(",");
        Act::Reply(
            now + Duration::from_millis(10),
            200,
            format!("{{\"hits\":[{hits}],\"partial\":{}}}", query != "good"),
        )
    });
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("dataset");
    std::fs::create_dir(&dataset).unwrap();
    std::fs::write(dataset.join("qrels.tsv"), "query-id\tcorpus-id\tscore\n1\tb\t1\n2\tb\t1\n").unwrap();
    let queries = "{\"_id\":\"1\",\"text\":\"good\"}\n{\"_id\":\"2\",\"text\":\"bad\"}\n";
    std::fs::write(dataset.join("queries.jsonl"), queries).unwrap();
    let (dataset, out) = (path_text(&dataset), folder.path().join("stub"));
    let of = ["--dataset", &dataset, "--sweep", "20:40:2", "--arrivals", "constant", "--warmup", "0"];
    let report = bench_of(&stub, &[&of[..], &["--duration", "1", "--out", &path_text(&out)]].concat());
    assert_satisfied(&report);
    let quality = &report["runs"][1]["quality"];
    assert_eq!(
        (&quality["replies"], &quality["partial"], &quality["recall_at_10"]),
        (&json!(40), &json!(20), &json!(0.5))
    );

    let file = path_text(&out.join("report.json"));
    let compared = maxsim(&["bench", "compare", "--out", &path_text(folder.path()), &file, &file]);
    assert!(
        compared.code == 0 && compared.out.lines().count() == 5 && compared.out.contains("stub"),
        "{}",
        compared.out
    );
    let page = std::fs::read_to_string(folder.path().join("compare.html")).unwrap();
    assert!(page.contains("nDCG@10 against answered requests/s"), "{page}");
    let runs = maxsim(&["bench", "compare", "--json", &file]).json();
    assert_eq!(runs["runs"][0]["quality"], report["runs"][0]["quality"]);
}

#[test]
fn a_closed_loop_is_called_maximum_throughput_wherever_it_is_reported() {
    let _alone = alone();
    let (stub, folder) = (patient(), tempfile::tempdir().unwrap());
    let out = path_text(folder.path());
    let report = bench(&stub, folder.path(), &["--closed", "2", "--duration", "0.5", "--warmup", "0", "--out", &out]);
    assert_satisfied(&report);
    assert_eq!(report["runs"][0]["loop"], "maximum throughput");
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("maximum throughput") && !page.contains("offered"), "{page}");
}

#[test]
fn flags_that_do_not_fit_together_are_usage_errors() {
    let needed = ["bench", "--url", "http://127.0.0.1:9", "--collection", "docs", "--queries", "q"];
    let refused: [(&str, &[&str]); 8] = [
        ("--dataset", &["--duration", "5", "--rate", "5", "--dataset", "d"]),
        ("--duration", &["--rate", "5"]),
        ("--rate", &["--duration", "5"]),
        ("--closed", &["--duration", "5", "--rate", "5", "--closed", "2"]),
        ("--rate", &["--duration", "5", "--rate", "0"]),
        ("--sweep", &["--duration", "5", "--sweep", "9:1:3"]),
        ("--slo", &["--duration", "5", "--rate", "5", "--slo", "fast"]),
        ("--api", &["--duration", "5", "--rate", "5", "--api", "other"]),
    ];
    for (name, rest) in refused {
        let ran = maxsim(&[&needed, rest].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{rest:?}: {}", ran.err);
        assert!(ran.err.contains(name), "{rest:?}: {}", ran.err);
    }
    assert_eq!(maxsim(&["bench"]).code, 2);
    assert_eq!(maxsim(&["bench", "merge"]).code, 2);
    assert_eq!(maxsim(&["bench", "compare"]).code, 2);
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let queries = folder.path().join("queries.txt");
    std::fs::write(&queries, "one\n").unwrap();
    let ran = maxsim(&[
        "bench",
        "--url",
        "http://127.0.0.1:9",
        "--collection",
        "docs",
        "--queries",
        &path_text(&queries),
        "--rate",
        "5",
        "--duration",
        "1",
    ]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("http://127.0.0.1:9/version"), "{}", ran.err);
}
