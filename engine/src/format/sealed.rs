//! Small JSON files that end with a line that seals them: `blake3 HEX` over everything before.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::PARTIAL;
use crate::storage::{Disk, Folder};
use crate::{Error, Result};

/// Largest sealed file that is read.
pub(crate) const MAX_SEALED: u64 = 64 << 20;

/// Writes a value as `NAME`: to a temporary file, synced, renamed over the old one, folder synced.
pub fn write_sealed<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<()> {
    seal(&Folder::new(folder.to_path_buf(), Arc::new(Disk)), name, value)
}

/// The same in a folder of a storage.
pub(crate) fn seal<T: Serialize>(folder: &Folder, name: &str, value: &T) -> Result<()> {
    let partial = format!("{name}.{PARTIAL}");
    let bytes = sealed(value).map_err(Error::io(folder.path().join(name)))?;
    let file = folder.create(&partial)?;
    let written = file.append(&bytes).and_then(|()| {
        fail::fail_point!("sealed.sync");
        file.sync()?;
        fail::fail_point!("sealed.rename");
        folder.rename(&partial, name)
    });
    // A full disk needs the space.
    written.inspect_err(|_| drop(folder.remove(&partial)))?;
    folder.sync()
}

/// A value as the bytes of a sealed file.
pub(crate) fn sealed<T: Serialize>(value: &T) -> std::io::Result<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    let seal = blake3::hash(text.as_bytes()).to_hex();
    text.push_str(&format!("blake3 {seal}\n"));
    Ok(text.into_bytes())
}

/// Reads a sealed file; `None` if there is none.
pub fn read_sealed<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    sealed_bytes(path)?.map(|bytes| unseal(&bytes, path)).transpose()
}

/// The bytes of a sealed file, not yet looked at; `None` if there is none.
pub(crate) fn sealed_bytes(path: &Path) -> Result<Option<Vec<u8>>> {
    let length = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io(path)(error)),
    };
    if length > MAX_SEALED {
        return Err(broken(path, format!("at most {MAX_SEALED} bytes"), format!("{length} bytes")));
    }
    fs::read(path).map(Some).map_err(Error::io(path))
}

/// Checks the seal of a sealed file's bytes and reads the value; `path` is for errors.
pub(crate) fn unseal<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T> {
    const SEAL: usize = "blake3 \n".len() + 64;
    let Some(at) = bytes.len().checked_sub(SEAL) else {
        return Err(broken(path, "a seal at the end".into(), format!("{} bytes", bytes.len())));
    };
    let (body, seal) = bytes.split_at(at);
    let expected = format!("blake3 {}\n", blake3::hash(body).to_hex());
    if seal != expected.as_bytes() {
        let found = String::from_utf8_lossy(seal).trim_end().to_owned();
        return Err(broken(path, expected.trim_end().to_owned(), found));
    }
    serde_json::from_slice(body).map_err(|e| Error::Corrupt {
        path: path.to_path_buf(),
        section: "body".to_owned(),
        expected: "the fields of this format".to_owned(),
        found: e.to_string(),
    })
}

fn broken(path: &Path, expected: String, found: String) -> Error {
    Error::Corrupt { path: path.to_path_buf(), section: "seal".to_owned(), expected, found }
}
