//! What a revision holds, as the hub lists it: the commit, and length and hash of every file.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::address;
use super::client::Client;
use super::content::{Digest, Expected, is_hex};
use super::error::HubError;
use super::reference::Repository;

/// Largest listing that is read; a file takes about 200 bytes of it.
const MAX_BYTES: u64 = 16 << 20;

/// A revision as the hub lists it. Names of files are as hostile as any.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) commit: String,
    url: String,
    files: BTreeMap<String, Sibling>,
}

#[derive(Deserialize)]
struct Answer {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

/// A large file, of which git has a pointer only.
#[derive(Debug, Deserialize)]
struct Lfs {
    sha256: String,
    size: u64,
}

impl Listing {
    /// Asks the hub, once.
    pub(super) fn ask(client: &Client<'_>, repository: &Repository, revision: &str) -> Result<Self, HubError> {
        let url = address::listing(&client.settings().endpoint, repository, revision);
        Self::parse(&read(client, &url)?, address::shown(&url))
    }

    fn parse(body: &[u8], url: String) -> Result<Self, HubError> {
        let refuse = |reason: String| HubError::Reply { url: url.clone(), reason };
        let answer: Answer = serde_json::from_slice(body).map_err(|e| refuse(format!("no listing of files: {e}")))?;
        if !is_hex(&answer.sha, 40) {
            return Err(refuse(format!("{:?} is no commit", answer.sha)));
        }
        let files = answer.siblings.into_iter().map(|file| (file.rfilename.clone(), file)).collect();
        Ok(Self { commit: answer.sha, url, files })
    }

    /// Names of all files.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether there is a file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Length and hash of a file.
    pub(super) fn expected(&self, name: &str) -> Result<Expected, HubError> {
        let refuse = |reason: &str| HubError::Reply { url: self.url.clone(), reason: format!("{name}: {reason}") };
        let file = self.files.get(name).ok_or_else(|| refuse("is not listed"))?;
        let (bytes, digest) = match (&file.lfs, file.size, &file.blob_id) {
            (Some(lfs), ..) if is_hex(&lfs.sha256, 64) => (lfs.size, Digest::Sha256(lfs.sha256.clone())),
            (None, Some(bytes), Some(id)) if is_hex(id, 40) => (bytes, Digest::GitBlob(id.clone())),
            _ => return Err(refuse("is listed without length and hash")),
        };
        Ok(Expected { bytes, digest })
    }
}

fn read(client: &Client<'_>, url: &str) -> Result<Vec<u8>, HubError> {
    let response = client.get(url, 0)?;
    let shown = || address::shown(url);
    let mut body = Vec::new();
    let reader = response.into_body().into_reader();
    let unreachable = |source| HubError::Unreachable { url: shown(), source: Box::new(ureq::Error::Io(source)) };
    reader.take(MAX_BYTES + 1).read_to_end(&mut body).map_err(unreachable)?;
    if body.len() as u64 > MAX_BYTES {
        return Err(HubError::Reply { url: shown(), reason: format!("a listing of more than {MAX_BYTES} bytes") });
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Listing, HubError> {
        Listing::parse(body.as_bytes(), "http://h/api".to_owned())
    }

    #[test]
    fn large_files_are_named_by_sha_256_and_small_ones_by_their_git_blob() {
        let (git, sha) = ("a".repeat(40), "b".repeat(64));
        let body = format!(
            r#"{{"sha": "{git}", "gated": false, "siblings": [
                {{"rfilename": "a", "size": 3, "blobId": "{git}", "lfs": null}},
                {{"rfilename": "b", "size": 9, "blobId": "{git}", "lfs": {{"sha256": "{sha}", "size": 9, "pointerSize": 1}}}},
                {{"rfilename": "c"}},
                {{"rfilename": "d", "size": 3, "blobId": "../../x"}}]}}"#
        );
        let listing = parse(&body).unwrap();
        assert_eq!(listing.expected("a").unwrap(), Expected { bytes: 3, digest: Digest::GitBlob(git) });
        assert_eq!(listing.expected("b").unwrap(), Expected { bytes: 9, digest: Digest::Sha256(sha) });
        for name in ["c", "d", "e"] {
            let error = listing.expected(name).unwrap_err().to_string();
            assert!(error.contains("http://h/api") && error.contains(name), "{error}");
        }
    }

    #[test]
    fn what_is_no_listing_is_refused() {
        for body in ["", "<html>", "{}", r#"{"sha": "../..", "siblings": []}"#, r#"{"sha": 1, "siblings": []}"#] {
            assert!(matches!(parse(body), Err(HubError::Reply { .. })), "{body}");
        }
    }
}
