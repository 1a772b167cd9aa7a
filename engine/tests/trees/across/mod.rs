//! The tree across documents: built, searched, marked and mended.

mod built;
mod mended;
mod searched;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use maxsimd_engine::collection::{Coverage, Tree, TreeNode};
use maxsimd_engine::live::{Applied, Change, LiveCollection, Upsert};
use maxsimd_engine::search::Hit;

use super::live::create;
use super::*;

fn across(strategy: Strategy, nodes: Nodes) -> BuildOptions {
    let of = options_of(strategy, nodes);
    BuildOptions { raptor: of.raptor.map(|raptor| Raptor { across: true, ..raptor }), ..of }
}

/// So many stories of one to fifty sentences, of which each sixth is on the same topics.
fn many(count: usize) -> Vec<Document> {
    (0..count).map(|n| document(&format!("d{n}"), story(n as u64 % 6, 1 + n * 7 % 50))).collect()
}

fn coverage(generation: &Generation) -> Coverage {
    generation.coverage(&Context::unbounded()).unwrap().unwrap()
}

fn tree_of(generation: &Generation) -> Tree {
    generation.tree_across(&Context::unbounded(), usize::MAX).unwrap().unwrap()
}

/// Up to one root, over the roots of all documents.
fn check(tree: &Tree, documents: usize) {
    assert!(tree.document_id.is_none());
    let named = tree.by_id();
    let (roots, nodes): (Vec<&TreeNode>, Vec<&TreeNode>) = tree.nodes.iter().partition(|node| !is_across(node));
    assert_eq!(roots.len(), documents);
    let parents = nodes.iter().flat_map(|node| &node.children).collect::<HashSet<_>>();
    assert_eq!(nodes.iter().filter(|node| !parents.contains(&node.id)).count(), 1);
    let mut below: BTreeMap<&String, BTreeSet<&String>> = BTreeMap::new();
    let root = &nodes.last().unwrap().id;
    for node in nodes {
        let children: Vec<_> = node.children.iter().map(|id| named[id.as_str()]).collect();
        assert!(!children.is_empty() && children.len() <= 14);
        assert_eq!(node.layer, children.iter().map(|child| child.layer).max().unwrap() + 1);
        let (start, end) =
            (children.iter().map(|child| child.start).min(), children.iter().map(|child| child.end).max());
        assert_eq!((Some(node.start), Some(node.end)), (start, end));
        let ids: HashSet<&str> = node.leaves.iter().map(|leaf| leaf.split_once('#').unwrap().0).collect();
        assert!(!ids.is_empty() && !ids.contains(""));
        let own = children.iter().flat_map(|child| match is_across(child) {
            true => below[&child.id].clone(),
            false => BTreeSet::from([&child.id]),
        });
        let own = own.collect();
        below.insert(&node.id, own);
        let words: HashSet<&str> = children.iter().flat_map(|child| child.text.split_whitespace()).collect();
        assert!(node.text.split_whitespace().all(|word| words.contains(word)), "{}", node.text);
    }
    assert_eq!(below[root].len(), documents, "the last node is the root");
}

fn is_across(node: &TreeNode) -> bool {
    node.id.starts_with('#')
}

fn of_many(options: &BuildOptions) -> (tempfile::TempDir, Generation) {
    let root = tempfile::tempdir().unwrap();
    build(root.path(), many(60), options).unwrap();
    let generation = open(root.path());
    (root, generation)
}

fn search(generation: &Generation, request: &SearchRequest) -> Vec<Hit> {
    generation.search(&Context::unbounded(), request).unwrap().hits
}

fn apply(live: &LiveCollection, changes: Vec<Change>) {
    let context = Context::unbounded();
    for change in changes {
        live.submit(change, None).unwrap();
    }
    while !matches!(live.apply(&context, Some(&Words::new())).unwrap(), Applied::Nothing) {}
}

fn upserts(documents: Vec<Document>) -> Change {
    Change::Upsert(documents.into_iter().map(|document| Upsert { document, vectors: None }).collect())
}
