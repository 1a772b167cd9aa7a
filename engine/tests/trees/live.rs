//! Trees in a collection that takes writes.

use maxsimd_engine::collection::EncoderId;
use maxsimd_engine::live::{Applied, Change, Compacted, LiveCollection, NewCollection, Upsert};
use maxsimd_engine::raptor::Represent;
use maxsimd_engine::search::{Returns, Scope};

use super::*;

fn apply(live: &LiveCollection) {
    let encoder = Words::new();
    while !matches!(live.apply(&Context::unbounded(), Some(&encoder)).unwrap(), Applied::Nothing) {}
}

fn upsert(document: Document) -> Upsert {
    Upsert { document, vectors: None }
}

pub(super) fn create(store: &Store, options: &BuildOptions) -> LiveCollection {
    let encoder = Words::new();
    let id = EncoderId::of(&encoder);
    let BuildOptions { raptor, represent, .. } = *options;
    let new =
        NewCollection { splitting: splitting(), raptor, represent, ..NewCollection::of(id, support::words::WIDTH) };
    store.create(&name(), new).unwrap();
    LiveCollection::open(store, &name()).unwrap()
}

#[test]
fn trees_follow_their_documents_through_writes_and_compaction_and_are_those_of_a_build() {
    follow(&options(Strategy::Gmm));
    follow(&options_of(Strategy::Windows, Nodes::Vectors));
    let represent = Some(Represent::Sentence);
    follow(&BuildOptions { represent, ..options_of(Strategy::Gmm, Nodes::Vectors) });
}

fn follow(options: &BuildOptions) {
    let (root, offline) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let live = create(&Store::open(root.path()).unwrap(), options);
    let nothing = SearchRequest { scope: Scope::Summaries, ..SearchRequest::words(vec!["w".to_owned()], 5) };
    assert!(live.generation().search(&Context::unbounded(), &nothing).unwrap().hits.is_empty());
    for document in stories(&[60, 9, 200, 1, 33, 80, 70, 41, 52, 18]) {
        live.submit(Change::Upsert(vec![upsert(document)]), None).unwrap();
        apply(&live);
    }
    let old = live.generation().tree("story-4").unwrap().unwrap();
    live.submit(Change::Upsert(vec![upsert(document("story-4", story(99, 120)))]), None).unwrap();
    live.submit(Change::Delete(vec!["story-2".to_owned()]), None).unwrap();
    apply(&live);
    let nodes = live.generation().description().nodes;
    let trees = |generation: &Generation| -> Vec<_> {
        (0..10).map(|n| generation.tree(&format!("story-{n}")).unwrap()).collect()
    };
    let written = trees(&live.generation());
    assert!(written[2].is_none() && *written[4].as_ref().unwrap() != old);
    while live.compact(&Context::unbounded()).unwrap() != Compacted::Nothing {}
    live.compact_all(&Context::unbounded()).unwrap();
    assert_eq!(trees(&live.generation()), written);
    assert_eq!(live.generation().description().nodes, nodes);
    assert_eq!(live.generation().description().deleted_passages, 0);
    drop(live);
    assert_sound(root.path());
    let reopened = LiveCollection::open(&Store::open(root.path()).unwrap(), &name()).unwrap();
    assert_eq!(trees(&reopened.generation()), written);

    let mut documents = stories(&[60, 9, 200, 1, 33, 80, 70, 41, 52, 18]);
    documents[4] = document("story-4", story(99, 120));
    documents.remove(2);
    build(offline.path(), documents, options).unwrap();
    assert_eq!(trees(&open(offline.path())), written);
    let (vectors, context) =
        (Words::new().encode_queries(&Context::unbounded(), &["w100 w101"]).unwrap(), Context::unbounded());
    let request =
        SearchRequest { scope: Scope::All, ..SearchRequest::new(vec![vectors[0].vectors.clone()], 50, Mode::Late) };
    let small = SearchRequest { scope: Scope::Representations, returns: Returns::Parent, k: 30, ..request.clone() };
    let requests = [Some(request), options.represent.map(|_| small)];
    let ids = |generation: &Generation| -> Vec<(String, u32)> {
        let search = |request| generation.search(&context, request).unwrap().hits;
        let hits: Vec<_> = requests.iter().flatten().flat_map(search).collect();
        let mut ids: Vec<_> = hits.into_iter().map(|hit| (hit.passage_id, hit.score.to_bits())).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&reopened.generation()), ids(&open(offline.path())));
}
