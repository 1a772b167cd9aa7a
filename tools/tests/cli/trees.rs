//! `build --raptor`, `inspect --tree`, searches of summaries, a tree across documents that `compact` mends.

use std::fs;

use super::support::{fixtures, maxsim, path_text};

#[test]
fn a_tree_is_built_searched_inspected_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    let on = |command: &str, arguments: &[&str]| {
        maxsim(&[&[command, "--data", &data, "--collection", "trees"], arguments].concat())
    };
    let (input, picture) = (fixtures("corpus/raptor"), folder.path().join("tree.svg"));
    let flags = [
        "--input",
        &input,
        "--raptor",
        "gmm",
        "--summary-tokens",
        "60",
        "--passage-tokens",
        "40",
        "--overlap",
        "0",
        "--json",
    ];
    let built = on("build", &flags).json();
    let nodes = built["collection"]["nodes"].as_u64().unwrap();
    assert!(nodes > 6, "{built}");
    let layers = on("inspect", &["--tree", "--json"]).json();
    assert_eq!(layers["trees"], 3);
    let id = "raptor-trees.md";
    let tree = on("inspect", &["--tree", id, "--svg", &path_text(&picture), "--json"]).json();
    let drawn = fs::read_to_string(&picture).unwrap();
    assert_eq!(drawn.matches("<g>").count(), tree["nodes"].as_array().unwrap().len());
    let text = on("inspect", &["--tree", id]);
    assert!(text.out.contains("raptor-trees.md#S0") && text.out.contains("  raptor-trees.md#0"), "{}", text.out);
    let summaries =
        on("search", &["--scope", "summaries", "--json", "-k", "2", "what is a summary tree good for?"]).json();
    assert!(summaries["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] == "summary"));
    assert_eq!(on("inspect", &["--tree", "nobody"]).code, 1);
    assert_eq!(on("inspect", &["--tree", "--svg", "x.svg"]).code, 1);
    assert_eq!(on("verify", &[]).code, 0);
}

#[test]
fn a_tree_across_documents_is_built_searched_drawn_marked_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    let on = |command: &str, arguments: &[&str]| {
        maxsim(&[&[command, "--data", &data, "--collection", "across"], arguments].concat())
    };
    let picture = folder.path().join("tree.svg");
    assert_eq!(on("build", &["--input", &fixtures("corpus"), "--across"]).code, 2, "it goes with --raptor");
    on("build", &["--input", &fixtures("corpus"), "--raptor", "--json"]).json();
    assert_eq!(on("inspect", &["--tree", "--across"]).code, 1);
    let built = on("build", &["--input", &fixtures("corpus"), "--raptor", "--across", "--json"]).json();
    let documents = built["collection"]["documents"].as_u64().unwrap();
    let across = |report: &serde_json::Value| report["across"].clone();
    let covered = across(&on("inspect", &["--tree", "--json"]).json());
    assert_eq!((covered["documents"].as_u64(), covered["uncovered"].as_u64()), (Some(documents), Some(0)));
    let tree = on("inspect", &["--tree", "--across", "--svg", &path_text(&picture), "--json"]).json();
    let nodes = tree["nodes"].as_array().unwrap();
    assert_eq!(nodes.len() as u64, documents + covered["nodes"].as_u64().unwrap());
    assert_eq!(fs::read_to_string(&picture).unwrap().matches("<g>").count(), nodes.len());
    assert!(on("inspect", &["--tree", "--across"]).out.starts_with('#'));
    let flags = ["--scope", "summaries", "--fold", "none", "-k", "100", "how do summary trees work?"];
    let found = on("search", &[&flags[..], &["--json"]].concat()).json();
    let over_several = |hit: &&serde_json::Value| hit["document_id"].is_null();
    let hit = found["hits"].as_array().unwrap().iter().find(over_several).expect("a hit over several documents");
    let quoted = hit["leaves"][0].as_str().unwrap();
    let (document, _) = quoted.rsplit_once('#').unwrap();
    assert!(on("search", &flags).out.contains("several documents"));

    let other = on("add", &["--raptor", "gmm", "--input", &fixtures("corpus/raptor")]);
    assert!(other.code == 1 && other.err.contains("leave the flags away"), "{}", other.err);
    assert_eq!(on("delete", &["--id", document]).code, 0);
    let marked = across(&on("inspect", &["--tree", "--json"]).json());
    assert!(marked["gone"] == 1 && marked["dead"].as_u64() > Some(0), "{marked}");
    assert_eq!(on("verify", &[]).code, 0);
    assert_eq!(on("compact", &[]).code, 0);
    let mended = across(&on("inspect", &["--tree", "--json"]).json());
    assert_eq!((&mended["gone"], &mended["dead"]), (&0.into(), &0.into()));
    assert_eq!(mended["documents"].as_u64(), Some(documents - 1));
    assert_eq!(on("verify", &[]).code, 0);
}

#[test]
fn a_new_collection_of_add_has_the_trees_that_a_build_makes() {
    let folder = tempfile::tempdir().unwrap();
    let data = path_text(&folder.path().join("data"));
    let input = fixtures("corpus/raptor");
    let made = |command: &str| {
        let flags =
            ["--input", &input, "--raptor", "--represent", "sentence", "--passage-tokens", "40", "--overlap", "0"];
        assert_eq!(maxsim(&[&[command, "--data", &data, "--collection", command], &flags[..]].concat()).code, 0);
        let inspect = ["inspect", "--data", &data, "--collection", command, "--tree", "raptor-trees.md", "--json"];
        maxsim(&inspect).json()
    };
    assert_eq!(made("add"), made("build"));
}
