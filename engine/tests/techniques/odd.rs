//! Odd questions, little room, few contexts, collections of nothing: every technique answers or abstains.

use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{LiveCollection, NewCollection};
use maxsimd_engine::search::Scope;

use super::every::{every, library};
use super::support::words::WIDTH;
use super::*;

#[test]
fn questions_that_ask_nothing_are_no_failure() {
    let library = library();
    let questions = [
        "?",
        "...",
        "the of and",
        "a",
        "\0",
        "😀",
        "\u{202e}abc",
        "Who?",
        "and or versus between and",
        "in German",
        "published in 2020",
        "[[[[",
        "tides\ntides\ttides",
    ];
    for technique in every() {
        for question in questions {
            library.quote(technique.clone(), &sure(question));
            library.generate(technique.clone(), &Scripted::endless("What is it?"), &sure(question));
        }
    }
}

#[test]
fn contexts_fit_the_room_that_there_is() {
    let library = library();
    for technique in every() {
        for room in [0, 1, 10, 40, 100] {
            let budget = Budget { max_context_tokens: room, ..sure(QUESTION).budget };
            let answer = library.quote(technique.clone(), &AnswerRequest { budget, ..sure(QUESTION) });
            let tokens: usize = answer.contexts.iter().map(|found| found.hit.tokens).sum();
            assert!(tokens <= room, "{technique:?}: {tokens} of {room}");
            if room < 2 {
                assert!(answer.abstained && answer.contexts.is_empty(), "{technique:?}");
                let said = degraded(&answer).contains(&("retrieve", "no_room", "nothing"));
                assert!(said, "{technique:?}: {:?}", degraded(&answer));
            }
        }
    }
}

#[test]
fn of_each_collection_no_more_contexts_are_given_than_asked_for() {
    let library = library();
    for technique in every() {
        // What comes with a passage is no hit of its own.
        for k in (technique.0 != "long_context").then_some([1, 2, 5]).into_iter().flatten() {
            let answer = library.quote(technique.clone(), &AnswerRequest { k, ..sure(QUESTION) });
            for name in ["one", "two"] {
                let own = answer.contexts.iter().filter(|found| found.collection == name).count();
                assert!(own <= k, "{technique:?}: {own} of {name} for {k}");
            }
            assert_eq!(answer.answer, "The moon makes the tides.", "{technique:?}, {k}");
        }
    }
}

#[test]
fn collections_of_nothing_hold_no_answer() {
    let mut empty = Library::of(documents());
    let store = Store::open(empty.root.path()).unwrap();
    let name = CollectionName::parse("empty").unwrap();
    let words = EncoderId { name: "words".to_owned(), fingerprint: "words".to_owned() };
    store.create(&name, NewCollection::of(words, WIDTH)).unwrap();
    let generation = LiveCollection::open(&store, &name).unwrap().generation();
    let source = Source { name: "empty".to_owned(), generation, filter: None };
    empty.sources.push(source.clone());
    let beside: Vec<String> =
        every().into_iter().map(|technique| empty.quote(technique, &sure(QUESTION)).answer).collect();
    assert!(beside.iter().all(|answer| answer == "The moon makes the tides."), "{beside:?}");
    empty.sources = vec![source];
    for technique in every() {
        for generator in [Scripted::endless("The moon makes the tides."), Scripted::endless("")] {
            let answer = empty.generate(technique.clone(), &generator, &sure(QUESTION));
            assert!(answer.abstained && answer.contexts.is_empty() && answer.citations.is_empty(), "{technique:?}");
        }
        assert!(empty.quote(technique, &sure(QUESTION)).abstained);
    }
}

#[test]
fn the_filter_of_a_collection_holds_whatever_a_technique_does() {
    let mut library = library();
    let fields = library.sources[0].generation.description().fields.clone();
    library.sources[0].filter = Some(Filter::parse("n < 4", &fields).unwrap());
    for technique in every() {
        for scope in [Scope::Passages, Scope::All] {
            let request = AnswerRequest { scope, ..sure(QUESTION) };
            for answer in [
                library.quote(technique.clone(), &request),
                library.generate(technique.clone(), &Scripted::endless("language = \"de\""), &request),
            ] {
                let own = answer.contexts.iter().filter(|found| found.collection == "one");
                assert!(own.clone().all(|found| found.hit.metadata["n"].as_u64().unwrap() < 4), "{technique:?}");
            }
        }
    }
}
