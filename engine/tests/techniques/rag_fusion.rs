//! `rag_fusion`: rankings of several queries as one, by reciprocal ranks.

use super::*;

const ASKED: &str = "harbours keep lamps";
const LINES: &str = "bells in thick fog\nfog bells that ring";

fn library() -> Library {
    let own = [
        page("lamps", "Lamps", "Harbours keep lamps at night."),
        page("bells", "Bells", "Harbours keep bells in fog."),
        page("oil", "Oil", "Lighthouses burn oil in winter."),
    ];
    Library::of(noise(8).into_iter().chain(own).collect())
}

fn ask(library: &Library, knobs: Value) -> Answer {
    let generator = Scripted::lines(&[LINES, "Harbours keep lamps at night."]);
    library.generate(("rag_fusion", knobs), &generator, &sure(ASKED))
}

/// Scores are the sums of weights by constant and rank, 1 for what is first everywhere, and the order is theirs.
fn check(answer: &Answer, weights: &[f32], constant: f32) {
    let most: f32 = weights.iter().map(|weight| weight / (constant + 1.0)).sum();
    let mut last = f32::INFINITY;
    for found in &answer.contexts {
        let parts = found
            .ranks
            .iter()
            .zip(weights)
            .map(|(rank, weight)| rank.map_or(0.0, |rank| weight / (constant + rank as f32)));
        let score = parts.sum::<f32>() / most;
        assert!((found.hit.score - score).abs() < 1e-6, "{}: {} for {score}", found.hit.passage_id, found.hit.score);
        assert!(found.ranks.len() == weights.len() && found.hit.score <= last);
        last = found.hit.score;
    }
}

#[test]
fn fused_scores_are_the_formula_with_its_knobs() {
    let library = library();
    check(&ask(&library, json!({})), &[1.0; 3], 60.0);
    check(&ask(&library, json!({"constant": 7, "weight": 0.25})), &[1.0, 0.25, 0.25], 7.0);
    check(&ask(&library, json!({"weight": 0})), &[1.0, 0.0, 0.0], 60.0);
    // What rules make counts a tenth.
    let answer = library.quote(plainly("rag_fusion"), &sure("which Harbours keep lamps"));
    assert_eq!(
        queries(&answer),
        [json!(["which Harbours keep lamps", "harbours keep lamps", "Harbours", "keep lamps"])]
    );
    check(&answer, &[1.0, 0.1, 0.1, 0.1], 60.0);
}

#[test]
fn a_passage_of_several_rankings_rises() {
    let library = library();
    assert_eq!(found(&library.quote(plainly("plain"), &sure(ASKED)))[..2], ["lamps", "bells"]);
    let fused = ask(&library, json!({}));
    assert_eq!(found(&fused)[0], "bells");
    assert_eq!(fused.contexts[0].ranks, [Some(2), Some(1), Some(1)]);
    assert_eq!(
        (step(&fused, "expand")["queries"].clone(), fused.usage.llm_calls),
        (json!(["bells in thick fog", "fog bells that ring"]), 2)
    );
    // Unless the others count too little.
    assert_eq!(found(&ask(&library, json!({"weight": 0.001})))[..2], ["lamps", "bells"]);
}

#[test]
fn queries_have_a_cap_and_rules_stand_in_for_what_there_is_no_call_for() {
    let library = library();
    let capped = ask(&library, json!({"queries": 1}));
    assert_eq!(queries(&capped), [json!([ASKED, "bells in thick fog"])]);
    assert_eq!(step(&capped, "expand")["dropped"], json!([["fog bells that ring", "one too many"]]));
    let generator = Scripted::saying("Harbours keep lamps at night.");
    let one = library.generate(plainly("rag_fusion"), &generator, &calls(ASKED, 1));
    assert_eq!(degraded(&one), [("expand", "budget", "rules")]);
    assert_eq!((step(&one, "expand")["by"].as_str(), one.usage.llm_calls), (Some("rules"), 1));
}
