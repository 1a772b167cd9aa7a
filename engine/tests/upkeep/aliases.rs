//! Aliases: what they may be called, what they stand for, and that several changes at once lose none.

use std::path::Path;

use maxsimd_engine::Error;
use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::{CollectionName, MAX_ALIASES, Store};
use maxsimd_engine::live::{LiveCollection, NewCollection};

use super::support::{build, encoder, items};

fn called(name: &str) -> CollectionName {
    CollectionName::parse(name).unwrap()
}

/// A store with the collections `one` and `two`.
fn store(root: &Path) -> Store {
    let store = Store::open(root).unwrap();
    for name in ["one", "two"] {
        store.create(&called(name), NewCollection::of(encoder(), 16)).unwrap();
    }
    store
}

#[test]
fn an_alias_stands_for_a_collection_and_is_swapped() {
    let root = tempfile::tempdir().unwrap();
    let store = store(root.path());
    assert!(matches!(store.resolve(&called("live")), Err(Error::CollectionNotFound { .. })));
    for target in ["one", "two", "one"] {
        store.set_alias(&called("live"), &called(target)).unwrap();
        assert_eq!(store.resolve(&called("live")).unwrap(), called(target));
        assert_eq!(Store::open(root.path()).unwrap().aliases().unwrap(), [(called("live"), called(target))].into());
    }
    assert_eq!(store.resolve(&called("two")).unwrap(), called("two"));
    assert_eq!(store.names().unwrap(), [called("one"), called("two")]);
    assert!(store.remove_alias(&called("live")).unwrap());
    assert!(!store.remove_alias(&called("live")).unwrap());
    assert!(matches!(store.resolve(&called("live")), Err(Error::CollectionNotFound { .. })));
}

#[test]
fn what_would_be_ambiguous_or_lead_nowhere_is_refused_and_changes_nothing() {
    let root = tempfile::tempdir().unwrap();
    let store = store(root.path());
    store.set_alias(&called("live"), &called("one")).unwrap();
    let refused = [
        (store.set_alias(&called("two"), &called("one")), "two is a collection"),
        (store.set_alias(&called("far"), &called("live")), "one"),
        (store.set_alias(&called("far"), &called("absent")), "absent"),
        (store.set_alias(&called("live"), &called("live")), "alias"),
        (store.create(&called("live"), NewCollection::of(encoder(), 16)), "live is an alias of one"),
        (store.drop_collection(&called("one")), "live"),
        (LiveCollection::open(&store, &called("one")).unwrap().drop_from(&store), "live"),
    ];
    for (result, say) in refused {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(say), "{error}");
    }
    let dropped = store.drop_collection(&called("one")).unwrap_err();
    assert!(matches!(dropped, Error::Aliased { name, alias } if name == "one" && alias == "live"));
    assert_eq!(store.aliases().unwrap(), [(called("live"), called("one"))].into());
    assert_eq!(store.names().unwrap(), [called("one"), called("two")]);
    store.set_alias(&called("live"), &called("two")).unwrap();
    store.drop_collection(&called("one")).unwrap();
}

#[test]
fn an_offline_build_does_not_take_the_name_of_an_alias() {
    let root = tempfile::tempdir().unwrap();
    store(root.path()).set_alias(&called("synthetic"), &called("one")).unwrap();
    let refused = build(root.path(), &items(1, 3, 16, 2), &BuildOptions::default()).unwrap_err();
    assert!(refused.to_string().contains("synthetic is an alias of one"), "{refused}");
    assert!(!root.path().join("synthetic").exists());
}

#[test]
fn changes_at_the_same_time_lose_none() {
    let root = tempfile::tempdir().unwrap();
    drop(store(root.path()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let path = root.path();
            scope.spawn(move || {
                // A store of its own, as another process would have.
                let store = Store::open(path).unwrap();
                for number in 0..10 {
                    store.set_alias(&called(&format!("a{thread}-{number}")), &called("one")).unwrap();
                }
            });
        }
    });
    assert_eq!(Store::open(root.path()).unwrap().aliases().unwrap().len(), 40);
}

#[test]
fn there_is_a_most() {
    let root = tempfile::tempdir().unwrap();
    let store = store(root.path());
    // As many as there may be, written as FORMAT.md says.
    let names: std::collections::BTreeMap<_, _> = (0..MAX_ALIASES).map(|n| (format!("a{n}"), "one")).collect();
    let body = serde_json::to_string(&names).unwrap() + "\n";
    let sealed = format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex());
    std::fs::write(root.path().join("aliases.json"), sealed).unwrap();
    store.set_alias(&called("a7"), &called("two")).unwrap();
    let error = store.set_alias(&called("more"), &called("one")).unwrap_err().to_string();
    assert!(error.contains("at most 1000"), "{error}");
}

#[test]
fn a_damaged_file_hides_aliases_and_no_collection() {
    let root = tempfile::tempdir().unwrap();
    let store = store(root.path());
    store.set_alias(&called("live"), &called("one")).unwrap();
    let path = root.path().join("aliases.json");
    let sound = std::fs::read(&path).unwrap();
    for at in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(store.resolve(&called("live")), Err(Error::Corrupt { .. })), "byte {at}");
        assert_eq!(store.resolve(&called("one")).unwrap(), called("one"));
    }
    // A name that is none, under a right seal.
    let body = "{\"../up\": \"one\"}\n";
    std::fs::write(&path, format!("{body}blake3 {}\n", blake3::hash(body.as_bytes()).to_hex())).unwrap();
    assert!(matches!(store.aliases(), Err(Error::Corrupt { .. })));
}
