//! Scrubbing finds what decays after it was read, and says so without stopping.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use maxsimd_engine::build::BuildOptions;
use maxsimd_engine::collection::Store;
use maxsimd_engine::search::{Mode, SearchRequest};
use maxsimd_engine::{Context, Error};

use super::support::{Noise, build, items, name, vectors};

/// Turns one byte of a file over where it stands, as a dying disk would.
fn decay(path: &Path, at: u64) {
    let byte = fs::read(path).unwrap()[at as usize] ^ 1;
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "a file of a temporary folder")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
    let mut file = fs::File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte]).unwrap();
}

#[test]
fn what_decays_after_it_was_read_is_found_in_every_file() {
    let root = tempfile::tempdir().unwrap();
    let options = BuildOptions { keep_vectors: true, router_from: 1, ..BuildOptions::default() };
    build(root.path(), &items(8, 40, 16, 3), &options).unwrap();
    let generation = Store::open(root.path()).unwrap().open_generation(&name()).unwrap();
    let request = SearchRequest::new(vec![vectors(&mut Noise::new(3), 16, 4, 0.5)], 5, Mode::Exact);
    generation.search(&Context::unbounded(), &request).unwrap();
    let scrub = |paused: &mut u64| generation.scrub(&Context::unbounded(), &mut |bytes| *paused += bytes).unwrap();
    let mut paused = 0;
    assert!(scrub(&mut paused).is_empty());
    let files = generation.files();
    assert_eq!(paused, files.iter().map(|file| file.bytes).sum::<u64>());
    assert_eq!(files.len(), 4);
    for (number, file) in files.iter().enumerate() {
        let path = root.path().join("synthetic").join(&file.name);
        // Once in the body, once in the table behind it.
        decay(&path, if number % 2 == 0 { 70 } else { file.bytes - 70 });
        let found = scrub(&mut 0);
        assert_eq!(found.len(), number + 1, "{found:?}");
        let named = found.iter().any(|damage| damage.path == path && matches!(damage.error, Error::Corrupt { .. }));
        assert!(named, "{found:?}");
    }
}

#[test]
fn a_scrub_ends_with_its_context() {
    let root = tempfile::tempdir().unwrap();
    build(root.path(), &items(8, 4, 16, 3), &BuildOptions::default()).unwrap();
    let generation = Store::open(root.path()).unwrap().open_generation(&name()).unwrap();
    let context = Context::until(std::time::Instant::now());
    assert!(matches!(generation.scrub(&context, &mut |_| ()), Err(Error::Deadline)));
}
