//! Writes mark what they touch; mending makes that anew.

use std::sync::atomic::{AtomicUsize, Ordering};

use maxsimd_engine::encode::{Encoded, Fingerprint};
use maxsimd_engine::live::Compacted;
use maxsimd_engine::search::{Fold, MAX_K, Scope};

use super::*;

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
