//! SHA-256 of files, as lower-case hex.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::AssetError;

/// Fails unless a file has this hash.
pub(super) fn check(path: &Path, expected: &str) -> Result<(), AssetError> {
    let mut hashing = Hashing::new(io::sink());
    let mut file = File::open(path).map_err(AssetError::io(path))?;
    io::copy(&mut file, &mut hashing).map_err(AssetError::io(path))?;
    compare(path, expected, hashing.finish().0)
}

/// Fails unless the hashes are equal; `path` is for the error.
pub(super) fn compare(path: &Path, expected: &str, found: String) -> Result<(), AssetError> {
    if found == expected {
        return Ok(());
    }
    Err(AssetError::Hash { path: path.to_path_buf(), expected: expected.to_owned(), found })
}

#[cfg(test)]
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A writer that hashes what passes through.
pub(super) struct Hashing<W> {
    hasher: Sha256,
    to: W,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(to: W) -> Self {
        Self { hasher: Sha256::new(), to }
    }

    /// The hash of what was written, and the writer.
    pub(super) fn finish(self) -> (String, W) {
        (hex(&self.hasher.finalize()), self.to)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Copies all of `from`, which must be `bytes` long and have this hash; `path` is for the error.
pub(super) fn copy(from: impl Read, to: impl Write, bytes: u64, sha256: &str, path: &Path) -> Result<(), AssetError> {
    let mut hashing = Hashing::new(to);
    // One byte more than listed is enough to see that it is too long.
    io::copy(&mut from.take(bytes + 1), &mut hashing).map_err(AssetError::io(path))?;
    hashing.flush().map_err(AssetError::io(path))?;
    compare(path, sha256, hashing.finish().0)
}
