//! `ask` and `calibrate`: quotes that stand where they say, abstentions, and when there is one.

use std::fs;

use serde_json::json;

use super::support::{fixtures, maxsim, path_text};

const QUESTION: &str = "How does late interaction compare a query with a passage?";
const UNKNOWN: &str = "Who won the football match in Lisbon yesterday?";

fn on(command: &str, data: &str, arguments: &[&str]) -> super::support::Ran {
    maxsim(&[&[command, "--data", data, "--collection", "corpus"], arguments].concat())
}

#[test]
fn a_question_is_answered_with_quotes_of_files_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    assert_eq!(on("build", &data, &["--input", &fixtures("corpus")]).code, 0);
    let answer = on("ask", &data, &["--json", QUESTION]).json();
    assert_eq!(answer["decision"]["path"], "quoted", "{answer}");
    let said = answer["answer"].as_str().unwrap();
    let citations = answer["citations"].as_array().unwrap();
    assert!(!citations.is_empty());
    for citation in citations {
        let text = fs::read_to_string(fixtures("corpus") + "/" + citation["document_id"].as_str().unwrap()).unwrap();
        let at = |field: &str| usize::try_from(citation[field].as_u64().unwrap()).unwrap();
        assert_eq!(&text[at("start")..at("end")], citation["quote"]);
        assert_eq!(&said[at("answer_start")..at("answer_end")], citation["quote"]);
    }
    assert_eq!(citations[0]["document_id"], "late-interaction.md");
    let printed = on("ask", &data, &[QUESTION]).out;
    assert!(
        printed.contains("[1] late-interaction.md#") && printed.contains("no language model wrote it"),
        "{printed}"
    );
    assert!(printed.contains("retrieve ") && printed.contains("contexts 8"), "{printed}");
    let unknown = on("ask", &data, &["--json", UNKNOWN]).json();
    assert_eq!((&unknown["abstained"], &unknown["answer"]), (&true.into(), &"".into()));
    assert!(on("ask", &data, &[UNKNOWN]).out.contains("Nothing in the collection"));
    // A model server that is not there is said, and quoted around.
    let nobody = ["--generator-url", "http://127.0.0.1:9/v1", "--generator-model", "m"];
    let without = on("ask", &data, &[&["--json", QUESTION], &nobody[..]].concat()).json();
    assert_eq!(
        (&without["degraded"][0]["reason"], &without["answer"]),
        (&"generator_unreachable".into(), &said.into())
    );
    for wrong in [["-k", "0"], ["--threshold", "2"], ["--order", "none"], ["--generator", "oracle"]] {
        assert_eq!(on("ask", &data, &[&[QUESTION], &wrong[..]].concat()).code, 2, "{wrong:?}");
    }
    assert_eq!(on("ask", &data, &[QUESTION, "--generator-url", "http://127.0.0.1:9/v1"]).code, 1, "no model is named");
}

#[test]
fn a_technique_is_named_with_its_knobs_and_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    assert_eq!(on("build", &data, &["--input", &fixtures("corpus")]).code, 0);
    let steps = ["--technique", "decomposition", "--set", "how=individual", "--set", "parts=2"];
    let question = "What is the router made of that finds candidates?";
    let answer = on("ask", &data, &[&["--json", question], &steps[..]].concat()).json();
    assert_eq!(answer["decision"]["technique"], "decomposition", "{answer}");
    let stages: Vec<&str> = answer["trace"].as_array().unwrap().iter().filter_map(|s| s["stage"].as_str()).collect();
    assert_eq!(stages, ["decompose", "retrieve", "retrieve", "retrieve", "parts", "quote"]);
    let told = on("ask", &data, &[&["--trace", "full", question], &steps[..]].concat()).out;
    assert!(told.contains("parts: that finds candidates | What is the router made of"), "{told}");
    let chosen = on("ask", &data, &[QUESTION]).out;
    assert!(chosen.contains("classify: single ("), "{chosen}");
    let alone = ["--technique", "multi_query", "--thinking", "model"];
    let alone = on("ask", &data, &[&["--json", QUESTION], &alone[..]].concat()).json();
    assert_eq!(alone["degraded"][0]["reason"], "generator_missing");
    let judge = fixtures("golden/encoders/cross-bert");
    let judged = ["--technique", "rerank", "--set", "by=cross_encoder", "--cross-encoder", &judge, "--trace", "full"];
    let judged = on("ask", &data, &[&["--json", QUESTION], &judged[..]].concat()).json();
    let rerank = judged["trace"].as_array().unwrap().iter().find(|step| step["stage"] == "rerank").unwrap();
    assert_eq!((&rerank["by"], &judged["degraded"]), (&"cross_encoder".into(), &json!([])), "{judged}");
    let refused = on("ask", &data, &["--technique", "multi_query", "--set", "queries=0", QUESTION]);
    assert!(refused.code == 1 && refused.err.contains("from 1 to 10"), "{}", refused.err);
    for wrong in [&["--technique", "magic"][..], &["--set", "queries=1"], &["--technique", "plain", "--set", "queries"]]
    {
        assert_eq!(on("ask", &data, &[&[QUESTION], wrong].concat()).code, 2, "{wrong:?}");
    }
    let report = on("eval", &data, &["--dataset", &fixtures("questions"), "--technique", "auto", "-k", "10", "--json"]);
    let report = report.json();
    assert_eq!((&report["mode"], &report["llm_calls"]), (&"adaptive".into(), &0.into()), "{report}");
    assert!(report["recall_at_5"].as_f64() > Some(0.7), "{report}");
}

#[test]
fn a_calibration_is_fitted_to_judged_questions_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    assert_eq!(on("build", &data, &["--input", &fixtures("corpus")]).code, 0);
    let dataset = fixtures("questions");
    let arguments = ["--dataset", &*dataset, "--json"];
    let dry = on("calibrate", &data, &[&arguments[..], &["--dry-run"]].concat()).json();
    assert!(!folder.path().join("data/calibrations.json").exists() && dry["kept"] == false);
    let kept = on("calibrate", &data, &arguments).json();
    assert_eq!((&kept["kept"], &kept["fitted"]), (&true.into(), &dry["fitted"]));
    let fitted = &kept["fitted"];
    assert!(fitted["auc"].as_f64() > Some(0.7) && fitted["answered"].as_f64() > Some(0.5), "{fitted}");
    let decision = &on("ask", &data, &["--json", QUESTION]).json()["decision"];
    assert_eq!(decision["threshold"], fitted["calibration"]["threshold"]);
    assert!(kept["grader"]["auc"].as_f64() > Some(0.7), "{kept}");
    assert_eq!(kept["grader"]["grader"], fitted["calibration"]["grader"]);
    assert!(on("calibrate", &data, &["--dataset", &dataset]).out.contains("told apart"));
    // With questions that are said to have no answer, documents are not left out.
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let queries = fs::read_to_string(format!("{dataset}/queries.jsonl")).unwrap();
    let unknown = (0..12).map(|n| {
        let question = format!("{UNKNOWN} {n}");
        json!({"_id": format!("u{n}"), "text": question, "metadata": {"answerable": false}}).to_string() + "\n"
    });
    fs::write(own.join("queries.jsonl"), queries + &unknown.collect::<String>()).unwrap();
    fs::copy(format!("{dataset}/qrels.tsv"), own.join("qrels.tsv")).unwrap();
    let fitted = &on("calibrate", &data, &["--dataset", &path_text(&own), "--json"]).json()["fitted"];
    assert_eq!(fitted["unanswerable"], 12);
    assert!(fitted["auc"].as_f64() > Some(0.9), "{fitted}");
}
