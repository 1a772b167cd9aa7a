//! Collections of which one file is edited: everything that reads them gives an error or an answer.
//!
//! An input is a byte that says which file and how, and then edits of it (`edits`). The file is put together again with
//! lengths, checksums, seals and hashes that agree (`files`), so that what reads it gets past them.

mod bases;
mod files;
mod reading;

use std::fs;
use std::path::{Path, PathBuf};

use crate::edits::edits;
use bases::{BASES, Base};
use files::{Shape, sealed};

/// Bit of the first byte: nothing is put right after the edits.
const RAW: u8 = 0x80;
/// Bit of the first byte: the collection is not only read.
const WRITTEN: u8 = 0x40;
/// Stands for a snapshot among the files of a collection.
const SNAPSHOT: &str = "snapshot.snapshot";

/// Files of sections: segments, token vectors, routers, postings, tombstones. The manifest names them by their hashes.
pub fn segment(input: &[u8]) {
    edited(input, |shape| shape == Shape::Sections);
}

/// All other files: manifests, aliases, facts of builds, logs, snapshots.
pub fn manifest(input: &[u8]) {
    edited(input, |shape| shape != Shape::Sections);
}

fn edited(input: &[u8], among: impl Fn(Shape) -> bool) {
    let Some((&which, input)) = input.split_first() else { return };
    let files = || BASES.iter().flat_map(|base| base.files.iter().map(move |file| (base, file)));
    let mut files: Vec<_> = files().filter(|(_, (path, _))| among(shape(path))).collect();
    let (base, (path, sound)) = files.swap_remove(usize::from(which % WRITTEN) % files.len());
    let shape = if which & RAW == 0 { shape(path) } else { Shape::Raw };
    let bytes = shape.edited(sound, &edits(input));
    let root = tempfile::tempdir().expect("a folder to write to");
    base.write(root.path());
    if path == Path::new(SNAPSHOT) {
        return reading::restore(root.path(), &bytes);
    }
    replace(root.path(), base, (path, &bytes));
    reading::read(root.path(), &base.name);
    if which & WRITTEN != 0 {
        reading::write(root.path(), &base.name);
    }
}

/// What a file is put together from, by its name.
fn shape(path: &Path) -> Shape {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("log") => Shape::Log,
        Some("json") => Shape::Sealed,
        Some("snapshot") => Shape::Snapshot,
        _ => Shape::Sections,
    }
}

/// Puts other bytes in the place of a file; one that is named by its hash gets another name, and the manifest says it.
fn replace(root: &Path, base: &Base, (path, bytes): (&PathBuf, &[u8])) {
    fs::remove_file(root.join(path)).expect("a file");
    if shape(path) != Shape::Sections {
        return fs::write(root.join(path), bytes).expect("a folder to write to");
    }
    let hash = blake3::hash(bytes).to_hex().to_string();
    fs::write(root.join(path).with_file_name(&hash).with_extension(path.extension().expect("a kind")), bytes)
        .expect("a folder to write to");
    let manifest = root.join(base.name.as_str()).join("manifest.json");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let (body, _) = text.rsplit_once("blake3 ").expect("a seal");
    let old = path.file_stem().and_then(|stem| stem.to_str()).expect("a hash");
    fs::write(manifest, sealed(body.replace(old, &hash).as_bytes())).expect("a folder to write to");
}
