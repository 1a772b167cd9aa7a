//! What must be true of a folder after a failure: what was promised, sound files, and that work goes on.

use std::path::Path;

use maxsimd_engine::Context;
use maxsimd_engine::collection::{CollectionName, Store};
use maxsimd_engine::live::{Change, LiveCollection};

use super::live::{Model, apply_all, new, upsert};
use super::script::{Promise, Submitted, ids};

/// Opens what is in a folder, compares it with a promise, and goes on working.
pub fn check(root: &Path, promise: &Promise) {
    let store = Store::open(root).unwrap();
    store.sweep().unwrap();
    let there = store.names().unwrap();
    assert!(there.iter().all(|name| promise.allowed.contains_key(name)), "{there:?} were not all created");
    for (name, allowed) in &promise.allowed {
        let last = promise.last.get(name);
        let (model, last) = match there.contains(name) {
            true => (as_allowed(&store, name, allowed), last),
            false => {
                assert!(allowed.contains(&None), "{name:?} is lost");
                store.create(name, new()).unwrap();
                (Model::default(), None)
            }
        };
        goes_on(&store, name, model, last);
    }
}

/// The allowed state that a collection is in.
fn as_allowed(store: &Store, name: &CollectionName, allowed: &[Option<Model>]) -> Model {
    sound(store, name);
    let live = LiveCollection::open(store, name).unwrap();
    let found = allowed.iter().flatten().find(|model| model.is_what(&live, &ids()));
    let found = found.unwrap_or_else(|| {
        let found: Vec<_> = ids().iter().map(|id| live.document(id).unwrap().map(|found| found.text)).collect();
        panic!("{name:?} holds {found:?}, which is none of {} allowed states", allowed.len())
    });
    found.clone()
}

/// A client repeats its last request, all is applied and searched; then more is written, and read after a restart.
fn goes_on(store: &Store, name: &CollectionName, mut model: Model, last: Option<&Submitted>) {
    let live = LiveCollection::open(store, name).unwrap();
    if let Some(Submitted { key, change, acknowledged }) = last {
        let receipt = live.submit(change.clone(), Some(key)).unwrap();
        assert!(receipt.repeated || !acknowledged, "{key} is forgotten");
        if !receipt.repeated {
            model.apply(change);
        }
    }
    apply_all(&live);
    model.compare(&live, &ids());
    model.compare_searches(&live);
    sound(store, name);
    let present = model.0.keys().next().cloned();
    let changes = [
        Change::Upsert(vec![upsert("after", 99), upsert("doc-0", 99)]),
        Change::Delete(present.into_iter().chain(["absent".to_owned()]).collect()),
    ];
    for change in changes {
        model.apply(&change);
        live.submit(change, None).unwrap();
    }
    drop(live);
    let live = LiveCollection::open(store, name).unwrap();
    model.compare(&live, &ids());
    apply_all(&live);
    live.compact_all(&Context::unbounded()).unwrap();
    model.compare(&live, &ids());
    model.compare_searches(&live);
    drop(live);
    sound(store, name);
}

fn sound(store: &Store, name: &CollectionName) {
    let damage = store.verify(&Context::unbounded(), name).unwrap();
    assert!(damage.is_empty(), "{name:?}: {damage:?}");
}
