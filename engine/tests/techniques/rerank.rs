//! `rerank`: candidates, looked at again.

use super::*;

fn library() -> Library {
    let own = [
        page("words", "Words", "moon moon moon tides tides."),
        page("lamps", "Lamps", "Harbours keep lamps at night."),
    ];
    Library::of(documents().into_iter().chain(own).collect())
}

fn by_encoder() -> Named<'static> {
    ("rerank", json!({"by": "cross_encoder"}))
}

#[test]
fn exact_similarity_orders_the_candidates_of_both_rankings() {
    let answer = library().quote(plainly("rerank"), &sure(QUESTION));
    let rerank = step(&answer, "rerank");
    assert_eq!((&rerank["by"], found(&answer)[0], degraded(&answer)), (&json!("maxsim"), "tides", vec![]));
    let scores: Vec<f32> = answer.contexts.iter().map(|found| found.hit.score).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > 0.8 && scores[0] <= 1.01, "{scores:?}");
    // Of each candidate, what it was and what it is.
    let told = rerank["scores"].as_array().unwrap();
    assert_eq!((json!(told.len()), told.len() > 12), (rerank["candidates"].clone(), true));
    assert!(told.iter().all(|told| told["before"].is_number() && told["after"].is_number()));
}

#[test]
fn the_pool_bounds_the_candidates_and_k_what_is_left() {
    let request = AnswerRequest { k: 2, ..sure(QUESTION) };
    for (pool, left) in [(1, 1), (5, 2), (100, 2)] {
        let answer = library().quote(("rerank", json!({"pool": pool})), &request);
        assert_eq!(answer.contexts.len(), left);
        assert!(step(&answer, "rerank")["candidates"].as_u64().unwrap() <= pool);
    }
}

#[test]
fn a_cross_encoder_has_the_last_word() {
    let library = library().judged_by(Judge::of(&[("lamps", 3.0), ("moon", 1.0)]));
    let answer = library.quote(by_encoder(), &sure(QUESTION));
    assert_eq!((found(&answer)[0], answer.contexts[0].hit.score), ("lamps", 3.0));
    assert_eq!((step(&answer, "rerank")["by"].as_str(), degraded(&answer)), (Some("cross_encoder"), vec![]));
    // Unless it is not asked.
    assert_eq!(found(&library.quote(plainly("rerank"), &sure(QUESTION)))[0], "tides");
}

#[test]
fn without_a_cross_encoder_or_with_one_that_fails_similarity_ranks() {
    let plain = library();
    let by_similarity = plain.quote(plainly("rerank"), &sure(QUESTION));
    let missing = plain.quote(by_encoder(), &sure(QUESTION));
    assert_eq!(degraded(&missing), [("rerank", "cross_encoder_missing", "maxsim")]);
    let failing = library().judged_by(Judge::failing()).quote(by_encoder(), &sure(QUESTION));
    assert_eq!(degraded(&failing), [("rerank", "cross_encoder_failed", "maxsim")]);
    assert_eq!(passages(&missing), passages(&by_similarity));
    assert_eq!(passages(&failing), passages(&by_similarity));
}

#[test]
fn no_generator_is_asked_but_for_the_answer() {
    let generator = Scripted::saying("The moon makes the tides.");
    let answer = library().generate(plainly("rerank"), &generator, &sure(QUESTION));
    assert_eq!((answer.usage.llm_calls, answer.answer.as_str()), (1, "The moon makes the tides."));
}
