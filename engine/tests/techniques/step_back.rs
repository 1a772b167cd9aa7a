//! `step_back`: contexts of the question, and of a more general one.

use super::*;

const ASKED: &str = "why did Tay Bridge fall in December 1879";
const GENERAL: &str = "What makes wind break girders?";

fn library() -> Library {
    let mut own = vec![
        page("girders", "Girders", "Wind makes girders break."),
        page("wind", "Wind", "What wind does, girders show."),
    ];
    // All of what the question itself finds is about the bridge.
    let falls = (0..9).map(|n| {
        page(&format!("fall-{n}"), "Fall", &format!("Tay Bridge did fall in December 1879, says witness w{n}q."))
    });
    own.extend(falls);
    Library::of(own.into_iter().chain(noise(6)).collect())
}

fn ask(library: &Library, knobs: Value) -> Answer {
    let generator = Scripted::lines(&[GENERAL, "Wind makes girders break."]);
    library.generate(("step_back", knobs), &generator, &sure(ASKED))
}

#[test]
fn contexts_are_those_of_the_question_first_and_a_share_of_the_general_one() {
    let library = library();
    let own = library.quote(plainly("plain"), &sure(ASKED));
    assert!(found(&own).iter().all(|id| id.starts_with("fall")), "{:?}", found(&own));
    let answer = ask(&library, json!({}));
    assert_eq!(queries(&answer), [json!([ASKED]), json!([GENERAL])]);
    let (first, last) = (passages(&answer), found(&answer));
    assert_eq!((first.len(), &first[..6]), (8, &passages(&own)[..6]));
    assert!(last[6..].contains(&"girders") && last[6..].contains(&"wind"), "{last:?}");
    assert_eq!(answer.answer, "Wind makes girders break.");
}

#[test]
fn the_share_goes_from_nothing_to_all() {
    let library = library();
    let own = library.quote(plainly("plain"), &sure(ASKED));
    assert_eq!(passages(&ask(&library, json!({"share": 0}))), passages(&own));
    let all = ask(&library, json!({"share": 1}));
    assert!(["girders", "wind"].contains(&found(&all)[0]), "{:?}", found(&all));
    let refused = Technique::named("step_back", json!({"share": 1.5}).as_object().unwrap().clone());
    assert!(refused.is_err_and(|error| error.to_string().contains("share")));
}

#[test]
fn rules_leave_out_names_and_numbers_and_stand_in() {
    let library = library();
    let answer = library.quote(plainly("step_back"), &sure(ASKED));
    assert_eq!(queries(&answer), [json!([ASKED]), json!(["fall"])]);
    assert_eq!((step(&answer, "expand")["by"].as_str(), degraded(&answer)), (Some("rules"), vec![]));
    let generator = Scripted::lines(&["....", "Tay Bridge did fall in December 1879."]);
    let useless = library.generate(plainly("step_back"), &generator, &sure(ASKED));
    assert_eq!(
        (queries(&useless), degraded(&useless)),
        (queries(&answer), vec![("expand", "generator_unusable", "rules")])
    );
    // Nothing but names is no more general than it is.
    let names = library.quote(plainly("step_back"), &sure("Tay Bridge 1879"));
    assert_eq!(queries(&names), [json!(["Tay Bridge 1879"])]);
    assert_eq!(passages(&names), passages(&library.quote(plainly("plain"), &sure("Tay Bridge 1879"))));
}

#[test]
fn the_only_call_is_for_the_answer() {
    let generator = Scripted::saying("Tay Bridge did fall in December 1879.");
    let answer = library().generate(plainly("step_back"), &generator, &calls(ASKED, 1));
    assert_eq!((degraded(&answer), answer.usage.llm_calls), (vec![("expand", "budget", "rules")], 1));
}
