//! `query_construction`: what a question says of documents is a filter.

use super::*;

const ASKED: &str = "papers in German published since 2022 about the moon and tides";

fn library() -> Library {
    let paper = |n: usize, language: &str, published: &str| {
        let text = format!("The moon makes the tides, says number n{n}q.");
        let metadata = json!({"language": language, "published": published}).as_object().unwrap().clone();
        Document { metadata, ..page(&format!("{language}-{published}"), "Paper", &text) }
    };
    let languages = ["de", "en"].into_iter().flat_map(|language| {
        ["2019-03-01", "2022-05-01", "2023-07-01"].into_iter().map(move |published| (language, published))
    });
    let documents = languages.enumerate().map(|(n, (language, published))| paper(n, language, published)).collect();
    let fields = serde_json::from_value(json!({"language": "keyword", "published": "date"})).unwrap();
    Library::built(vec![("papers", documents)], &BuildOptions { fields, ..BuildOptions::default() }, 24)
}

fn sorted(answer: &Answer) -> Vec<&str> {
    let mut found = found(answer);
    found.sort_unstable();
    found
}

fn filter(answer: &Answer) -> Value {
    step(answer, "construct")["constructed"][0][1]["filter"].clone()
}

/// With a generator that writes a filter, and says no more.
fn written(line: &str, request: &AnswerRequest) -> (Answer, Vec<String>) {
    let generator = Scripted::lines(&[line, "NOT FOUND"]);
    (library().generate(plainly("query_construction"), &generator, request), generator.prompts())
}

#[test]
fn rules_read_a_filter_that_limits_what_is_found_and_the_rest_is_looked_for() {
    let library = library();
    let answer = library.quote(plainly("query_construction"), &sure(ASKED));
    assert_eq!(sorted(&answer), ["de-2022-05-01", "de-2023-07-01"]);
    assert_eq!(queries(&answer), [json!(["papers about the moon and tides"])]);
    let construct = step(&answer, "construct");
    assert_eq!((&construct["by"], &construct["filters"]), (&json!("rules"), &json!(1)));
    let [("construct", choice)] = chosen(&answer)[..] else { panic!("{:?}", chosen(&answer)) };
    assert!(choice.contains("de") && choice.contains("2022"), "{choice}");
    let none = library.quote(plainly("query_construction"), &sure(QUESTION));
    assert_eq!((chosen(&none), none.contexts.len()), (vec![("construct", "no filter")], 6));
}

#[test]
fn words_that_a_collection_has_no_field_for_are_looked_for() {
    let mut library = library();
    library.add("letters", vec![page("letter", "", "Old letters in German.")], &BuildOptions::default(), 24);
    let answer = library.quote(plainly("query_construction"), &sure(ASKED));
    assert_eq!(queries(&answer), [json!([ASKED])]);
    let constructed = &step(&answer, "construct")["constructed"];
    assert!(constructed[0][1]["filter"].is_string() && constructed[1][1]["filter"].is_null(), "{constructed}");
}

#[test]
fn dates_are_told_from_the_moment_of_the_question_or_the_knob() {
    let library = library();
    let asked = sure("papers published last year about tides");
    let found = |knobs: Value| {
        let answer = library.quote(("query_construction", knobs), &asked);
        sorted(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(json!({})), ["de-2023-07-01", "en-2023-07-01"]);
    assert_eq!(found(json!({"now": "2023-01-01"})), ["de-2022-05-01", "en-2022-05-01"]);
    assert_eq!(found(json!({"now": "2020-02-01T10:00:00Z"})), ["de-2019-03-01", "en-2019-03-01"]);
    let ask = |knobs: Value, request: &AnswerRequest| {
        let named = ("query_construction", knobs);
        library.try_ask(&Context::unbounded(), named, Writer::Quote, request, &mut |_| ()).unwrap_err()
    };
    let strange = ask(json!({"now": "yesterday"}), &asked);
    assert!(matches!(strange, Error::Invalid { field: "options", .. }), "{strange}");
    let unknown = ask(json!({}), &AnswerRequest { now: None, ..asked.clone() });
    assert!(matches!(unknown, Error::Invalid { field: "now", .. }), "{unknown}");
}

#[test]
fn a_filter_that_nothing_passes_is_left_out_and_that_is_said_or_nothing_is_found() {
    let library = library();
    let asked = sure("papers published in 1950 about the moon and tides");
    let relaxed = library.quote(plainly("query_construction"), &asked);
    assert_eq!((degraded(&relaxed), relaxed.contexts.len()), (vec![("filter", "no_hits", "no filter")], 6));
    assert_eq!(queries(&relaxed)[1], json!([asked.question]), "all of its words are looked for");
    let strict = library.quote(("query_construction", json!({"relax": "off"})), &asked);
    assert!(strict.abstained && strict.contexts.is_empty() && degraded(&strict).is_empty());
    assert!(chosen(&strict)[0].1.contains("1950"), "{:?}", chosen(&strict));
}

#[test]
fn a_generator_writes_a_filter_with_the_fields_that_there_are() {
    let (answer, prompts) = written("`language = \"en\"`", &sure(QUESTION));
    assert!(prompts[0].contains("language (keyword)") && prompts[0].contains("published (date)"), "{}", prompts[0]);
    assert!(sorted(&answer).iter().all(|id| id.starts_with("en")) && answer.contexts.len() == 3);
    assert_eq!(
        (step(&answer, "construct")["by"].as_str(), queries(&answer)),
        (Some("generator"), vec![json!([QUESTION])])
    );
    // It may say that there is none, whatever rules say.
    let (none, _) = written("none", &sure(ASKED));
    assert_eq!((chosen(&none), none.contexts.len()), (vec![("construct", "no filter")], 6));
    // One that nothing passes is left out like any other.
    let (strange, _) = written("language = \"xx\"", &sure(QUESTION));
    assert_eq!(degraded(&strict_of(&strange)), [("filter", "no_hits", "no filter")]);
}

/// Without what is said of the answer itself.
fn strict_of(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    answer.degraded.retain(|degraded| degraded.stage != "generate");
    answer
}

#[test]
fn a_filter_that_is_none_and_calls_that_are_not_left_give_way_to_rules() {
    let library = library();
    let by_rules = filter(&library.quote(plainly("query_construction"), &sure(ASKED)));
    for line in ["", "year >= 2020", "language =", "((((((", "language = 'de' or 1 = 1; drop", &"not ".repeat(5000)] {
        let (answer, _) = written(line, &sure(ASKED));
        assert_eq!(degraded(&strict_of(&answer)), [("construct", "generator_unusable", "rules")], "{line:.40}");
        assert_eq!((filter(&answer), sorted(&answer).len()), (by_rules.clone(), 2));
    }
    let generator = Scripted::saying("NOT FOUND");
    let one = library.generate(plainly("query_construction"), &generator, &calls(ASKED, 1));
    assert_eq!((degraded(&strict_of(&one)), filter(&one)), (vec![("construct", "budget", "rules")], by_rules));
}

#[test]
fn collections_without_fields_ask_nothing_of_a_generator() {
    let generator = Scripted::saying("The moon makes the tides.");
    let answer = Library::of(vec![page("tides", "Tides", TIDES)]).generate(
        plainly("query_construction"),
        &generator,
        &sure(QUESTION),
    );
    assert_eq!(
        (answer.usage.llm_calls, degraded(&answer), answer.answer.as_str()),
        (1, vec![], "The moon makes the tides.")
    );
}
