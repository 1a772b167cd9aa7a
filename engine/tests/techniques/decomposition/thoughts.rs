//! `ircot`: each thought is looked for, until one says the answer.

use maxsimd_engine::generate::GeneratorError;

use super::*;

const FIRST: &str = "Orla Venn grew up in Karstbay.";
const SECOND: &str = "Karstbay smokes herring.";
const LAST: &str = "So the answer is herring.";
const ANSWER: &str = "Karstbay smokes herring over beech.";

fn ask(lines: &[&str], request: &AnswerRequest) -> (Answer, Scripted) {
    let generator = Scripted::lines(lines);
    (library().generate(plainly("decomposition"), &generator, request), generator)
}

#[test]
fn each_thought_is_the_next_query_and_the_last_one_is_not() {
    let (answer, generator) = ask(&[&format!("{FIRST} It is far away."), SECOND, LAST, ANSWER], &request(4));
    assert_eq!(queries(&answer), [json!([ASKED]), json!([FIRST]), json!([SECOND])]);
    assert_eq!(step(&answer, "reason")["thoughts"], json!([FIRST, SECOND, LAST]));
    assert_eq!((answer.usage.llm_calls, degraded(&answer)), (4, vec![]));
    assert!(found(&answer).contains(&"karstbay"), "{:?}", found(&answer));
    assert_eq!(answer.answer, ANSWER);
    // What was thought goes along: to the next thought, and to the answer.
    let prompts = generator.prompts();
    assert!(prompts[1].contains(&format!("Thoughts so far: {FIRST}\n")));
    assert!(prompts[1].contains(ANSWER), "what the first thought found");
    assert!(prompts[3].contains(&format!("{FIRST} {SECOND} {LAST}")));
    assert!(prompts[3].trim_end().ends_with(&format!("Question: {ASKED}")));
}

#[test]
fn a_thought_that_comes_again_is_the_last() {
    let (answer, _) = ask(&[FIRST, FIRST, ANSWER], &request(4));
    assert_eq!(queries(&answer), [json!([ASKED]), json!([FIRST])]);
    assert_eq!(answer.usage.llm_calls, 3);
}

#[test]
fn thoughts_end_with_rounds_and_with_calls() {
    let (rounds, _) = ask(&[FIRST, SECOND, FIRST], &iterations(2));
    assert_eq!(queries(&rounds), [json!([ASKED]), json!([FIRST])]);
    assert_eq!(degraded(&rounds), []);
    let (one, _) = ask(&[FIRST, ANSWER], &iterations(1));
    assert_eq!(queries(&one), [json!([ASKED])]);
    let budget = AnswerRequest { k: 4, ..calls(ASKED, 2) };
    let (calls, _) = ask(&[FIRST, FIRST], &budget);
    assert_eq!((queries(&calls), calls.usage.llm_calls), (vec![json!([ASKED]), json!([FIRST])], 2));
    assert_eq!((degraded(&calls), calls.answer.as_str()), (vec![("reason", "budget", "rules")], FIRST));
}

#[test]
fn without_a_first_thought_names_lead_on() {
    for (line, reason) in [(" \n", "generator_unusable"), ("", "generator_unusable")] {
        let (answer, _) = ask(&[line, ANSWER], &request(4));
        assert_eq!(degraded(&answer), [("reason", reason, "rules")]);
        assert!(!steps(&answer, "link").is_empty() && found(&answer).contains(&"karstbay"));
    }
    let generator = Scripted::saying(ANSWER);
    let answer = library().generate(plainly("decomposition"), &generator, &AnswerRequest { k: 4, ..calls(ASKED, 1) });
    assert_eq!((degraded(&answer), answer.answer.as_str()), (vec![("reason", "budget", "rules")], ANSWER));
    assert!(!steps(&answer, "link").is_empty());
}

#[test]
fn what_was_thought_before_a_failure_counts() {
    let generator = Scripted::of([Ok(FIRST.to_owned()), Err(GeneratorError::Empty), Ok(FIRST.to_owned())]);
    let answer = library().generate(plainly("decomposition"), &generator, &request(4));
    assert_eq!(step(&answer, "reason")["thoughts"], json!([FIRST]));
    assert_eq!((degraded(&answer), answer.answer.as_str()), (vec![("reason", "generator_empty", "rules")], FIRST));
    assert!(steps(&answer, "link").is_empty());
}
