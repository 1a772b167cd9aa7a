//! What can go wrong between a hub and the asset folder, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::reference::Repository;
use crate::assets::AssetError;

/// Why a model was not pulled from the hub, or is not as it was pulled.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// What was asked for names no repository.
    #[error("{text:?} is not of the form hf:ORG/REPO or hf:ORG/REPO@REVISION")]
    Reference {
        /// What was asked for.
        text: String,
    },
    /// A variable of the environment cannot be used. Its value is not shown: it may hold a secret.
    #[error("{variable} {reason}")]
    Setting {
        /// The variable, or the file that it leads to.
        variable: String,
        /// What is wrong.
        reason: String,
    },
    /// There is something to fetch, and the environment forbids it.
    #[error("{url} is needed, but HF_HUB_OFFLINE is set; unset it, or copy the model folder from another machine")]
    Offline {
        /// What would be fetched.
        url: String,
    },
    /// No answer.
    #[error(
        "{url}: {source}; behind a proxy set HTTPS_PROXY (and SSL_CERT_FILE for its certificate), for a mirror HF_ENDPOINT"
    )]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What the connection said.
        source: Box<ureq::Error>,
    },
    /// 401 or 403: hubs answer so for repositories that do not exist, too.
    #[error(
        "{url}: status {status}: the repository is gated, private or does not exist; accept its terms on the hub and set HF_TOKEN to a token that may read it{}",
        quoted(said)
    )]
    Refused {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
        /// The hub's own words.
        said: Option<String>,
    },
    /// 404.
    #[error("{url}: not found; check the names of repository and revision{}", quoted(said))]
    Absent {
        /// What was asked for.
        url: String,
        /// The hub's own words.
        said: Option<String>,
    },
    /// 408, 429 or 5xx, again and again.
    #[error("{url}: status {status}; try again {}", later(*wait))]
    Busy {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
        /// How long the hub asks to wait.
        wait: Option<Duration>,
    },
    /// A reply that is none of the hub's routes.
    #[error("{url}: {reason}; is HF_ENDPOINT a model hub?")]
    Reply {
        /// What was asked for.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A redirect that is not followed.
    #[error("{url}: redirected to {target:?}: {reason}")]
    Redirect {
        /// What was asked for.
        url: String,
        /// Where it leads.
        target: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// A body that ends early, again and again.
    #[error("{url}: ends after {found} of {expected} bytes ({cause}); pull again, it goes on from there")]
    Truncated {
        /// The file.
        url: String,
        /// What the connection said.
        cause: String,
        /// Bytes that the hub lists.
        expected: u64,
        /// Bytes that came.
        found: u64,
    },
    /// A reply to a range that does not continue what is there; starting again is the remedy and is done.
    #[error("{url}: cannot be continued ({found}); pull again, it starts anew")]
    Range {
        /// The file.
        url: String,
        /// What came instead.
        found: String,
    },
    /// A file of another length or hash than listed.
    #[error("{place}: expected {expected}, found {found}; {remedy}")]
    Content {
        /// The file's URL or path.
        place: String,
        /// Length or hash in the listing or the lock file.
        expected: String,
        /// Length or hash of the file.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file that is larger than any that an encoder opens.
    #[error("{repository}: {path} has {bytes} bytes, more than the {most} that are accepted")]
    TooLarge {
        /// The repository.
        repository: Repository,
        /// The file.
        path: String,
        /// Its length.
        bytes: u64,
        /// The bound.
        most: u64,
    },
    /// Weights as pickle only.
    #[error(
        "{repository}: {path} is a pickle, which can run any code when it is read, and is never fetched; take a revision that has model.safetensors (hf:{repository}@refs/pr/N, if its discussions offer a conversion), or convert it yourself and give --model the folder"
    )]
    Pickle {
        /// The repository.
        repository: Repository,
        /// The file without which the model is not complete.
        path: String,
    },
    /// A repository that holds no encoder.
    #[error("{repository}: {reason}")]
    Unusable {
        /// The repository.
        repository: Repository,
        /// What is missing.
        reason: String,
    },
    /// Another revision is pinned.
    #[error(
        "{repository} is pinned to {revision} at commit {commit}, {asked} is another commit; `maxsim models pull hf:{repository}@{asked} --update` replaces it"
    )]
    Pinned {
        /// The repository.
        repository: Repository,
        /// The pinned revision.
        revision: String,
        /// The pinned commit.
        commit: String,
        /// The revision asked for.
        asked: String,
    },
    /// A folder that was not pulled stands where the model belongs.
    #[error("{} holds no maxsim.lock, so it was not pulled; move it away first", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// A lock file that is not as it was written.
    #[error("{}: {reason}; `maxsim models pull hf:ORG/REPO --update` makes it anew", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What the engine said, of a checkpoint that cannot be converted above all.
    #[error(transparent)]
    Engine(maxsimd_engine::Error),
    /// Another process could not be waited for.
    #[error(transparent)]
    Exclusive(#[from] AssetError),
    /// The operating system refused an operation on a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl HubError {
    pub(super) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }
}

fn quoted(said: &Option<String>) -> String {
    said.as_ref().map_or_else(String::new, |said| format!(" (the hub says: {said})"))
}

fn later(wait: Option<Duration>) -> String {
    wait.map_or_else(|| "later".to_owned(), |wait| format!("in {} seconds", wait.as_secs()))
}
