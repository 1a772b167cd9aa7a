//! What a file has to be: its length, and the hash by which the hub or the lock file names it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::error::HubError;

/// How a file's content is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Digest {
    /// SHA-256 of the bytes: large files of the hub, and all files of a lock.
    Sha256(String),
    /// SHA-1 as git makes it of a blob: small files of the hub.
    GitBlob(String),
}

/// Length and hash of a file that is to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) bytes: u64,
    pub(super) digest: Digest,
}

/// Length and hash of a file as it was pulled or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pin {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Pin {
    /// Reads a file.
    pub(super) fn of(path: &Path) -> Result<Self, HubError> {
        let mut hash = Sha256::new();
        let bytes = hash_into(path, &mut hash)?;
        Ok(Self { bytes, sha256: format!("{:x}", hash.finalize()) })
    }

    pub(super) fn expected(&self) -> Expected {
        Expected { bytes: self.bytes, digest: Digest::Sha256(self.sha256.clone()) }
    }
}

impl Expected {
    /// Reads a file and fails unless it is the expected one; `place` and `remedy` are for the error.
    pub(super) fn check(&self, path: &Path, place: &str, remedy: &'static str) -> Result<Pin, HubError> {
        let refuse = |expected, found| HubError::Content { place: place.to_owned(), expected, found, remedy };
        let bytes = path.metadata().map_err(HubError::io(path))?.len();
        if bytes != self.bytes {
            return Err(refuse(format!("{} bytes", self.bytes), format!("{bytes} bytes")));
        }
        let pin = Pin::of(path)?;
        let (kind, expected, found) = match &self.digest {
            Digest::Sha256(expected) => ("SHA-256", expected, pin.sha256.clone()),
            Digest::GitBlob(expected) => ("git blob SHA-1", expected, git_blob(path, bytes)?),
        };
        if found != *expected {
            return Err(refuse(format!("{kind} {expected}"), found));
        }
        Ok(pin)
    }
}

/// The hash under which git stores a file.
fn git_blob(path: &Path, bytes: u64) -> Result<String, HubError> {
    let mut hash = Sha1::new();
    hash.update(format!("blob {bytes}\0"));
    hash_into(path, &mut hash)?;
    Ok(format!("{:x}", hash.finalize()))
}

fn hash_into(path: &Path, hash: &mut impl Write) -> Result<u64, HubError> {
    let mut file = File::open(path).map_err(HubError::io(path))?;
    io::copy(&mut file, hash).map_err(HubError::io(path))
}

/// Whether a text is a hash of so many hexadecimal digits.
pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_compared_by_length_then_by_either_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "hello\n").unwrap();
        // As `git hash-object` and `sha256sum` say.
        let git = Digest::GitBlob("ce013625030ba8dba906f756967f9e9ca394464a".to_owned());
        let sha = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        let check = |bytes, digest| Expected { bytes, digest }.check(&path, "f", "");
        assert_eq!(check(6, git.clone()).unwrap().sha256, sha);
        assert!(check(6, Digest::Sha256(sha.to_owned())).is_ok());
        let error = check(7, git).unwrap_err().to_string();
        assert!(error.contains("7 bytes") && error.contains("6 bytes"), "{error}");
        let error = check(6, Digest::Sha256("0".repeat(64))).unwrap_err().to_string();
        assert!(error.contains("SHA-256 000") && error.contains(sha), "{error}");
    }
}
