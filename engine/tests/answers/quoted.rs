//! Without a generator: the documents' own sentences, or nothing.

use std::sync::Arc;

use maxsimd_engine::answer::{AnswerRequest, Around, Budget, Calibration, Collections, Path, Signals, Source, Writer};
use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::{CollectionName, EncoderId, Store};
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{LiveCollection, NewCollection};
use maxsimd_engine::raptor::{Nodes, Raptor, Strategy};
use maxsimd_engine::search::{HitKind, Scope};
use maxsimd_engine::{Context, Error};

use super::plain;
use super::support::words::{WIDTH, Words, document, story};
use super::{Fixture, documents, sure};

#[test]
fn every_quote_stands_where_it_says_in_its_passage_and_in_the_answer() {
    let fixture = Fixture::new();
    for number in 0..20 {
        let words: Vec<String> =
            story(number % 12, 40).split_whitespace().skip(number as usize * 9).take(7).map(str::to_owned).collect();
        let answer = fixture.quote(&sure(&words.join(" ")));
        fixture.check(&answer);
        assert!(!answer.abstained && !answer.citations.is_empty());
        let mut end = 0;
        for citation in &answer.citations {
            assert_eq!(&answer.answer[citation.answer_start..citation.answer_end], citation.quote);
            assert!(citation.answer_start >= end && citation.support == 1.0);
            end = citation.answer_end;
            let of = |hit: &&maxsimd_engine::answer::ContextHit| hit.hit.passage_id == citation.passage_id;
            let hit = &answer.contexts.iter().find(of).expect("its context").hit;
            assert!(hit.start as usize <= citation.start && citation.end <= hit.end as usize);
        }
        assert_eq!(end, answer.answer.len());
    }
}

#[test]
fn the_sentence_that_has_the_questions_words_is_the_answer() {
    let fixture = Fixture::new();
    let answer = fixture.quote(&AnswerRequest::new("the moon makes the tides"));
    assert_eq!((answer.answer.as_str(), answer.decision.path), ("The moon makes the tides.", Path::Quoted));
    assert_eq!((answer.citations[0].start, answer.citations[0].document_id.as_str()), (9, "d3"));
    assert!(answer.degraded.is_empty() && answer.usage.llm_calls == 0);
    // Two sentences say what one does not.
    let both = fixture.quote(&AnswerRequest::new("the moon makes the tides harbours keep a table"));
    assert_eq!(both.answer, "The moon makes the tides. Harbours keep a table of them.");
}

#[test]
fn what_nothing_is_said_of_is_not_answered() {
    let fixture = Fixture::new();
    let question = |threshold: f64, question: &str| AnswerRequest {
        calibration: Calibration { threshold, ..Calibration::default() },
        ..AnswerRequest::new(question)
    };
    let answer = fixture.quote(&question(0.5, "zebra quagga okapi gnu"));
    fixture.check(&answer);
    assert!(answer.abstained && answer.citations.is_empty() && answer.decision.path == Path::Abstained);
    assert!(!answer.contexts.is_empty() && answer.decision.confidence < 0.5);
    let known = fixture.quote(&question(0.5, "the moon makes the tides")).decision;
    assert!(known.confidence > 0.9 && known.signals.words > 0.99, "{known:?}");
    assert!(fixture.quote(&question(1.0, "the moon makes the tides")).abstained);
}

#[test]
fn only_documents_that_match_answer() {
    let fixture = Fixture::new();
    let filter = Filter::parse("n >= 6", &fixture.generation.description().fields).unwrap();
    let sources = Collections::new(vec![Source { filter: Some(filter), ..fixture.source() }], Arc::new(Words::new()));
    let context = Context::unbounded();
    let request = sure("the moon makes the tides");
    let answer = plain(&context, &sources.unwrap(), Writer::Quote, &request, &mut |_| ()).unwrap();
    assert!(answer.contexts.iter().all(|found| found.hit.metadata["n"].as_u64() >= Some(6)));
    assert!(answer.citations.iter().all(|citation| citation.document_id != "d3"));
}

#[test]
fn several_collections_answer_together() {
    let (fixture, mut others) = (Fixture::new(), documents());
    others[3].text = "The sun heats the land.".to_owned();
    let other = Fixture::of(others, BuildOptions::default());
    let second = Source { name: "other".to_owned(), ..other.source() };
    let sources = Collections::new(vec![fixture.source(), second], Arc::new(Words::new())).unwrap();
    let ask = |question| plain(&Context::unbounded(), &sources, Writer::Quote, &sure(question), &mut |_| ()).unwrap();
    let from = |question| ask(question).citations[0].collection.clone();
    assert_eq!(from("the moon makes the tides"), "answers");
    assert_eq!(from("the sun heats the land"), "other");
    let found: Vec<String> = ask("the sun heats the land").contexts.into_iter().map(|found| found.collection).collect();
    assert_eq!(found[0], "other");
    assert!(found.iter().any(|name| name == "answers"));
}

