//! `multi_representation`: something small is found, its passage given.

use maxsimd_engine::raptor::Represent;
use maxsimd_engine::search::HitKind;

use super::*;

fn of(represent: Option<Represent>) -> BuildOptions {
    BuildOptions { represent, ..BuildOptions::default() }
}

#[test]
fn passages_are_given_for_what_is_found_of_them() {
    for represent in Represent::ALL {
        let library = Library::built(vec![("library", documents())], &of(Some(represent)), 60);
        let answer = library.quote(plainly("multi_representation"), &sure(QUESTION));
        assert_eq!((found(&answer)[0], degraded(&answer)), ("tides", vec![]), "{represent}");
        let first = &answer.contexts[0].hit;
        assert_eq!((first.kind, first.text.as_str()), (HitKind::Passage, TIDES));
        assert!(!first.pieces.is_empty(), "{represent}: what was found of it");
        assert!(answer.contexts.iter().all(|found| found.hit.kind == HitKind::Passage));
        assert_eq!(answer.answer, "The moon makes the tides.");
    }
}

#[test]
fn a_collection_without_them_is_searched_as_it_is_and_that_is_said() {
    let mut library = Library::built(vec![("with", documents())], &of(Some(Represent::Sentence)), 24);
    library.add("without", documents(), &of(None), 24);
    let answer = library.quote(plainly("multi_representation"), &sure(QUESTION));
    assert_eq!(degraded(&answer), [("retrieve", "no_representations", "passages")]);
    assert_eq!(passages(&answer), passages(&library.quote(plainly("plain"), &sure(QUESTION))));
}

#[test]
fn no_generator_is_asked_but_for_the_answer() {
    let library = Library::built(vec![("with", documents())], &of(Some(Represent::Sentence)), 24);
    let generator = Scripted::saying("The moon makes the tides.");
    let answer = library.generate(plainly("multi_representation"), &generator, &sure(QUESTION));
    assert_eq!((answer.usage.llm_calls, stages(&answer)), (1, vec!["retrieve", "generate", "check"]));
}
