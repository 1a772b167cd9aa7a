//! By rules, names lead from passage to passage.

use super::*;

#[test]
fn a_name_leads_to_a_passage_that_shares_no_word_with_the_question() {
    let library = library();
    let plain = library.quote(plainly("plain"), &request(30));
    assert!(!found(&plain).contains(&"karstbay"), "{:?}", found(&plain));
    let answer = library.quote(plainly("decomposition"), &request(4));
    assert!(found(&answer)[..3].contains(&"karstbay"), "{:?}", found(&answer));
    let link = &steps(&answer, "link")[0];
    assert_eq!(link["by"], "rules");
    let best = link["best"].as_array().unwrap();
    let to = |link: &Value| link["path"].as_array().unwrap().last().unwrap() == "karstbay#0";
    let found = best.iter().find(|link| to(link)).expect("a link to it");
    assert_eq!((&found["path"], &found["by"]), (&json!(["orla#0", "karstbay#0"]), &json!("Karstbay")));
    assert_eq!((answer.usage.llm_calls, degraded(&answer)), (0, vec![]));
}

#[test]
fn rounds_end_with_the_budget() {
    let library = library();
    for (most, links) in [(1, 0), (2, 1), (3, 2)] {
        let answer = library.quote(plainly("decomposition"), &iterations(most));
        assert!(steps(&answer, "link").len() <= links, "{most}: {:?}", stages(&answer));
        assert_eq!(found(&answer).contains(&"karstbay"), links > 0, "{most}: {:?}", found(&answer));
    }
}

#[test]
fn a_question_whose_passages_have_no_names_is_answered_as_it_is() {
    let library = Library::of(vec![page("sea", "", "the sea is salt."), page("sky", "", "the sky is wide.")]);
    let answer = library.quote(plainly("decomposition"), &sure("the sea is salt"));
    assert_eq!((answer.answer.as_str(), stages(&answer)), ("the sea is salt.", vec!["retrieve", "quote"]));
}
