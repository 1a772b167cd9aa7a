//! What a generator writes, checked: supported sentences are cited, others marked, and what fails gives way to quotes.

use std::time::{Duration, Instant};

use maxsimd_engine::answer::{Answer, AnswerRequest, Budget, Event, Path, Writer};
use maxsimd_engine::generate::GeneratorError;
use maxsimd_engine::{Context, Error, Stage};

use super::plain;
use super::scripted::Scripted;
use super::{Fixture, sure};

const QUESTION: &str = "the moon makes the tides";

fn answer(fixture: &Fixture, generator: &Scripted) -> Answer {
    let answer = fixture.ask(Writer::Generator(generator), &sure(QUESTION));
    fixture.check(&answer);
    answer
}

fn reasons(answer: &Answer) -> Vec<(&'static str, &'static str, &'static str)> {
    answer.degraded.iter().map(|degraded| (degraded.stage, degraded.reason, degraded.fallback)).collect()
}

#[test]
fn supported_sentences_are_cited_and_strange_ones_marked() {
    let fixture = Fixture::new();
    let generator =
        Scripted::saying("The moon makes the tides and it pulls the sea twice a day [1]. Cheese glows wonderfully.");
    let answer = answer(&fixture, &generator);
    assert_eq!(answer.decision.path, Path::Generated, "{:?}", answer.trace);
    assert_eq!(answer.answer, "The moon makes the tides and it pulls the sea twice a day. Cheese glows wonderfully.");
    assert_eq!(answer.decision.generator, "scripted:lines");
    let quotes: Vec<&str> = answer.citations.iter().map(|citation| citation.quote.as_str()).collect();
    assert_eq!(quotes, ["The moon makes the tides.", "It pulls the sea twice a day."]);
    assert_eq!(answer.unsupported, [[59, 84]]);
    assert!(reasons(&answer).is_empty());
    assert_eq!((answer.usage.llm_calls, answer.usage.tokens), (1, 110));
    let stages: Vec<&str> = answer.trace.iter().map(|step| step.stage).collect();
    assert_eq!(stages, ["retrieve", "generate", "check"]);
}

#[test]
fn numbers_and_names_that_no_passage_has_are_not_supported() {
    let fixture = Fixture::new();
    for strange in ["It pulls the sea 37 times a day.", "It pulls the sea twice a day, says Galileo."] {
        let answer = answer(&fixture, &Scripted::saying(strange));
        assert_eq!(reasons(&answer), [("check", "unsupported", "quote")], "{strange}");
        assert_eq!((answer.answer.as_str(), answer.decision.path), ("The moon makes the tides.", Path::Quoted));
    }
    let answer = answer(&fixture, &Scripted::saying("It pulls the sea twice a day."));
    assert_eq!(answer.decision.path, Path::Generated);
}

#[test]
fn whatever_fails_ends_in_quotes_that_say_so() {
    let fixture = Fixture::new();
    let silent = || GeneratorError::Silent { after: Duration::from_secs(1) };
    let unreadable = || GeneratorError::Unreadable { reason: "<html>".to_owned() };
    let cases: [(Scripted, (&str, &str)); 9] = [
        (Scripted::failing(silent()), ("generate", "generator_silent")),
        (Scripted::failing(unreadable()), ("generate", "generator_unreadable")),
        (Scripted::failing(GeneratorError::Empty), ("generate", "generator_empty")),
        (Scripted::failing(GeneratorError::Deadline), ("generate", "deadline")),
        (Scripted::saying("NOT FOUND"), ("generate", "generator_declined")),
        (Scripted::saying("{prompt}"), ("check", "prompt_echo")),
        (Scripted::saying("Cheese glows wonderfully."), ("check", "unsupported")),
        (Scripted::saying("[1] ![x](http://x)"), ("check", "unsupported")),
        (Scripted::saying("{\"answer\": 3"), ("check", "unsupported")),
    ];
    for (generator, (stage, reason)) in cases {
        let answer = answer(&fixture, &generator);
        assert_eq!(reasons(&answer), [(stage, reason, "quote")]);
        assert_eq!(
            (answer.answer.as_str(), answer.decision.generator.as_str()),
            ("The moon makes the tides.", "quote")
        );
    }
    let missing = fixture.ask(Writer::Missing { reason: "none is named" }, &sure(QUESTION));
    assert_eq!(reasons(&missing), [("generate", "generator_missing", "quote")]);
    assert_eq!(missing.answer, "The moon makes the tides.");
}

