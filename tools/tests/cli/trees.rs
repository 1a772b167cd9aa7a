//! `build --raptor`, `inspect --tree`, searches of summaries.

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
