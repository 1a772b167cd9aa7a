//! `self_rag`: an answer is looked at before it is given.

use super::*;

const AGAIN: &str = "what pulls the sea twice a day";
const GOOD: &str = "The moon makes the tides.";
const BAD: &str = "Cheese glows wonderfully.";

fn library() -> Library {
    Library::of(documents()).judged_by(Judge::of(&[("tides", 4.0)]))
}

fn ask(knobs: Value, lines: &[&str], request: &AnswerRequest) -> Answer {
    library().generate(("self_rag", knobs), &Scripted::lines(lines), request)
}

/// Rounds with their scores, and what became of them.
fn rounds(answer: &Answer) -> (Vec<f64>, Vec<&str>) {
    let scores = steps(answer, "reflect").iter().map(|reflect| reflect["score"].as_f64().unwrap()).collect();
    (scores, chosen(answer).into_iter().map(|(_, choice)| choice).collect())
}

#[test]
fn an_answer_that_is_relevant_supported_and_of_use_is_given_at_once() {
    let answer = ask(json!({}), &[GOOD], &sure(QUESTION));
    let (scores, choices) = rounds(&answer);
    assert_eq!((answer.answer.as_str(), choices, answer.usage.llm_calls), (GOOD, vec!["accepted"], 1));
    let reflection = &step(&answer, "reflect")["reflection"];
    assert!(reflection["relevance"].as_f64().unwrap() > 0.9 && reflection["support"] == 1.0);
    assert!(reflection["usefulness"].as_f64().unwrap() > 0.8 && scores[0] > 0.9 && degraded(&answer).is_empty());
}

#[test]
fn a_draft_that_is_not_supported_is_asked_for_again_with_another_query() {
    let answer = ask(json!({"threshold": 0.8}), &[BAD, AGAIN, GOOD], &sure(QUESTION));
    assert_eq!(queries(&answer), [json!([QUESTION]), json!([AGAIN])]);
    let (scores, choices) = rounds(&answer);
    assert_eq!((choices, answer.answer.as_str()), (vec!["not enough", "accepted"], GOOD));
    assert!(scores[0] < 0.8 && scores[1] >= 0.8, "{scores:?}");
    assert_eq!((answer.decision.path, answer.usage.llm_calls), (maxsimd_engine::answer::Path::Generated, 3));
}

#[test]
fn the_best_of_all_rounds_is_given_though_it_is_not_the_last() {
    // Both are too little; the second is less.
    let answer = ask(json!({"threshold": 1.0}), &[GOOD, AGAIN, BAD], &sure(QUESTION));
    let (scores, choices) = rounds(&answer);
    assert_eq!((choices, answer.answer.as_str()), (vec!["not enough", "not enough"], GOOD));
    assert!(scores[0] > scores[1]);
    let other = ask(json!({"threshold": 1.0}), &[BAD, AGAIN, GOOD], &sure(QUESTION));
    assert_eq!(other.answer, GOOD);
}

#[test]
fn citations_are_told_of_what_is_answered_and_of_no_other_round() {
    let (mut told, generator) = (Vec::new(), Scripted::lines(&[GOOD, AGAIN, BAD]));
    let tell = &mut |event: Event<'_>| {
        if let Event::Citation(citation) = event {
            told.push(citation.clone());
        }
    };
    let (context, named) = (Context::unbounded(), ("self_rag", json!({"threshold": 1.0})));
    let answer = library().try_ask(&context, named, Writer::Generator(&generator), &sure(QUESTION), tell).unwrap();
    assert_eq!((steps(&answer, "reflect").len(), told.len()), (2, 1));
    assert_eq!(told, answer.citations);
}

#[test]
fn rounds_end_with_retries_rounds_and_calls() {
    let never = json!({"threshold": 1.0, "retries": 4});
    let generator = || Scripted::always(Ok(BAD.to_owned()), Ok(vec![]));
    for (retries, most) in [(0, 1), (2, 3)] {
        let knobs = json!({"threshold": 1.0, "retries": retries});
        let answer = library().generate(("self_rag", knobs), &generator(), &sure(QUESTION));
        assert_eq!(steps(&answer, "reflect").len(), most);
    }
    let request = sure(QUESTION);
    for max_iterations in [1, 2, 3] {
        let request = AnswerRequest { budget: Budget { max_iterations, ..request.budget }, ..request.clone() };
        let answer = library().generate(("self_rag", never.clone()), &generator(), &request);
        assert_eq!(steps(&answer, "reflect").len(), max_iterations as usize);
        assert_eq!((answer.answer.as_str(), answer.abstained), (GOOD, false), "quotes in its stead");
    }
    for max_llm_calls in 0..6 {
        let answer = library().generate(("self_rag", never.clone()), &generator(), &calls(QUESTION, max_llm_calls));
        assert!(answer.usage.llm_calls <= max_llm_calls && answer.answer == GOOD);
    }
}

#[test]
fn without_a_generator_quotes_are_supported_and_rules_find_other_words() {
    let quoted = library().quote(plainly("self_rag"), &sure(QUESTION));
    assert_eq!((quoted.answer.as_str(), rounds(&quoted).1, quoted.usage.llm_calls), (GOOD, vec!["accepted"], 0));
    let again = library().quote(("self_rag", json!({"threshold": 1.0})), &sure("what Moon makes the tides"));
    assert_eq!(queries(&again), [json!(["what Moon makes the tides"]), json!(["moon makes tides"])]);
    assert_eq!((again.answer.as_str(), degraded(&again)), (GOOD, vec![]));
}

#[test]
fn nothing_relevant_is_asked_again_and_then_not_answered() {
    let library = library();
    let mut request = sure("zebra quagga okapi gnu");
    request.calibration.threshold = 0.9;
    let generator = Scripted::lines(&["which animals have stripes"]);
    let answer = library.generate(plainly("self_rag"), &generator, &request);
    assert!(answer.abstained && steps(&answer, "reflect").len() == 2 && answer.usage.llm_calls == 1);
}

#[test]
fn passages_that_are_not_relevant_are_left_out() {
    let answer = ask(json!({}), &[GOOD], &sure(QUESTION));
    assert_eq!(found(&answer), ["tides"]);
    let weights = json!({"relevance": 0, "support": 0, "usefulness": 0, "retries": 0});
    let whatever = ask(weights, &[BAD], &sure(QUESTION));
    assert_eq!((rounds(&whatever).0, whatever.answer.as_str()), (vec![1.0], GOOD));
}
