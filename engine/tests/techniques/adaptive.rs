//! `adaptive`: one step or several.

use super::*;

const SIMPLE: &str = "the moon makes the tides";
const HARD: &str = "who of the keepers was born in the town where the lamp of the harbour was lit by hand";

fn thinking(question: &str) -> AnswerRequest {
    AnswerRequest { thinking: Thinking::Model, ..sure(question) }
}

fn ask(question: &str, choice: Vec<f64>, knobs: Value) -> Answer {
    let generator = Scripted::lines(&["The answer is the moon.", "NOT FOUND"]).choosing([Ok(choice)]);
    Library::of(documents()).generate(("adaptive", knobs), &generator, &thinking(question))
}

#[test]
fn labels_decide_and_the_threshold_says_how_sure_they_have_to_be() {
    let cases = [
        ([0.9, 0.1], 0.35, "single"),
        ([0.2, 0.8], 0.35, "multi"),
        ([0.2, 0.8], 0.9, "single"),
        ([1.0, 0.0], 0.0, "multi"),
    ];
    for (choice, threshold, strategy) in cases {
        // What is not asked is not said: a single step is answered with the first line.
        let answer = ask(SIMPLE, choice.to_vec(), json!({"threshold": threshold}));
        assert_eq!(chosen(&answer), [("classify", strategy)], "{choice:?}");
        let classify = step(&answer, "classify");
        assert_eq!((&classify["by"], &classify["several"]), (&json!("generator"), &json!(choice[1])));
        assert_eq!(steps(&answer, "reason").len(), usize::from(strategy == "multi"));
    }
}

#[test]
fn a_strategy_that_is_asked_for_is_taken_without_a_question() {
    for (strategy, several) in [("single", 0), ("multi", 1)] {
        let generator = Scripted::lines(&["The answer is the moon.", "NOT FOUND"]);
        let answer =
            Library::of(documents()).generate(("adaptive", json!({"strategy": strategy})), &generator, &thinking(HARD));
        assert_eq!((steps(&answer, "reason").len(), steps(&answer, "classify").len()), (several, 0));
        assert_eq!(chosen(&answer), []);
    }
}

#[test]
fn rules_tell_a_chain_from_a_question_by_its_shape() {
    let library = Library::of(documents());
    for (question, strategy) in [(SIMPLE, "single"), ("what makes tides", "single"), (HARD, "multi")] {
        let answer = library.quote(plainly("adaptive"), &sure(question));
        assert_eq!(
            (chosen(&answer), &step(&answer, "classify")["by"]),
            (vec![("classify", strategy)], &json!("rules"))
        );
    }
    // Which is what stands for the best that is known.
    let auto = library.quote(plainly("auto"), &sure(SIMPLE));
    assert_eq!((auto.decision.technique, auto.answer.as_str()), ("adaptive", "The moon makes the tides."));
}

#[test]
fn labels_that_are_none_and_calls_that_are_not_left_give_way_to_rules() {
    for useless in [vec![], vec![0.1, 0.2, 0.7], vec![f64::NAN; 2], vec![0.0, f64::INFINITY]] {
        let answer = ask(SIMPLE, useless, json!({}));
        assert_eq!(
            (degraded(&answer)[0], chosen(&answer)),
            (("classify", "generator_unusable", "rules"), vec![("classify", "single")])
        );
    }
    let generator = Scripted::saying("The moon makes the tides.");
    let request = AnswerRequest { thinking: Thinking::Model, ..calls(SIMPLE, 1) };
    let one = Library::of(documents()).generate(plainly("adaptive"), &generator, &request);
    assert_eq!((degraded(&one), one.usage.llm_calls), (vec![("classify", "budget", "rules")], 1));
}

#[test]
fn rules_classify_unless_the_generator_is_asked_to() {
    let generator = Scripted::lines(&["The moon makes the tides."]).choosing([Ok(vec![0.0, 1.0])]);
    let answer = Library::of(documents()).generate(plainly("adaptive"), &generator, &sure(SIMPLE));
    assert_eq!((&step(&answer, "classify")["by"], answer.usage.llm_calls), (&json!("rules"), 1));
}

#[test]
fn the_collection_is_told_first_if_that_is_asked_for() {
    let food = vec![page("bread", "Bread", "Bakers knead dough with yeast.")];
    let collections = vec![("sea", vec![page("tides", "Tides", TIDES)]), ("food", food)];
    let library = Library::built(collections, &BuildOptions::default(), 24);
    let from = |answer: &Answer| answer.contexts.iter().map(|found| found.collection.clone()).collect::<Vec<_>>();
    let both = library.quote(("adaptive", json!({"router": "both"})), &sure("bakers knead dough"));
    assert_eq!(
        (from(&both), chosen(&both)),
        (vec!["food".to_owned()], vec![("route", "food"), ("classify", "single")])
    );
    let all = library.quote(plainly("adaptive"), &sure("bakers knead dough"));
    assert_eq!((from(&all).len(), chosen(&all)), (2, vec![("classify", "single")]));
}
