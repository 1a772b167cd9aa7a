//! What a build makes of many documents, few, equal and blank ones.

use maxsimd_engine::TokenMatrix;
use maxsimd_engine::search::{MAX_K, Scope};

use super::*;

#[test]
fn every_document_is_below_one_root_and_every_word_is_one_of_theirs() {
    for strategy in Strategy::ALL {
        for nodes in Nodes::ALL {
            let root = tempfile::tempdir().unwrap();
            let options = BuildOptions { keep_vectors: nodes == Nodes::Text, ..across(strategy, nodes) };
            build(root.path(), many(60), &options).unwrap();
            assert_sound(root.path());
            let generation = open(root.path());
            check(&tree_of(&generation), 60);
            let little = generation.tree_across(&Context::unbounded(), 10_000);
            assert!(matches!(little, Err(Error::Invalid { field: "across", .. })));
            let Coverage { nodes, dead, documents, uncovered, gone } = coverage(&generation);
            assert!(nodes > 5);
            assert_eq!((dead, documents, uncovered, gone), (0, 60, 0, 0));
            assert_eq!(generation.description().documents, 60);
            assert!(generation.tree("").unwrap().is_none());
        }
    }
}

#[test]
fn the_same_documents_and_seed_give_the_same_bytes_with_a_tree_across_them() {
    let files = |threads: usize| {
        let root = tempfile::tempdir().unwrap();
        let options = BuildOptions { threads, router_from: 1, ..across(Strategy::Windows, Nodes::Text) };
        build(root.path(), many(40), &options).unwrap();
        open(root.path()).files().into_iter().map(|file| file.name).collect::<Vec<_>>()
    };
    assert_eq!(files(1), files(5));
}

#[test]
fn few_equal_or_blank_documents_end_in_trees_too() {
    for texts in [vec![""], vec!["One."], vec!["One.", "Two."], vec!["", " ", "\n"], vec!["The same. And again."; 90]] {
        let root = tempfile::tempdir().unwrap();
        let documents = texts.iter().enumerate().map(|(n, text)| document(&n.to_string(), (*text).to_owned()));
        build(root.path(), documents.collect(), &across(Strategy::Gmm, Nodes::Text)).unwrap();
        assert_sound(root.path());
        let covered = open(root.path()).coverage(&Context::unbounded()).unwrap().map_or(0, |found| found.documents);
        assert_eq!(covered as usize, if texts.len() > 1 { texts.len() } else { 0 });
    }
}

#[test]
fn vectors_of_nodes_over_documents_are_kept_if_those_of_passages_are() {
    let (_root, generation) = of_many(&BuildOptions { keep_vectors: true, ..across(Strategy::Gmm, Nodes::Text) });
    let query: TokenMatrix = request(1, Mode::Exact).queries.remove(0);
    let request =
        SearchRequest { scope: Scope::Summaries, k: MAX_K, ..SearchRequest::new(vec![query], 9, Mode::Exact) };
    assert!(search(&generation, &request).iter().any(|hit| hit.document_id.is_none()));
}
