//! Small things that are found in place of their passages.

use std::collections::HashSet;

use maxsimd_engine::Error;
use maxsimd_engine::raptor::Represent;
use maxsimd_engine::search::{Hit, HitKind, Returns, Scope};

use super::*;

const LENGTHS: [usize; 6] = [200, 2, 90, 140, 1, 0];

fn fixture(represent: Represent) -> (tempfile::TempDir, Generation) {
    let root = tempfile::tempdir().unwrap();
    let options = BuildOptions { represent: Some(represent), ..options(Strategy::Windows) };
    build(root.path(), stories(&LENGTHS), &options).unwrap();
    assert_sound(root.path());
    let generation = open(root.path());
    (root, generation)
}

fn ask(generation: &Generation, number: usize, scope: Scope, returns: Returns) -> Vec<Hit> {
    let request = SearchRequest { scope, returns, k: 12, ..request(number, Mode::Late) };
    generation.search(&Context::unbounded(), &request).unwrap().hits
}

#[test]
fn a_passage_is_found_by_the_best_of_what_stands_for_it() {
    for represent in Represent::ALL {
        let (_root, generation) = fixture(represent);
        assert!(generation.description().representations >= generation.description().passages);
        for number in 0..6 {
            let found = ask(&generation, number, Scope::Representations, Returns::Found);
            let parents = ask(&generation, number, Scope::Representations, Returns::Parent);
            assert!(found.iter().all(|hit| hit.kind == HitKind::Representation && hit.leaves.len() == 1));
            let mut expected = Vec::new();
            for hit in &found {
                if expected.iter().all(|(id, _, _)| *id != hit.leaves[0]) {
                    expected.push((hit.leaves[0].clone(), hit.score, hit.pieces.clone()));
                }
            }
            let given: Vec<_> =
                parents.iter().map(|hit| (hit.passage_id.clone(), hit.score, hit.pieces.clone())).collect();
            assert_eq!(given[..expected.len()], expected);
            assert_eq!(parents.iter().map(|hit| &hit.passage_id).collect::<HashSet<_>>().len(), parents.len());
            for (hit, small) in parents.iter().zip(&found) {
                assert_eq!(hit.kind, HitKind::Passage);
                assert!(hit.pieces.iter().all(|[start, end]| hit.start <= *start && *end <= hit.end));
                assert!(small.text.len() <= hit.text.len() || small.passage_id != hit.passage_id);
            }
        }
    }
}

#[test]
fn a_document_is_given_whole_and_once() {
    let (_root, generation) = fixture(Represent::Sentence);
    for scope in [Scope::Passages, Scope::All, Scope::Representations] {
        let hits = ask(&generation, 2, scope, Returns::Document);
        let ids: HashSet<&String> = hits.iter().filter_map(|hit| hit.document_id.as_ref()).collect();
        assert!(ids.len() == hits.len() && hits.len() > 1);
        for hit in &hits {
            let whole = &stories(&LENGTHS)[hit.document_id.as_ref().unwrap()[6..].parse::<usize>().unwrap()].text;
            assert_eq!((hit.kind, &hit.text, hit.end), (HitKind::Document, whole, whole.len() as u64));
        }
    }
}

#[test]
fn passages_and_trees_are_what_they_are_without_representations() {
    let (_root, with) = fixture(Represent::Proposition);
    let root = tempfile::tempdir().unwrap();
    build(root.path(), stories(&LENGTHS), &options(Strategy::Windows)).unwrap();
    let without = open(root.path());
    for id in 0..LENGTHS.len() {
        let tree = |generation: &Generation| generation.tree(&format!("story-{id}")).unwrap();
        assert_eq!(tree(&with), tree(&without));
    }
    assert_eq!(with.layers(&Context::unbounded()).unwrap(), without.layers(&Context::unbounded()).unwrap());
    for scope in [Scope::Passages, Scope::Summaries, Scope::All] {
        let ids = |generation| -> Vec<_> {
            ask(generation, 3, scope, Returns::Found)
                .into_iter()
                .map(|hit| (hit.passage_id, hit.score.to_bits()))
                .collect()
        };
        assert_eq!(ids(&with), ids(&without), "{scope}");
    }
    let request = SearchRequest { scope: Scope::Representations, ..SearchRequest::words(vec!["w".to_owned()], 5) };
    let refused = |generation: &Generation| generation.search(&Context::unbounded(), &request).map(|_| ()).unwrap_err();
    assert!(matches!(refused(&without), Error::ScopeUnavailable { .. }));
    assert!(matches!(refused(&with), Error::ModeUnavailable { .. }));
}
