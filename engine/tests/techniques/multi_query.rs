//! `multi_query`: wordings beside the question, the first of each first.

use super::*;

const ASKED: &str = "what do Harbours keep at night in 1759";

fn library() -> Library {
    let own = [
        page("lamps", "Lamps", "Harbours keep lamps at night."),
        page("oil", "Oil", "Lighthouses burn oil in winter."),
        page("bells", "Bells", "Bells ring in fog."),
    ];
    Library::of(noise(8).into_iter().chain(own).collect())
}

fn ask(library: &Library, lines: &str, queries: usize, request: &AnswerRequest) -> (Answer, Scripted) {
    let generator = Scripted::lines(&[lines, "Harbours keep lamps at night."]);
    let answer = library.generate(("multi_query", json!({"queries": queries})), &generator, request);
    (answer, generator)
}

#[test]
fn the_question_and_clean_lines_are_looked_for_and_what_was_dropped_is_told() {
    let library = library();
    let lines = "Here are other wordings:\n\n1. what burns at Lighthouses\n2) \"What burns at lighthouses?\"\n\
                 - bells in fog\nWHAT do harbours keep, at night in 1759?\nyes\n* oil for winter\nlamps and more lamps";
    let (answer, _) = ask(&library, lines, 3, &sure(ASKED));
    assert_eq!(queries(&answer), [json!([ASKED, "what burns at Lighthouses", "bells in fog", "oil for winter"])]);
    let expand = step(&answer, "expand");
    assert_eq!(expand["by"], "generator");
    let dropped = json!([
        ["Here are other wordings:", "a heading"],
        ["What burns at lighthouses?", "a duplicate"],
        ["WHAT do harbours keep, at night in 1759?", "a duplicate"],
        ["yes", "too short"],
        ["lamps and more lamps", "one too many"]
    ]);
    assert_eq!(expand["dropped"], dropped);
    assert_eq!((answer.usage.llm_calls, degraded(&answer)), (2, vec![]));
}

#[test]
fn contexts_are_the_first_of_each_wording_then_the_second_of_each() {
    let library = library();
    let (answer, _) = ask(&library, "what burns at lighthouses\nbells in fog", 4, &sure(ASKED));
    assert_eq!(found(&answer)[..3], ["lamps", "oil", "bells"]);
    let first = |found: &maxsimd_engine::answer::ContextHit| {
        assert_eq!(found.ranks.len(), 3, "a rank for the question and each wording");
        let ranks = found.ranks.iter().zip(0..).filter_map(|(rank, query)| rank.map(|rank| (rank, query)));
        ranks.min().unwrap()
    };
    let places: Vec<_> = answer.contexts.iter().map(first).collect();
    assert_eq!(places[..3], [(1, 0), (1, 1), (1, 2)]);
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(answer.contexts.len(), 8, "{:?}", found(&answer));
    let told = &step(&answer, "retrieve")["passages"][0];
    assert_eq!((&told["passage_id"], &told["ranks"][0]), (&json!("lamps#0"), &json!(1)));
}

#[test]
fn rules_take_the_words_that_say_something_the_names_and_the_rest() {
    let library = library();
    let answer = library.quote(plainly("multi_query"), &sure(ASKED));
    let expected = json!([ASKED, "harbours keep night 1759", "Harbours 1759", "keep night"]);
    assert_eq!(queries(&answer), [expected]);
    assert_eq!((step(&answer, "expand")["by"].as_str(), degraded(&answer)), (Some("rules"), vec![]));
    assert_eq!(found(&answer)[0], "lamps");
    // So with a generator that is not to think.
    let request = AnswerRequest { thinking: Thinking::Rules, ..sure(ASKED) };
    let generator = Scripted::saying("Harbours keep lamps at night.");
    let written = library.generate(plainly("multi_query"), &generator, &request);
    assert_eq!((queries(&written), passages(&written)), (queries(&answer), passages(&answer)));
    assert_eq!(written.usage.llm_calls, 1);
}

#[test]
fn lines_that_are_no_queries_and_calls_that_are_not_left_give_way_to_rules() {
    let library = library();
    let by_rules = queries(&library.quote(plainly("multi_query"), &sure(ASKED)));
    let (useless, _) = ask(&library, "yes\n\n:::", 4, &sure(ASKED));
    assert_eq!(
        (queries(&useless), degraded(&useless)),
        (by_rules.clone(), vec![("expand", "generator_unusable", "rules")])
    );
    // The only call is for the answer.
    let generator = Scripted::saying("Harbours keep lamps at night.");
    let one = library.generate(plainly("multi_query"), &generator, &calls(ASKED, 1));
    assert_eq!((queries(&one), degraded(&one)), (by_rules, vec![("expand", "budget", "rules")]));
    assert_eq!((one.usage.llm_calls, one.answer.as_str()), (1, "Harbours keep lamps at night."));
}
