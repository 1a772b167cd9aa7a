//! Everything that reads a collection, and what writes on it. Errors are fine.

use std::io;
use std::path::Path;

use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, Generation, Store};
use maxsimd_engine::filter::Filter;
use maxsimd_engine::live::{Applied, LiveCollection};
use maxsimd_engine::search::{Fold, Mode, Pruning, Returns, Scope, SearchRequest};

use super::bases::{ALIAS, of_width};

/// Ids of documents of the collections.
const IDS: [&str; 3] = ["doc-2", "note-3", "note-9"];
/// Widest vectors that a query is made of.
const WIDEST: usize = 1 << 12;

pub(super) fn read(root: &Path, name: &CollectionName) {
    let context = Context::unbounded();
    let store = Store::open(root).expect("a folder");
    let alias = CollectionName::parse(ALIAS).expect("a name");
    let _ = (store.names(), store.aliases(), store.resolve(&alias), store.has_backlog(name), store.log(name));
    let sound = store.verify(&context, name).is_ok_and(|damage| damage.is_empty());
    match store.open_generation(name) {
        Ok(generation) => ask(&generation, name),
        Err(error) => assert!(!sound, "nothing is wrong, and yet: {error}"),
    }
}

fn ask(generation: &Generation, name: &CollectionName) {
    let context = Context::unbounded();
    let _ = (generation.files(), generation.coverage(&context), generation.layers(&context));
    let _ = (generation.tree_across(&context, 1 << 20), generation.scrub(&context, &mut |_| ()));
    let _ = generation.snapshot(&context, &mut io::sink());
    for id in IDS {
        let _ = (generation.tree(id), generation.stored_document(id));
    }
    let description = generation.description();
    assert_eq!(description.name, *name);
    if description.width <= WIDEST {
        requests(description.width, generation).iter().for_each(|request| search(generation, request));
    }
}

fn search(generation: &Generation, request: &SearchRequest) {
    let Ok(reply) = generation.search(&Context::unbounded(), request) else { return };
    assert!(reply.hits.len() <= request.k);
    assert!(reply.hits.iter().all(|hit| hit.score.is_finite()), "{:?} of {request:?}", reply.hits);
}

/// Searches that together go through every stage.
fn requests(width: usize, generation: &Generation) -> Vec<SearchRequest> {
    let fields = &generation.description().fields;
    let filter = |text| Filter::parse(text, fields).ok();
    let texts = || vec!["text note ropes version w3105".to_owned()];
    let of = |mode| SearchRequest { texts: texts(), ..SearchRequest::new(vec![of_width(width, 3, 4)], 9, mode) };
    let trees = |scope, returns| SearchRequest { scope, returns, ..of(Mode::Late) };
    let mut requests: Vec<_> = Mode::ALL.into_iter().map(of).collect();
    requests.extend([
        SearchRequest { pruning: Some(Pruning::NONE), explain: true, ..of(Mode::Late) },
        SearchRequest { certified: true, recall: Some(0.5), max_tokens: Some(20), ..of(Mode::Late) },
        SearchRequest { filter: filter("n >= 2 and tag = 'a' or not exists(at)"), ..of(Mode::Late) },
        SearchRequest { filter: filter("year >= 2003 and lang in ('en', 'de') and not draft"), ..of(Mode::Hybrid) },
        SearchRequest { filter: filter("day < '2026-01-06' or rank > 0.5"), ..of(Mode::Bm25) },
        SearchRequest { fold: Fold::Once, explain: true, ..trees(Scope::All, Returns::Found) },
        SearchRequest { per_layer: Some(3), ..trees(Scope::All, Returns::Found) },
        trees(Scope::Summaries, Returns::Parent),
        trees(Scope::Representations, Returns::Parent),
        trees(Scope::Representations, Returns::Document),
        SearchRequest { scope: Scope::Summaries, ..of(Mode::Hybrid) },
    ]);
    requests
}

/// Replays the log, applies what waits and merges all segments.
pub(super) fn write(root: &Path, name: &CollectionName) {
    let context = Context::unbounded();
    let store = Store::open(root).expect("a folder");
    let Ok(live) = LiveCollection::open(&store, name) else { return };
    let _ = IDS.map(|id| live.document(id));
    for _ in 0..4 {
        if matches!(live.apply(&context, None), Ok(Applied::Nothing)) {
            break;
        }
    }
    let _ = (live.compact_all(&context), live.route(&context, None), live.mend(&context, None, true));
    ask(&live.generation(), name);
}

/// Makes another collection of a snapshot.
pub(super) fn restore(root: &Path, bytes: &[u8]) {
    let (store, name) = (Store::open(root).expect("a folder"), CollectionName::parse("restored").expect("a name"));
    match store.restore(&Context::unbounded(), &name, &mut &bytes[..]) {
        Ok(_) => {
            let damage = store.verify(&Context::unbounded(), &name).expect("a collection");
            assert!(damage.is_empty(), "{damage:?}");
            read(root, &name);
        }
        Err(_) => assert!(!root.join(name.as_str()).exists(), "nothing stays behind"),
    }
}
