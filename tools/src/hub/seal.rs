//! Sealed JSON, as in collections: a JSON text, a line end, and a last line `blake3 HEX` over all before it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::error::HubError;

/// Largest sealed file that is read.
const MAX_BYTES: u64 = 1 << 20;
const SEAL: usize = "blake3 \n".len() + 64;

/// Writes a value to `path`: to a temporary file, synced, renamed over the old one.
pub(super) fn write(path: &Path, value: &impl Serialize) -> Result<(), HubError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|e| HubError::io(path)(e.into()))?;
    text.push('\n');
    let seal = blake3::hash(text.as_bytes()).to_hex();
    text.push_str(&format!("blake3 {seal}\n"));
    let partial = path.with_extension("partial");
    let mut file = File::create(&partial).map_err(HubError::io(&partial))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(HubError::io(&partial))?;
    fs::rename(&partial, path).map_err(HubError::io(path))
}

/// Reads a sealed file; `None` if there is none.
pub(super) fn read(path: &Path) -> Result<Option<Value>, HubError> {
    let refuse = |reason: &str| HubError::Lock { path: path.to_path_buf(), reason: reason.to_owned() };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(HubError::io(path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(HubError::io(path))?;
    let at = bytes.len().checked_sub(SEAL).filter(|_| bytes.len() as u64 <= MAX_BYTES);
    let (body, seal) = bytes.split_at(at.ok_or_else(|| refuse("has no seal at its end"))?);
    let expected = format!("blake3 {}\n", blake3::hash(body).to_hex());
    if seal != expected.as_bytes() {
        return Err(refuse(&format!("is not as it was written: its content is {}", expected.trim_end())));
    }
    serde_json::from_slice(body).map(Some).map_err(|e| refuse(&e.to_string()))
}
