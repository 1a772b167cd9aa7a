//! The tree across documents: built, searched, marked and mended.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use maxsimd_engine::TokenMatrix;
use maxsimd_engine::collection::{Coverage, Tree, TreeNode};
use maxsimd_engine::encode::{Encoded, Fingerprint};
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{Applied, Change, Compacted, LiveCollection, Upsert};
use maxsimd_engine::search::{Fold, Hit, HitKind, MAX_K, Returns, Scope};

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
    generation.tree_across(&Context::unbounded()).unwrap().unwrap()
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
fn a_hit_over_several_documents_quotes_their_passages() {
    for router_from in [1, u64::MAX] {
        let (_root, generation) = of_many(&BuildOptions { router_from, ..across(Strategy::Windows, Nodes::Vectors) });
        let texts: BTreeMap<String, String> =
            many(60).into_iter().map(|document| (document.id, document.text)).collect();
        for mode in [Mode::Late, Mode::Exhaustive, Mode::Bm25, Mode::Hybrid] {
            for number in 0..4 {
                let request =
                    SearchRequest { scope: Scope::Summaries, fold: Fold::None, k: MAX_K, ..request(number, mode) };
                let hits = search(&generation, &request);
                let found: Vec<&Hit> = hits.iter().filter(|hit| hit.document_id.is_none()).collect();
                assert!(!found.is_empty() || !mode.scores_vectors());
                for hit in found {
                    assert_eq!((hit.kind, hit.leaves.len()), (HitKind::Summary, hit.pieces.len()));
                    for (leaf, [start, end]) in hit.leaves.iter().zip(&hit.pieces) {
                        let document = leaf.split_once('#').unwrap().0;
                        let quote = &texts[document][*start as usize..*end as usize];
                        assert!(hit.text.contains(quote.trim()), "{quote:?} in {:?}", hit.text);
                    }
                }
            }
        }
        let among = |scope| search(&generation, &SearchRequest { scope, k: MAX_K, ..request(1, Mode::Exhaustive) });
        assert!(among(Scope::Passages).iter().all(|hit| hit.document_id.is_some()));
    }
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

#[test]
fn sentences_that_a_passage_says_are_not_said_again_by_a_node_over_documents() {
    let (_root, generation) = of_many(&across(Strategy::Gmm, Nodes::Text));
    for number in 0..6 {
        let hits = search(&generation, &SearchRequest { scope: Scope::All, k: 40, ..request(number, Mode::Late) });
        let said = hits.iter().filter(|hit| hit.kind == HitKind::Passage);
        let said: Vec<_> = said.map(|hit| (hit.document_id.clone().unwrap(), hit.start, hit.end)).collect();
        for hit in hits.iter().filter(|hit| hit.document_id.is_none()) {
            assert!(!hit.pieces.is_empty());
            for (leaf, [from, to]) in hit.leaves.iter().zip(&hit.pieces) {
                let own = leaf.split_once('#').unwrap().0;
                let again = |(id, start, end): &(String, u64, u64)| id == own && start <= from && to <= end;
                assert!(!said.iter().any(again), "{hit:?}");
            }
        }
        let whole =
            SearchRequest { scope: Scope::All, returns: Returns::Document, k: 40, ..request(number, Mode::Late) };
        let kinds = |hit: &Hit| (hit.kind == HitKind::Document) == hit.document_id.is_some();
        assert!(search(&generation, &whole).iter().all(kinds));
    }
}

#[test]
fn a_filter_lets_documents_through_and_what_is_over_several_not() {
    let (_root, generation) = of_many(&across(Strategy::Gmm, Nodes::Text));
    let fields = &generation.description().fields;
    let everything = Filter::parse("not (year = 1)", fields);
    let fielded = |number: usize| {
        let mut document = many(60).swap_remove(number);
        document.metadata.insert("year".to_owned(), (number as i64).into());
        document
    };
    assert!(everything.is_err(), "no document has the field yet");
    let root = tempfile::tempdir().unwrap();
    build(root.path(), (0..60).map(fielded).collect(), &across(Strategy::Gmm, Nodes::Text)).unwrap();
    let generation = open(root.path());
    let filter = Some(Filter::parse("not (year = 1)", &generation.description().fields).unwrap());
    for per_layer in [None, Some(5)] {
        let request = SearchRequest {
            scope: Scope::All,
            filter: filter.clone(),
            per_layer,
            k: MAX_K,
            ..request(2, Mode::Exhaustive)
        };
        let hits = search(&generation, &request);
        assert!(!hits.is_empty() && hits.iter().all(|hit| hit.document_id.as_ref().is_some_and(|id| id != "d1")));
    }
}

#[test]
fn a_traversal_that_opens_everything_finds_what_exhaustive_finds_and_begins_at_one_root() {
    let (_root, generation) = of_many(&across(Strategy::Windows, Nodes::Text));
    for scope in [Scope::All, Scope::Passages, Scope::Summaries] {
        let of =
            |per_layer| SearchRequest { scope, per_layer, fold: Fold::None, k: 30, ..request(3, Mode::Exhaustive) };
        let ids = |hits: Vec<Hit>| hits.into_iter().map(|hit| hit.passage_id).collect::<Vec<_>>();
        assert_eq!(ids(search(&generation, &of(Some(MAX_K)))), ids(search(&generation, &of(None))));
    }
    let narrow = SearchRequest { per_layer: Some(1), scope: Scope::All, ..request(3, Mode::Late) };
    let scored = generation.search(&Context::unbounded(), &narrow).unwrap().scored_passages;
    let of_all = generation.description().documents as usize;
    assert!(scored < of_all, "{scored} of more than {of_all}");
}

#[test]
fn a_traversal_finds_documents_below_the_tree_beside_others_that_came_since() {
    let context = Context::unbounded();
    let root = tempfile::tempdir().unwrap();
    let live = create(&Store::open(root.path()).unwrap(), &across(Strategy::Windows, Nodes::Text));
    apply(&live, vec![upserts(many(100))]);
    assert!(live.mend(&context, Some(&Words::new()), false).unwrap());
    // All of them are nearer to the query than what is above the others.
    let same = story(3, 200).split_whitespace().skip(111).take(6).collect::<Vec<_>>().join(" ");
    apply(&live, vec![upserts((0..8).map(|n| document(&format!("new-{n}"), same.clone())).collect())]);
    apply(&live, vec![Change::Delete(vec!["d5".to_owned(), "d40".to_owned()])]);
    let generation = live.generation();
    for scope in [Scope::All, Scope::Passages] {
        let narrow = SearchRequest { per_layer: Some(5), scope, k: MAX_K, ..request(3, Mode::Exhaustive) };
        let hits = search(&generation, &narrow);
        let of = |prefix: &str| hits.iter().filter(|hit| hit.passage_id.starts_with(prefix)).count();
        assert!(of("new-") > 0 && of("d") > 0, "{} new and {} old ones", of("new-"), of("d"));
        let ids: HashSet<&String> = hits.iter().map(|hit| &hit.passage_id).collect();
        assert_eq!(ids.len(), hits.len(), "nothing is found twice");
    }
}

/// Counts the texts that it encodes.
#[derive(Debug)]
struct Counting(Words, AtomicUsize);

impl Encoder for Counting {
    fn name(&self) -> &'static str {
        "words"
    }
    fn fingerprint(&self) -> &Fingerprint {
        self.0.fingerprint()
    }
    fn width(&self) -> usize {
        self.0.width()
    }
    fn encode_queries(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.0.encode_queries(context, texts)
    }
    fn encode_passages(&self, context: &Context, texts: &[&str]) -> Result<Vec<Encoded>> {
        self.1.fetch_add(texts.len(), Ordering::Relaxed);
        self.0.encode_passages(context, texts)
    }
    fn passage_starts(&self, context: &Context, texts: &[&str]) -> Result<Vec<Vec<Option<usize>>>> {
        self.0.passage_starts(context, texts)
    }
    fn count_tokens(&self, text: &str) -> Result<usize> {
        self.0.count_tokens(text)
    }
    fn token_starts(&self, text: &str) -> Result<Vec<usize>> {
        self.0.token_starts(text)
    }
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

fn nodes_of(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let across = tree.nodes.iter().filter(|node| is_across(node));
    across.map(|node| (node.text.clone(), node.leaves.clone())).collect()
}

#[test]
fn writes_mark_what_they_touch_and_mending_makes_that_anew_and_nothing_else() {
    let context = Context::unbounded();
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(root.path()).unwrap();
    let live = create(&store, &across(Strategy::Windows, Nodes::Text));
    let encoder = Counting(Words::new(), AtomicUsize::new(0));
    assert!(!live.mend(&context, Some(&encoder), true).unwrap(), "there is no document");
    apply(&live, vec![upserts(many(100))]);
    assert!(live.generation().coverage(&context).unwrap().is_none());
    assert!(live.mending_is_due(&context, false).unwrap());
    assert!(!live.mend(&context, None, true).unwrap(), "without an encoder it has to wait");
    assert!(live.mend(&context, Some(&encoder), false).unwrap());
    let whole = encoder.1.swap(0, Ordering::Relaxed);
    let before = tree_of(&live.generation());
    check(&before, 100);
    assert!(!live.mend(&context, Some(&encoder), true).unwrap(), "nothing changed");

    // A deleted document is not quoted from that moment on.
    let quoted = |generation: &Generation| -> BTreeSet<String> {
        let request =
            SearchRequest { scope: Scope::Summaries, fold: Fold::None, k: MAX_K, ..request(0, Mode::Exhaustive) };
        let hits = search(generation, &request).into_iter().filter(|hit| hit.document_id.is_none());
        hits.flat_map(|hit| hit.leaves).map(|leaf| leaf.split_once('#').unwrap().0.to_owned()).collect()
    };
    let gone = quoted(&live.generation()).into_iter().next().unwrap();
    let new = document("new", story(2, 25));
    apply(&live, vec![Change::Delete(vec![gone.clone()]), upserts(vec![new])]);
    let generation = live.generation();
    let Coverage { dead, documents, uncovered, gone: deleted, .. } = coverage(&generation);
    assert_eq!((documents, uncovered, deleted), (99, 1, 1));
    assert!(dead > 0 && !quoted(&generation).contains(&gone));
    assert_eq!(generation.description().documents, 100);
    let damage = store.verify(&context, &name()).unwrap();
    assert!(damage.is_empty(), "{damage:?}");
    // What is not below a node is found all the same, top down too.
    let top_down =
        SearchRequest { per_layer: Some(MAX_K), scope: Scope::All, k: MAX_K, ..request(2, Mode::Exhaustive) };
    assert!(search(&generation, &top_down).iter().any(|hit| hit.document_id.as_deref() == Some("new")));

    assert!(!live.mend(&context, Some(&encoder), false).unwrap(), "two of a hundred are too few");
    assert!(live.mend(&context, Some(&encoder), true).unwrap());
    let part = encoder.1.swap(0, Ordering::Relaxed);
    assert!(part * 4 < whole, "{part} texts encoded, {whole} for the whole tree");
    let after = tree_of(&live.generation());
    check(&after, 100);
    let (before, after) = (nodes_of(&before), nodes_of(&after));
    let kept = before.iter().filter(|(text, leaves)| after.get(*text) == Some(leaves)).count();
    assert!(kept * 4 > before.len() * 3, "{kept} of {} stay", before.len());
    assert_eq!(coverage(&live.generation()).stale(), 0);

    while live.compact(&context).unwrap() != Compacted::Nothing {}
    live.compact_all(&context).unwrap();
    assert_eq!(live.generation().description().deleted_passages, 0);
    assert_eq!(nodes_of(&tree_of(&live.generation())), after);
    drop(live);
    assert_sound(root.path());
    let mut snapshot = Vec::new();
    open(root.path()).snapshot(&context, &mut snapshot).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let elsewhere = Store::open(copy.path()).unwrap();
    elsewhere.restore(&context, &name(), &mut snapshot.as_slice()).unwrap();
    assert_sound(copy.path());
    assert_eq!(nodes_of(&tree_of(&open(copy.path()))), after);
}

#[test]
fn a_tree_that_is_mended_over_and_over_stays_a_tree() {
    (1..4).for_each(mend_over_and_over);
}

fn mend_over_and_over(seed: u64) {
    let context = Context::unbounded();
    let root = tempfile::tempdir().unwrap();
    let live = create(&Store::open(root.path()).unwrap(), &across(Strategy::Windows, Nodes::Vectors));
    let encoder = Words::new();
    let mut there: BTreeSet<usize> = BTreeSet::new();
    let (mut noise, documents) = (support::Noise::new(seed), many(120));
    for round in 0..40 {
        let mut changes = Vec::new();
        for _ in 0..1 + noise.below(6) {
            let number = noise.below(documents.len());
            // It grows first, and ends as nothing.
            match if round < 20 { noise.below(4) > 0 } else { noise.below(4) == 0 } {
                true => {
                    there.insert(number);
                    let text = story(noise.below(9) as u64, 1 + noise.below(40));
                    changes.push(upserts(vec![document(&documents[number].id, text)]));
                }
                false => {
                    let number = there.iter().copied().nth(noise.below(there.len().max(1))).unwrap_or(number);
                    there.remove(&number);
                    changes.push(Change::Delete(vec![documents[number].id.clone()]));
                }
            }
        }
        apply(&live, changes);
        live.mend(&context, Some(&encoder), noise.below(3) > 0).unwrap();
        if noise.below(4) == 0 {
            live.compact_all(&context).unwrap();
        }
        let generation = live.generation();
        assert_eq!(generation.description().documents as usize, there.len());
        if let Some(coverage) = generation.coverage(&context).unwrap() {
            assert_eq!((coverage.documents + coverage.uncovered) as usize, there.len(), "round {round}");
            if coverage.stale() == 0 {
                check(&tree_of(&generation), there.len());
            }
        }
        let damage = Store::open(root.path()).unwrap().verify(&context, &name()).unwrap();
        assert!(damage.is_empty(), "round {round}: {damage:?}");
    }
    apply(&live, vec![Change::Delete(documents.iter().map(|document| document.id.clone()).collect())]);
    live.mend(&context, Some(&encoder), true).unwrap();
    live.compact_all(&context).unwrap();
    let description = live.generation().description().clone();
    assert_eq!((description.documents, description.nodes, description.index_bytes), (0, 0, 0));
}

#[test]
fn vectors_of_nodes_over_documents_are_kept_if_those_of_passages_are() {
    let (_root, generation) = of_many(&BuildOptions { keep_vectors: true, ..across(Strategy::Gmm, Nodes::Text) });
    let query: TokenMatrix = request(1, Mode::Exact).queries.remove(0);
    let request =
        SearchRequest { scope: Scope::Summaries, k: MAX_K, ..SearchRequest::new(vec![query], 9, Mode::Exact) };
    assert!(search(&generation, &request).iter().any(|hit| hit.document_id.is_none()));
}
