//! `crag`: what is found is graded, cut to strips, and looked for elsewhere.

use super::*;

const STRIPS: &str = "The moon makes the tides. High tides follow the moon. Bakers knead dough daily. Cooks boil leek soup. \
                      The tides obey the moon. So the moon makes tides low.";

/// Two collections; a passage is as relevant as a judge says of its words.
fn library(judge: &[(&'static str, f32)]) -> Library {
    let first =
        noise(6).into_iter().chain([page("first", "First", "The moon makes the tides of the first book.")]).collect();
    let second =
        noise(6).into_iter().chain([page("second", "Second", "Says the second book, the moon makes tides.")]).collect();
    Library::built(vec![("one", first), ("two", second)], &BuildOptions::default(), 60).judged_by(Judge::of(judge))
}

fn named(knobs: Value) -> Named<'static> {
    ("crag", knobs)
}

#[test]
fn what_is_relevant_in_the_first_collection_is_all_that_is_asked() {
    let answer = library(&[("first", 4.0), ("second", 4.0)]).quote(named(json!({})), &sure(QUESTION));
    assert_eq!((chosen(&answer), found(&answer)), (vec![("grade", "correct")], vec!["first"]));
    assert_eq!(stages(&answer), ["retrieve", "grade", "refine", "quote"]);
    let grade = step(&answer, "grade");
    assert_eq!((&grade["by"], &grade["verdict"]), (&json!("cross_encoder"), &json!("correct")));
    assert!(grade["best"].as_f64().unwrap() > 0.98 && degraded(&answer).is_empty());
}

#[test]
fn what_is_irrelevant_gives_way_to_keywords_in_the_other_collections() {
    let library = library(&[("second", 4.0)]);
    let answer = library.quote(named(json!({})), &sure("who says the Moon makes tides"));
    assert_eq!((chosen(&answer), found(&answer)), (vec![("grade", "incorrect")], vec!["second"]));
    assert_eq!(queries(&answer), [json!(["who says the Moon makes tides"]), json!(["Moon says makes tides"])]);
    assert_eq!(step(&answer, "rewrite")["by"], "rules");
    // Keywords of a generator, if it writes any.
    let generator = Scripted::lines(&["moon tides book", "The moon makes tides."]);
    let written = library.generate(named(json!({})), &generator, &sure(QUESTION));
    assert_eq!((queries(&written)[1].clone(), written.usage.llm_calls), (json!(["moon tides book"]), 2));
    let generator = Scripted::lines(&["!!!", "The moon makes tides."]);
    let useless = library.generate(named(json!({})), &generator, &sure(QUESTION));
    assert_eq!(
        (degraded(&useless), found(&useless)),
        (vec![("rewrite", "generator_unusable", "rules")], vec!["second"])
    );
}

#[test]
fn what_is_between_gets_both() {
    let answer = library(&[("first", -1.0), ("second", 4.0)]).quote(named(json!({})), &sure(QUESTION));
    assert_eq!((chosen(&answer), found(&answer)), (vec![("grade", "ambiguous")], vec!["first", "second"]));
    // And itself alone if there is nothing better.
    let alone = library(&[("first", -1.0)]).quote(named(json!({})), &sure(QUESTION));
    assert_eq!((chosen(&alone), found(&alone)), (vec![("grade", "ambiguous")], vec!["first"]));
}

#[test]
fn where_nothing_is_relevant_anywhere_nothing_is_answered() {
    for fallback in ["none", "collections"] {
        let answer = library(&[]).quote(named(json!({"fallback": fallback})), &sure(QUESTION));
        assert!(answer.abstained && answer.citations.is_empty() && !answer.contexts.is_empty());
        assert_eq!(steps(&answer, "rewrite").len(), usize::from(fallback == "collections"));
    }
    // There is no round left to look elsewhere.
    let request = sure(QUESTION);
    let one = AnswerRequest { budget: Budget { max_iterations: 1, ..request.budget }, ..request };
    let answer = library(&[("second", 4.0)]).quote(named(json!({})), &one);
    assert!(answer.abstained && steps(&answer, "retrieve").len() == 1);
}

#[test]
fn strips_that_say_nothing_are_cut_and_the_others_keep_their_order() {
    let library = Library::built(vec![("library", vec![page("book", "Book", STRIPS)])], &BuildOptions::default(), 60);
    let library = library.judged_by(Judge::of(&[("moon", 4.0)]));
    let answer = library.quote(named(json!({})), &sure(QUESTION));
    let cut = "The moon makes the tides. High tides follow the moon. [...] The tides obey the moon. So the moon makes tides low.";
    assert_eq!(answer.contexts[0].hit.text, cut);
    let refine = step(&answer, "refine");
    assert_eq!((&refine["strips"], &refine["kept"]), (&json!(3), &json!(2)));
    let whole = library.quote(named(json!({"refine": "none"})), &sure(QUESTION));
    assert_eq!((whole.contexts[0].hit.text.as_str(), steps(&whole, "refine").len()), (STRIPS, 0));
    assert!(answer.contexts[0].hit.tokens < whole.contexts[0].hit.tokens);
    let generator = Scripted::saying("The moon makes the tides.");
    library.generate(named(json!({})), &generator, &sure(QUESTION));
    assert!(generator.prompts()[0].contains(cut) && !generator.prompts()[0].contains("dough"));
}

#[test]
fn strips_have_a_cap_though_they_say_the_same() {
    let books = (0..5).map(|n| page(&format!("book-{n}"), "Book", STRIPS)).collect();
    let library =
        Library::built(vec![("library", books)], &BuildOptions::default(), 60).judged_by(Judge::of(&[("moon", 4.0)]));
    for most in [1, 2, 3, 7] {
        let answer = library.quote(named(json!({"strips": most})), &sure(QUESTION));
        assert_eq!(step(&answer, "refine")["kept"], most, "of {}", step(&answer, "refine")["strips"]);
    }
}

#[test]
fn a_generator_grades_where_there_is_no_cross_encoder_as_far_as_calls_go() {
    let library = Library { judge: None, ..library(&[]) };
    let request = |calls: u32| AnswerRequest { k: 2, thinking: Thinking::Model, ..calls_of(calls) };
    let no = || Ok(vec![0.01, 0.99]);
    let generator =
        Scripted::saying("The moon makes the tides of the first book.").choosing([Ok(vec![0.9, 0.1]), no()]);
    let answer = library.generate(named(json!({})), &generator, &request(9));
    assert_eq!(
        (chosen(&answer), found(&answer), answer.usage.llm_calls),
        (vec![("grade", "correct")], vec!["first"], 3)
    );
    assert_eq!(step(&answer, "grade")["by"], "generator");
    let generator = Scripted::saying("The moon makes the tides of the first book.");
    let none = library.generate(named(json!({})), &generator, &request(1));
    assert_eq!((step(&none, "grade")["by"].as_str(), none.usage.llm_calls), (Some("rules"), 1));
    assert_eq!(degraded(&none)[0], ("grade", "budget", "rules"));
    for useless in [vec![], vec![f64::NAN, 0.0], vec![7.0, -6.0]] {
        let generator = Scripted::saying("The moon makes the tides of the first book.").choosing([Ok(useless)]);
        let answer = library.generate(named(json!({})), &generator, &request(9));
        assert_eq!(
            (step(&answer, "grade")["by"].as_str(), degraded(&answer)[0]),
            (Some("rules"), ("grade", "generator_unusable", "rules"))
        );
    }
}

fn calls_of(count: u32) -> AnswerRequest {
    calls(QUESTION, count)
}

#[test]
fn rules_grade_by_what_the_question_finds_and_stand_in_for_a_judge_that_fails() {
    let mut library = Library { judge: None, ..library(&[]) };
    let answer = library.quote(named(json!({})), &sure("the moon makes the tides of the first book"));
    assert_eq!((chosen(&answer), &step(&answer, "grade")["by"]), (vec![("grade", "correct")], &json!("rules")));
    let mut request = sure("zebra quagga okapi gnu");
    request.calibration.grader.lower = 0.3;
    let strange = library.quote(named(json!({})), &request);
    assert!(strange.abstained && chosen(&strange) == [("grade", "incorrect")]);
    library = library.judged_by(Judge::failing());
    let failing = library.quote(named(json!({})), &sure("the moon makes the tides of the first book"));
    assert_eq!(
        (degraded(&failing), passages(&failing)),
        (vec![("grade", "cross_encoder_failed", "rules")], passages(&answer))
    );
}
