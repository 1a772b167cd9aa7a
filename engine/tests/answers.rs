//! Answers in the documents' own words.

mod support;

use std::collections::BTreeMap;

use maxsimd_engine::answer::{Answer, AnswerRequest, Calibration, Signals};
use maxsimd_engine::build::{BuildOptions, build_documents};
use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{LiveCollection, NewCollection};
use maxsimd_engine::split::{Budget, Splitting};
use maxsimd_engine::{Context, Document, Error};
use support::words::{WIDTH, Words, document, story};

fn name() -> CollectionName {
    CollectionName::parse("answers").unwrap()
}

fn documents() -> Vec<Document> {
    let mut documents: Vec<Document> =
        (0..12).map(|n| document(&format!("d{n}"), story(n, 20 + n as usize * 5))).collect();
    documents[3].text =
        "# Tides\n\nThe moon makes the tides. It pulls the sea twice a day.\n\nHarbours keep a table of \
                         them."
            .to_owned();
    for (n, document) in documents.iter_mut().enumerate() {
        document.metadata.insert("n".to_owned(), n.into());
    }
    documents
}

fn fixture() -> (tempfile::TempDir, Generation) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path()).unwrap();
    let how = (&Words::new() as _, Splitting::Structure(Budget::new(24, 8).unwrap()));
    let options = BuildOptions::default();
    let context = Context::unbounded();
    build_documents(&context, (&store, &name()), &options, how, documents().into_iter(), &mut |_| ()).unwrap();
    let generation = store.open_generation(&name()).unwrap();
    (root, generation)
}

/// Answers whatever the signals.
fn sure() -> Calibration {
    Calibration { threshold: 0.0, ..Calibration::default() }
}

fn ask(generation: &Generation, request: &AnswerRequest) -> Answer {
    generation.answer(&Context::unbounded(), &Words::new(), request).unwrap()
}

#[test]
fn every_quote_stands_where_it_says_in_its_passage_and_in_the_answer() {
    let (_root, generation) = fixture();
    let texts: BTreeMap<String, String> =
        documents().into_iter().map(|document| (document.id, document.text)).collect();
    for number in 0..20 {
        let words: Vec<String> =
            story(number % 12, 40).split_whitespace().skip(number as usize * 9).take(7).map(str::to_owned).collect();
        let answer = ask(&generation, &AnswerRequest { calibration: sure(), ..AnswerRequest::new(words.join(" ")) });
        assert!(!answer.abstained && !answer.citations.is_empty());
        let mut end = 0;
        for citation in &answer.citations {
            let text = &texts[&citation.document_id];
            assert_eq!(text[citation.start as usize..citation.end as usize], citation.quote);
            assert_eq!(answer.answer[citation.answer_start as usize..citation.answer_end as usize], citation.quote);
            assert!(citation.answer_start >= end && !citation.quote.trim().is_empty());
            end = citation.answer_end;
            let hit = answer.contexts.iter().find(|hit| hit.passage_id == citation.passage_id).expect("its context");
            assert!(hit.start <= citation.start && citation.end <= hit.end);
        }
        assert_eq!(end as usize, answer.answer.len());
    }
}

#[test]
fn the_sentence_that_has_the_questions_words_is_the_answer() {
    let (_root, generation) = fixture();
    let answer = ask(&generation, &AnswerRequest::new("the moon makes the tides".to_owned()));
    assert_eq!((answer.answer.as_str(), answer.abstained), ("The moon makes the tides.", false));
    assert_eq!((answer.citations[0].start, answer.citations[0].document_id.as_str()), (9, "d3"));
    // Two sentences say what one does not.
    let both = ask(&generation, &AnswerRequest::new("the moon makes the tides harbours keep a table".to_owned()));
    assert_eq!(both.answer, "The moon makes the tides. Harbours keep a table of them.");
}

#[test]
fn what_nothing_is_said_of_is_not_answered() {
    let (_root, generation) = fixture();
    let answer = ask(&generation, &AnswerRequest::new("zebra quagga okapi gnu".to_owned()));
    assert!(answer.abstained && answer.answer.is_empty() && answer.citations.is_empty());
    assert!(!answer.contexts.is_empty() && answer.confidence < 0.5);
    let known = ask(&generation, &AnswerRequest::new("the moon makes the tides".to_owned()));
    assert!(known.confidence > 0.9 && known.signals.words > 0.99, "{:?}", known.signals);
    let never = Calibration { threshold: 1.0, ..Calibration::default() };
    let request = AnswerRequest { calibration: never, ..AnswerRequest::new("the moon makes the tides".to_owned()) };
    assert!(ask(&generation, &request).abstained);
}

#[test]
fn only_documents_that_match_answer() {
    let (_root, generation) = fixture();
    let filter = Filter::parse("n >= 6", &generation.description().fields).unwrap();
    let question = "the moon makes the tides".to_owned();
    let request = AnswerRequest { filter: Some(filter), calibration: sure(), ..AnswerRequest::new(question) };
    let answer = ask(&generation, &request);
    assert!(answer.contexts.iter().all(|hit| hit.metadata["n"].as_u64() >= Some(6)));
    assert!(answer.citations.iter().all(|citation| citation.document_id != "d3"));
}

#[test]
fn a_collection_of_nothing_answers_nothing_and_another_encoder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path()).unwrap();
    let words = maxsimd_engine::collection::EncoderId { name: "words".to_owned(), fingerprint: "words".to_owned() };
    store.create(&name(), NewCollection::of(words, WIDTH)).unwrap();
    let live = LiveCollection::open(&store, &name()).unwrap();
    let request = AnswerRequest { calibration: sure(), ..AnswerRequest::new("anything".to_owned()) };
    let answer = ask(&live.generation(), &request);
    assert!(answer.abstained && answer.contexts.is_empty());
    assert_eq!(answer.signals, Signals::default());
    let (context, other) = (Context::unbounded(), Words::of("other", WIDTH));
    let refused = live.generation().answer(&context, &other, &request);
    assert!(matches!(refused, Err(Error::EncoderMismatch { .. })), "{refused:?}");
    let refused = live.generation().answer(&context, &Words::new(), &AnswerRequest { k: 0, ..request });
    assert!(matches!(refused, Err(Error::Invalid { field: "k", .. })), "{refused:?}");
}