#[test]
fn a_text_that_is_cut_loses_its_last_sentence_unless_that_is_all() {
    let fixture = Fixture::new();
    let cut = answer(&fixture, &Scripted::cut("The moon makes the tides. It pulls the sea tw"));
    assert_eq!(cut.answer, "The moon makes the tides.");
    let all = answer(&fixture, &Scripted::cut("The moon makes the tides of the"));
    assert_eq!(all.answer, "The moon makes the tides of the");
}

#[test]
fn nothing_is_asked_of_a_generator_where_there_is_no_answer_or_no_budget() {
    let fixture = Fixture::new();
    let generator = Scripted::saying("The moon makes the tides.");
    let mut request = AnswerRequest::new("zebra quagga okapi gnu");
    request.calibration.threshold = 0.5;
    let answer = fixture.ask(Writer::Generator(&generator), &request);
    assert!(answer.abstained && generator.prompts().is_empty() && answer.usage.llm_calls == 0);
    let request = AnswerRequest { budget: Budget { max_llm_calls: 0, ..Budget::default() }, ..sure(QUESTION) };
    let answer = fixture.ask(Writer::Generator(&generator), &request);
    assert_eq!(reasons(&answer), [("generate", "budget", "quote")]);
    assert!(generator.prompts().is_empty() && !answer.abstained);
}

#[test]
fn who_listens_hears_contexts_first_then_pieces_the_verdict_and_citations() {
    let fixture = Fixture::new();
    let generator = Scripted::saying("The moon makes the tides.");
    let mut heard: Vec<String> = Vec::new();
    let mut listen = |event: Event<'_>| {
        heard.push(match event {
            Event::Note(note) => note.question.clone(),
            Event::Stage(stage) => stage.to_owned(),
            Event::Retrieval(contexts) => format!("{} contexts", contexts.len()),
            Event::Token(piece) => format!("+{piece}"),
            Event::Citation(citation) => citation.quote.clone(),
            Event::Verdict(verdict) => verdict.accepted.to_string(),
        });
    };
    let context = Context::unbounded();
    let answer =
        plain(&context, &fixture.sources(), Writer::Generator(&generator), &sure(QUESTION), &mut listen).unwrap();
    let contexts = format!("{} contexts", answer.contexts.len());
    let expected = [
        "retrieve",
        &contexts,
        "generate",
        "+The ",
        "+moon ",
        "+makes ",
        "+the ",
        "+tides.",
        "check",
        "true",
        "The moon makes the tides.",
    ];
    assert_eq!(heard, expected);
    assert!(context.timings().iter().any(|(stage, _)| stage == Stage::Generate));
}

#[test]
fn whoever_gives_up_gets_no_quotes_and_a_deadline_leaves_time_for_them() {
    let fixture = Fixture::new();
    let (sources, request) = (fixture.sources(), sure(QUESTION));
    let generator = Scripted::failing(GeneratorError::Cancelled);
    let given_up = plain(&Context::unbounded(), &sources, Writer::Generator(&generator), &request, &mut |_| ());
    assert!(matches!(given_up, Err(Error::Cancelled)), "{given_up:?}");
    let late = Context::until(Instant::now());
    let late = plain(&late, &sources, Writer::Quote, &request, &mut |_| ());
    assert!(matches!(late, Err(Error::Deadline)), "{late:?}");
}

#[test]
fn what_follows_many_supported_sentences_is_not_supported() {
    let fixture = Fixture::new();
    let long: String = (0..40).map(|n| format!("The moon makes the tides{}. ", " tides".repeat(n))).collect();
    let answer = answer(&fixture, &Scripted::saying(&long));
    assert_eq!(answer.unsupported.len() + answer.citations.len(), 40);
    assert!(answer.unsupported.len() >= 8 && answer.citations.len() <= 32);
}
