//! Preloading: a sound generation is read whole, a damaged one is named, and it ends when it is told to.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::{Generation, Store};
use maxsimd_engine::{Context, Error};
use support::{build, items, name};

fn built(root: &Path) {
    let options = BuildOptions { bits: 4, router_from: 1, ..BuildOptions::default() };
    build(root, &items(3, 300, 64, 20), &options).unwrap();
}

fn opened(root: &Path) -> Generation {
    Store::open(root).unwrap().open_generation(&name()).unwrap()
}

#[test]
fn a_sound_generation_is_preloaded() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path());
    opened(folder.path()).preload(&Context::unbounded(), None).unwrap();
}

#[test]
fn damage_behind_the_first_block_is_found_by_preloading_and_not_by_opening() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path());
    let mut files = fs::read_dir(folder.path().join("synthetic")).unwrap().map(|entry| entry.unwrap().path());
    let path = files.find(|path| path.extension().is_some_and(|extension| extension == "segment")).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100_000] ^= 4;
    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let error = opened(folder.path()).preload(&Context::unbounded(), None).unwrap_err();
    assert!(matches!(&error, Error::Corrupt { section, .. } if section == "codes"), "{error}");
}

#[test]
fn preloading_ends_when_its_context_does() {
    let folder = tempfile::tempdir().unwrap();
    built(folder.path());
    let context = Context::unbounded().cancelled_by(Arc::new(AtomicBool::new(true)));
    assert!(matches!(opened(folder.path()).preload(&context, None), Err(Error::Cancelled)));
}
