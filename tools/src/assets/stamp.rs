//! What was verified and when, so that later starts need not read a hundred megabytes: a file counts as verified
//! while its size and modification time are those of the stamp.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::UNIX_EPOCH;

use maxsimd_server::home::Home;
use serde::{Deserialize, Serialize};

use super::catalog::{Asset, File};

/// One verified file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    sha256: String,
    bytes: u64,
    modified_ns: u128,
}

type Stamp = BTreeMap<String, Entry>;

/// Whether every file of an asset is as it was when it was verified.
pub(super) fn is_current(home: &Home, asset: &Asset) -> bool {
    let Ok(bytes) = std::fs::read(path(home, asset)) else { return false };
    let Ok(stamp) = serde_json::from_slice::<Stamp>(&bytes) else { return false };
    asset.files().all(|file| {
        let entry = entry(&home.root().join(file.target), file);
        entry.is_some() && stamp.get(file.target) == entry.as_ref()
    })
}

/// Notes that every file of an asset was verified. Without a stamp they are read again, so failing is no error.
pub(super) fn note(home: &Home, asset: &Asset) {
    let entries = asset.files().filter_map(|file| {
        let entry = entry(&home.root().join(file.target), file)?;
        Some((file.target.to_owned(), entry))
    });
    if let Ok(json) = serde_json::to_vec_pretty(&entries.collect::<Stamp>()) {
        let path = path(home, asset);
        let fresh = path.with_extension("new");
        let _ = std::fs::write(&fresh, json).and_then(|()| std::fs::rename(&fresh, &path));
    }
}

/// Whether a file is there with this size.
pub(super) fn has_size(path: &Path, bytes: u64) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.len() == bytes)
}

fn path(home: &Home, asset: &Asset) -> std::path::PathBuf {
    home.root().join(format!("{}.stamp", asset.name))
}

fn entry(path: &Path, file: &File) -> Option<Entry> {
    if !has_size(path, file.bytes) {
        return None;
    }
    let modified = path.metadata().and_then(|found| found.modified()).ok()?;
    let modified_ns = modified.duration_since(UNIX_EPOCH).ok()?.as_nanos();
    Some(Entry { sha256: file.sha256.to_owned(), bytes: file.bytes, modified_ns })
}
