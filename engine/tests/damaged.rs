//! Damage is detected: every byte flipped and every truncation of a small collection.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::Store;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Error, Result, TokenMatrix};
use support::{Noise, build, items, name, vectors};

const WIDTH: usize = 8;

fn tiny(root: &Path) -> Vec<PathBuf> {
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    build(root, &items(8, 6, WIDTH, 2), &options).unwrap();
    let files = fs::read_dir(root.join("synthetic")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| fs::metadata(path).unwrap().len() > 0).collect();
    files.sort();
    assert_eq!(files.len(), 6, "manifest, build facts, router, segment, vectors, postings");
    files
}

/// What each mode answers, down to the bits of the scores.
fn answers(root: &Path, query: &TokenMatrix) -> Vec<Result<String>> {
    let generation = match Store::open(root).and_then(|store| store.open_generation(&name())) {
        Ok(generation) => generation,
        Err(error) => return vec![Err(error)],
    };
    let search = |mode| {
        let request = SearchRequest { explain: true, ..SearchRequest::new(vec![query.clone()], 4, mode) };
        let reply = generation.search(&Context::unbounded(), &request)?;
        Ok(format!("{reply:?}"))
    };
    [Mode::Late, Mode::Exhaustive, Mode::Exact].into_iter().map(search).collect()
}

/// Puts other bytes in place of a file, as rename does; readers of the old one are not disturbed.
fn replace(path: &Path, bytes: &[u8]) {
    let other = path.with_extension("damaged");
    fs::write(&other, bytes).unwrap();
    fs::rename(&other, path).unwrap();
}

fn check(root: &Path, what: &str, query: &TokenMatrix, sound: &[Result<String>]) {
    let found = Store::open(root).unwrap().verify(&Context::unbounded(), &name()).unwrap();
    assert!(!found.is_empty(), "{what} is not noticed");
    let named = found.iter().any(|damage| match &damage.error {
        Error::Corrupt { section, .. } => !section.is_empty(),
        Error::Version { .. } => true,
        _ => false,
    });
    assert!(named, "{what}: no section is named in {found:?}");
    let now = answers(root, query);
    for (now, sound) in now.iter().zip(sound) {
        if let (Ok(now), Ok(sound)) = (now, sound) {
            assert_eq!(now, sound, "{what} changes an answer");
        }
    }
}

#[test]
fn every_flipped_byte_and_every_truncation_is_found_and_never_changes_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let files = tiny(folder.path());
    let query = vectors(&mut Noise::new(3), WIDTH, 4, 0.5);
    let sound = answers(folder.path(), &query);
    assert!(sound.len() == 3 && sound.iter().all(Result::is_ok), "{sound:?}");
    assert!(Store::open(folder.path()).unwrap().verify(&Context::unbounded(), &name()).unwrap().is_empty());
    for path in files {
        let bytes = fs::read(&path).unwrap();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        for at in 0..bytes.len() {
            for flip in [0x01, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                replace(&path, &damaged);
                check(folder.path(), &format!("{file}: byte {at} ^ {flip:02x}"), &query, &sound);
            }
        }
        for length in 0..bytes.len() {
            // A manifest that is gone to the last byte is damage as well, not absence.
            replace(&path, &bytes[..length]);
            check(folder.path(), &format!("{file}: cut to {length} bytes"), &query, &sound);
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        replace(&path, &longer);
        check(folder.path(), &format!("{file}: one byte longer"), &query, &sound);
        replace(&path, &bytes);
    }
    assert!(Store::open(folder.path()).unwrap().verify(&Context::unbounded(), &name()).unwrap().is_empty());
}

#[test]
fn a_missing_or_swapped_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let files = tiny(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let verify = || store.verify(&Context::unbounded(), &name()).unwrap();
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e != "json")) {
        let bytes = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        let found = verify();
        assert!(found.iter().any(|damage| &damage.path == path), "{found:?}");
        assert!(store.open_generation(&name()).is_err());
        fs::write(path, &bytes).unwrap();
    }
    // A sound file of the right kind in another's place: only its hash tells.
    let other = tempfile::tempdir().unwrap();
    let options = BuildOptions { keep_vectors: true, router_from: 1, seed: 9, ..BuildOptions::default() };
    build(other.path(), &items(9, 6, WIDTH, 2), &options).unwrap();
    let segment = |root: &Path| {
        let files = fs::read_dir(root.join("synthetic")).unwrap().map(|e| e.unwrap().path());
        files.into_iter().find(|p| p.extension().is_some_and(|e| e == "segment")).unwrap()
    };
    replace(&segment(folder.path()), &fs::read(segment(other.path())).unwrap());
    assert!(!verify().is_empty());
}