#[test]
fn contexts_fit_the_budget_and_parents_fill_what_is_left_of_it() {
    let fixture = Fixture::new();
    let with = |max_context_tokens: usize, around: Around| {
        let budget = Budget { max_context_tokens, ..Budget::default() };
        let request = AnswerRequest { k: 2, around, budget, ..sure("the moon makes the tides") };
        fixture.quote(&request).contexts
    };
    for budget in [0, 20, 60, 100, 400] {
        for around in Around::ALL {
            let contexts = with(budget, around);
            assert!(contexts.iter().map(|found| found.hit.tokens).sum::<usize>() <= budget);
            let mut ids: Vec<&str> = contexts.iter().map(|found| found.hit.passage_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), contexts.len());
        }
    }
    let (chunks, parents) = (with(400, Around::Chunks), with(400, Around::Parents));
    assert!(chunks.len() == 2 && parents.len() > 2);
    let document = |found: &maxsimd_engine::answer::ContextHit| found.hit.document_id.clone();
    let found: Vec<_> = chunks.iter().map(document).collect();
    assert!(parents.iter().all(|parent| found.contains(&document(parent))));
    assert!(
        fixture
            .quote(&AnswerRequest { budget: Budget { max_context_tokens: 0, ..Budget::default() }, ..sure("x") })
            .abstained
    );
}

#[test]
fn sentences_of_summaries_are_cited_in_their_passages() {
    for nodes in Nodes::ALL {
        let raptor = Raptor::new(Strategy::Windows, nodes, 60).unwrap();
        let fixture = Fixture::of(documents(), BuildOptions { raptor: Some(raptor), ..BuildOptions::default() });
        let mut cited = 0;
        for scope in [Scope::Summaries, Scope::All] {
            for number in 0..8 {
                let words: Vec<String> =
                    story(number, 30).split_whitespace().skip(60).take(6).map(str::to_owned).collect();
                let answer = fixture.quote(&AnswerRequest { scope, ..sure(&words.join(" ")) });
                fixture.check(&answer);
                let summary = |found: &&maxsimd_engine::answer::ContextHit| found.hit.kind == HitKind::Summary;
                assert!(scope == Scope::All || answer.contexts.iter().all(|found| summary(&found)));
                assert!(answer.citations.iter().all(|citation| !citation.passage_id.contains("#S")));
                cited += answer.citations.len();
            }
        }
        assert!(cited > 10, "{nodes}");
    }
}

#[test]
fn a_collection_of_nothing_answers_nothing_and_what_makes_no_sense_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path()).unwrap();
    let name = CollectionName::parse("empty").unwrap();
    let words = EncoderId { name: "words".to_owned(), fingerprint: "words".to_owned() };
    store.create(&name, NewCollection::of(words, WIDTH)).unwrap();
    let generation = LiveCollection::open(&store, &name).unwrap().generation();
    let source = Source { name: "empty".to_owned(), generation, filter: None };
    let sources = Collections::new(vec![source.clone()], Arc::new(Words::new())).unwrap();
    let ask = |request: &AnswerRequest| plain(&Context::unbounded(), &sources, Writer::Quote, request, &mut |_| ());
    let answer = ask(&sure("anything")).unwrap();
    assert!(answer.abstained && answer.contexts.is_empty());
    assert_eq!(answer.decision.signals, Signals::default());
    for (request, field) in [
        (AnswerRequest { k: 0, ..sure("anything") }, "k"),
        (sure(" \n"), "question"),
        (sure(&"x".repeat(9000)), "question"),
    ] {
        let refused = ask(&request);
        assert!(matches!(&refused, Err(Error::Invalid { field: found, .. }) if *found == field), "{refused:?}");
    }
    let other = Collections::new(vec![source], Arc::new(Words::of("other", WIDTH)));
    assert!(matches!(other, Err(Error::EncoderMismatch { .. })), "{other:?}");
    assert!(matches!(Collections::new(Vec::new(), Arc::new(Words::new())), Err(Error::Invalid { .. })));
}

#[test]
fn an_answer_in_several_languages_and_scripts_keeps_its_bytes() {
    let mut documents = documents();
    documents
        .push(document("polyglot", "Der Mond zieht die See an. 月は海を引く。 Луна тянет море! Η σελήνη.".to_owned()));
    let fixture = Fixture::of(documents, BuildOptions::default());
    for question in ["Der Mond zieht", "月は海を引く。", "Луна тянет", "ΣΕΛΉΝΗ", "\u{0} \u{202e}x"]
    {
        fixture.check(&fixture.quote(&sure(question)));
    }
}
