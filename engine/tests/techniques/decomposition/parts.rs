//! `recursive` and `individual`: parts of the question, each answered, and the question itself last.

use super::*;

const PARTS: &str = "1. Where did Orla Venn grow up?\n2. Which dish do people eat there?";
const FIRST: &str = "Orla Venn grew up in Karstbay.";
const ANSWER: &str = "Karstbay smokes herring over beech.";

/// An answer, what the generator was asked, and the notes that were told.
fn ask(how: &str, lines: &[&str], request: &AnswerRequest) -> (Answer, Vec<String>, Vec<(String, String)>) {
    let (library, generator) = (library(), Scripted::lines(lines));
    let mut notes = Vec::new();
    let tell = &mut |event: Event<'_>| {
        if let Event::Note(note) = event {
            notes.push((note.question.clone(), note.answer.clone()));
        }
    };
    let (context, technique) = (Context::unbounded(), ("decomposition", json!({"how": how})));
    let answer = library.try_ask(&context, technique, Writer::Generator(&generator), request, tell).unwrap();
    cited::check(&answer, &library.texts);
    (answer, generator.prompts(), notes)
}

#[test]
fn parts_are_answered_in_turn_and_names_are_carried_on() {
    let (answer, prompts, notes) = ask("recursive", &[PARTS, FIRST, ANSWER, FIRST], &request(4));
    let carried = "Which dish do people eat there? (Orla Venn, Karstbay)";
    assert_eq!(queries(&answer), [json!([ASKED]), json!(["Where did Orla Venn grow up?"]), json!([carried])]);
    let (one, two) = ("Where did Orla Venn grow up?".to_owned(), "Which dish do people eat there?".to_owned());
    assert_eq!(notes, [(one.clone(), FIRST.to_owned()), (two.clone(), ANSWER.to_owned())]);
    // The second part knows the first one's answer, and who answers the question knows both.
    assert!(prompts[2].contains(&format!("{one} {FIRST}")) && prompts[2].ends_with(&format!("Question: {two}")));
    assert!(prompts[3].contains(&format!("{one} {FIRST}\n{two} {ANSWER}")));
    assert!(prompts[3].trim_end().ends_with(&format!("Question: {ASKED}")));
    let second = steps(&answer, "retrieve")[2]["passages"].as_array().unwrap();
    assert!(second.iter().any(|passage| passage["passage_id"] == "karstbay#0"), "{second:?}");
    assert_eq!((answer.answer.as_str(), answer.usage.llm_calls, degraded(&answer)), (FIRST, 4, vec![]));
}

#[test]
fn individual_parts_know_nothing_of_each_other() {
    let (answer, prompts, notes) = ask("individual", &[PARTS, FIRST, "Smoked herring.", ANSWER], &request(4));
    let queries = queries(&answer);
    assert_eq!(queries[2], json!(["Which dish do people eat there?"]));
    assert!(!prompts[2].contains(&format!("? {FIRST}")));
    assert_eq!(notes.len(), 2);
    assert!(prompts[3].contains("Which dish do people eat there? Smoked herring."));
}

#[test]
fn what_is_not_found_is_no_note() {
    let (answer, prompts, notes) = ask("recursive", &[PARTS, "NOT FOUND", ANSWER, ANSWER], &request(4));
    assert_eq!(queries(&answer)[2], json!(["Which dish do people eat there?"]));
    assert_eq!(notes[0].1, "");
    assert!(!prompts[3].contains("Where did Orla Venn grow up?"), "{}", prompts[3]);
}

#[test]
fn parts_have_a_cap() {
    let lines = [PARTS, FIRST, ANSWER];
    let generator = Scripted::lines(&lines);
    let technique = ("decomposition", json!({"how": "recursive", "parts": 1}));
    let answer = library().generate(technique, &generator, &request(4));
    assert_eq!(queries(&answer).len(), 2);
    assert_eq!(step(&answer, "decompose")["dropped"], json!([["Which dish do people eat there?", "one too many"]]));
}

#[test]
fn parts_in_turn_end_with_rounds_and_those_by_themselves_are_one() {
    for (how, rounds) in [("recursive", 2), ("individual", 3)] {
        let generator = Scripted::lines(&[PARTS, FIRST, ANSWER, ANSWER]);
        let answer = library().generate(("decomposition", json!({"how": how})), &generator, &iterations(1));
        assert_eq!(queries(&answer).len(), rounds, "{how}");
    }
}

#[test]
fn what_a_single_part_finds_first_is_before_what_all_find_late() {
    let generator = Scripted::lines(&["Who smokes herring over beech?", ANSWER, ANSWER]);
    let named = ("decomposition", json!({"how": "individual", "parts": 1}));
    let answer = library().generate(named, &generator, &request(2));
    assert_eq!(found(&answer)[1], "karstbay", "{:?}", found(&answer));
}

#[test]
fn rules_split_a_question_and_answer_its_parts_with_sentences() {
    let library = library();
    for how in ["recursive", "individual"] {
        let answer = library.quote(("decomposition", json!({"how": how})), &request(4));
        let decompose = step(&answer, "decompose");
        assert_eq!(
            (&decompose["by"], &decompose["parts"]),
            (&json!("rules"), &json!(["where Orla Venn grew up", "which dish do people eat"]))
        );
        let notes = &step(&answer, "parts")["notes"];
        assert_eq!(notes[0]["answer"], FIRST, "a sentence of the documents");
        let second = if how == "recursive" {
            "which dish do people eat (Orla Venn, Karstbay)"
        } else {
            "which dish do people eat"
        };
        assert_eq!(queries(&answer)[2], json!([second]));
        assert_eq!((answer.usage.llm_calls, degraded(&answer)), (0, vec![]));
    }
}

#[test]
fn calls_that_are_not_left_give_way_to_rules_part_by_part() {
    let (two, ..) = ask("recursive", &[PARTS, FIRST], &AnswerRequest { k: 4, ..calls(ASKED, 2) });
    let none = ("sub_answer", "budget", "rules");
    assert_eq!((degraded(&two), two.usage.llm_calls), (vec![none, none], 2));
    assert_eq!(step(&two, "decompose")["by"], "generator");
    assert_eq!(step(&two, "parts")["notes"][0]["answer"], FIRST);
    let (one, ..) = ask("recursive", &[FIRST], &AnswerRequest { k: 4, ..calls(ASKED, 1) });
    assert_eq!(
        (degraded(&one)[0], step(&one, "decompose")["by"].as_str()),
        (("decompose", "budget", "rules"), Some("rules"))
    );
    let (useless, ..) = ask("individual", &["yes", FIRST, ANSWER, FIRST], &request(4));
    assert_eq!(
        (degraded(&useless)[0], &step(&useless, "decompose")["by"]),
        (("decompose", "generator_unusable", "rules"), &json!("rules"))
    );
}
