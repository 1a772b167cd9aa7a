//! `hyde`: what an answer might look like leads to passages, and is never evidence.

use super::*;

const ASKED: &str = "which dish do people of Karstbay eat";
const MADE_UP: &str = "Purple herring smoked over beech glows at noon.";

/// What answers shares no word with the question, and much does.
fn library() -> Library {
    let crowd = (0..9).map(|n| page(&format!("crowd-{n}"), "Crowd", &format!("People of town t{n}q eat a dish.")));
    let own = page("smoke", "", "Herring smoked over beech. Karst rock.");
    Library::of(crowd.chain([own]).chain(noise(4)).collect())
}

fn request() -> AnswerRequest {
    AnswerRequest { k: 3, ..sure(ASKED) }
}

fn ask(library: &Library, knobs: Value, lines: &[&str], request: &AnswerRequest) -> (Answer, Scripted) {
    let generator = Scripted::lines(lines);
    (library.generate(("hyde", knobs), &generator, request), generator)
}

#[test]
fn a_made_up_passage_leads_to_real_ones_and_is_cited_nowhere() {
    let library = library();
    assert!(!found(&library.quote(plainly("plain"), &request())).contains(&"smoke"));
    let (answer, _) = ask(&library, json!({"weight": 2}), &[MADE_UP, "Herring smoked over beech."], &request());
    assert!(found(&answer).contains(&"smoke"), "{:?}", found(&answer));
    let expand = step(&answer, "expand");
    assert_eq!(
        (&expand["by"], &expand["evidence"], &expand["hypothetical"]),
        (&json!("generator"), &json!(false), &json!([MADE_UP]))
    );
    // Words are the question's own.
    assert_eq!(queries(&answer), [json!([ASKED]), json!([ASKED])]);
    assert_eq!(answer.answer, "Herring smoked over beech.");
    assert!(answer.contexts.iter().all(|found| !found.hit.text.contains("Purple")));
    assert!(answer.citations.iter().all(|citation| !citation.quote.contains("Purple")));
}

#[test]
fn what_was_made_up_supports_no_answer() {
    let library = library();
    let (answer, generator) = ask(&library, json!({"weight": 2}), &[MADE_UP, MADE_UP], &request());
    assert_eq!(degraded(&answer), [("check", "unsupported", "quote")]);
    assert!(!answer.answer.contains("Purple") && !answer.answer.is_empty());
    // Who answers is not told of it either.
    assert!(!generator.prompts()[1].contains("Purple"));
}

#[test]
fn feedback_is_a_round_of_its_own() {
    let request = request();
    let one = AnswerRequest { budget: Budget { max_iterations: 1, ..request.budget }, ..request.clone() };
    let by = |request: &AnswerRequest| {
        let answer = library().quote(plainly("hyde"), request);
        let expand = step(&answer, "expand");
        (expand["by"].clone(), expand["token_vectors"].as_u64().unwrap())
    };
    let (with, without) = (by(&request), by(&one));
    assert_eq!((with.0, without.0), (json!("rules"), json!("nothing")));
    assert_eq!(without.1, 1 + ASKED.split(' ').count() as u64);
    assert!(with.1 > without.1);
}

#[test]
fn several_passages_are_made_up_at_random_and_one_is_not() {
    let library = library();
    let (one, generator) = ask(&library, json!({}), &[MADE_UP, "NOT FOUND"], &request());
    assert_eq!(generator.asked.lock().unwrap()[0].temperature, 0.0);
    let three = ["Smoked herring.", "Beech wood.", "Karst rock.", "NOT FOUND"];
    let (answer, generator) = ask(&library, json!({"passages": 3, "tokens": 2}), &three, &request());
    assert!(generator.asked.lock().unwrap()[..3].iter().all(|prompt| prompt.temperature > 0.0));
    let question = 1 + ASKED.split(' ').count();
    assert_eq!(step(&answer, "expand")["token_vectors"], question + 3 * 2);
    assert_eq!(step(&one, "expand")["token_vectors"], question + 1 + MADE_UP.split(' ').count());
    assert_eq!(answer.usage.llm_calls, 4);
}

#[test]
fn rules_take_what_the_first_passages_say() {
    let library = library();
    let answer = library.quote(plainly("hyde"), &request());
    let expand = step(&answer, "expand");
    assert_eq!((&expand["by"], &expand["hypothetical"]), (&json!("rules"), &json!([])));
    let question = 1 + ASKED.split(' ').count() as u64;
    let vectors = expand["token_vectors"].as_u64().unwrap();
    assert!(vectors > question && vectors <= question + 10, "{vectors}");
    assert_eq!(degraded(&answer), []);
}

#[test]
fn a_generator_that_writes_nothing_or_has_no_call_left_gives_way_to_rules() {
    let library = library();
    let by_rules = passages(&library.quote(plainly("hyde"), &request())).join(" ");
    let (empty, _) = ask(&library, json!({}), &[" \n ", "NOT FOUND"], &request());
    assert_eq!(degraded(&empty)[0], ("expand", "generator_unusable", "rules"));
    let (budget, generator) = ask(&library, json!({}), &["NOT FOUND"], &AnswerRequest { k: 3, ..calls(ASKED, 1) });
    assert_eq!((degraded(&budget)[0], generator.prompts().len()), (("expand", "budget", "rules"), 1));
    assert_eq!((passages(&empty).join(" "), passages(&budget).join(" ")), (by_rules.clone(), by_rules));
    // One of two is enough.
    let (half, _) = ask(&library, json!({"passages": 2}), &["", MADE_UP, "NOT FOUND"], &request());
    assert_eq!(step(&half, "expand")["hypothetical"], json!([MADE_UP]));
}
