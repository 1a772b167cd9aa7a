//! What a build makes of documents.

use std::collections::BTreeSet;

use maxsimd_engine::collection::{Tree, TreeNode};

use super::*;

fn kinds() -> impl Iterator<Item = (Strategy, Nodes)> {
    Strategy::ALL.into_iter().flat_map(|strategy| Nodes::ALL.into_iter().map(move |nodes| (strategy, nodes)))
}

/// Layer by layer up to one root, over all passages; words of the document and nothing else.
fn check(tree: &Tree, text: &str) {
    let passages = tree.nodes.iter().filter(|node| node.layer == 0).count();
    let top = tree.nodes.last().unwrap();
    assert_eq!(top.leaves.len(), passages, "the last node is the root");
    assert_eq!(tree.nodes.iter().filter(|node| node.layer == top.layer).count(), 1);
    let named = |id: &String| tree.nodes.iter().find(|node| node.id == *id).unwrap();
    for node in &tree.nodes[passages..] {
        let children: Vec<&TreeNode> = node.children.iter().map(named).collect();
        assert!(!children.is_empty() && children.iter().all(|child| child.layer + 1 == node.layer));
        let below: BTreeSet<&String> = children.iter().flat_map(|child| &child.leaves).collect();
        assert_eq!(below, node.leaves.iter().collect());
        let (start, end) = (node.start as usize, node.end as usize);
        assert!(!node.text.trim().is_empty());
        let mut rest = &text[start..end];
        for word in node.text.split_whitespace() {
            let at = rest.find(word).unwrap_or_else(|| panic!("{word:?} of {:?} is not in its leaves", node.text));
            rest = &rest[at + word.len()..];
        }
    }
    for layer in 1..=top.layer {
        let size = |layer| tree.nodes.iter().filter(|node| node.layer == layer).count();
        assert!(size(layer) <= size(layer - 1).div_ceil(2), "layer {layer} shrinks");
    }
}

#[test]
fn every_passage_is_below_one_root_and_summaries_are_the_documents_own_words() {
    for (strategy, nodes) in kinds() {
        let root = tempfile::tempdir().unwrap();
        let documents = stories(&[0, 1, 2, 3, 9, 40, 7, 150, 900]);
        let report = build(root.path(), documents.clone(), &options_of(strategy, nodes)).unwrap();
        assert_sound(root.path());
        let generation = open(root.path());
        assert!(report.description.nodes > 0 && *generation.description() == report.description);
        let mut count = 0;
        for document in &documents {
            let tree = generation.tree(&document.id).unwrap().unwrap();
            count += tree.nodes.iter().filter(|node| node.layer > 0).count();
            match tree.nodes.len() {
                1 => assert!(tree.nodes[0].children.is_empty()),
                _ => check(&tree, &document.text),
            }
        }
        assert_eq!(count as u64, report.description.nodes, "{strategy} {nodes}");
        let layers = generation.layers(&Context::unbounded()).unwrap();
        assert_eq!(layers.layers[0].nodes, report.description.passages);
        assert!(generation.tree("nobody").unwrap().is_none());
    }
}

#[test]
fn the_same_documents_and_seed_give_the_same_bytes_whatever_the_threads() {
    for (strategy, nodes) in kinds() {
        let files = |threads: usize| {
            let root = tempfile::tempdir().unwrap();
            let options = BuildOptions { threads, ..options_of(strategy, nodes) };
            build(root.path(), stories(&[300, 20, 500]), &options).unwrap();
            open(root.path()).files().into_iter().map(|file| file.name).collect::<Vec<_>>()
        };
        let first = files(1);
        assert_eq!(first, files(2));
        assert_eq!(first, files(7));
    }
}

#[test]
fn inputs_that_have_no_structure_end_in_trees_too() {
    let same = "The same sentence again. ".repeat(400);
    let endless = "word ".repeat(3000);
    let texts =
        ["", " \n ", "One.", "One. Two.", &same, &endless, "...... !!! ??? ".repeat(200).as_str()].map(str::to_owned);
    for (strategy, nodes) in kinds() {
        let root = tempfile::tempdir().unwrap();
        let documents = texts.iter().enumerate().map(|(n, text)| document(&n.to_string(), text.clone())).collect();
        build(root.path(), documents, &options_of(strategy, nodes)).unwrap();
        assert_sound(root.path());
        let tree = open(root.path()).tree("4").unwrap().unwrap();
        assert!(tree.nodes.last().unwrap().layer >= 2);
    }
}

#[test]
fn a_huge_document_has_one_tree() {
    let root = tempfile::tempdir().unwrap();
    let text = story(1, 14_000);
    let report = build(root.path(), vec![document("huge", text.clone())], &options(Strategy::Gmm)).unwrap();
    assert!(report.description.passages > 5000);
    assert_sound(root.path());
    check(&open(root.path()).tree("huge").unwrap().unwrap(), &text);
}
