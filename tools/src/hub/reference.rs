//! `hf:ORG/REPO[@REVISION]`: which repository of the hub, and which of its revisions.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use maxsimd_server::home::Home;

use super::error::HubError;

/// What stands before a repository where other names are possible.
pub const PREFIX: &str = "hf:";
/// Longest name of an organisation or a repository on the hub.
const MAX_NAME: usize = 96;
/// Longest name of a branch or tag.
const MAX_REVISION: usize = 255;

/// A model repository. Its parts are names of folders: no separators, no dots alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    organisation: String,
    name: String,
}

impl Repository {
    /// Reads `ORG/REPO`.
    pub fn parse(text: &str) -> Option<Self> {
        let (organisation, name) = text.split_once('/')?;
        let sound = is_name(organisation) && is_name(name);
        sound.then(|| Self { organisation: organisation.to_owned(), name: name.to_owned() })
    }

    /// The repository's own name, which its encoder bears.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where it is pulled to: `models/ORG/REPO`, so that `--model ORG/REPO` finds it.
    pub fn folder(&self, home: &Home) -> PathBuf {
        home.root().join("models").join(&self.organisation).join(&self.name)
    }

    /// Where it is put together; names never hold `--`, so no two repositories share it.
    pub(super) fn staging(&self, home: &Home) -> PathBuf {
        home.root().join("pulling").join(format!("{}--{}", self.organisation, self.name))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.organisation, self.name)
    }
}

/// A repository, and the branch, tag or commit that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The repository.
    pub repository: Repository,
    /// Branch, tag or commit; none means `main`, or what is pinned.
    pub revision: Option<String>,
}

impl FromStr for Reference {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, HubError> {
        let parse = || {
            let rest = text.strip_prefix(PREFIX)?;
            let (repository, revision) = match rest.split_once('@') {
                Some((repository, revision)) => (repository, Some(revision)),
                None => (rest, None),
            };
            let sound = revision.is_none_or(is_revision);
            let repository = Repository::parse(repository).filter(|_| sound)?;
            Some(Self { repository, revision: revision.map(str::to_owned) })
        };
        parse().ok_or_else(|| HubError::Reference { text: text.to_owned() })
    }
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let ends = |end: char| text.starts_with(end) || text.ends_with(end);
    (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(allowed)
        && !ends('.')
        && !ends('-')
        && !text.contains("--")
        && !text.contains("..")
}

/// Whether a revision is one that git could have.
pub(super) fn is_revision(text: &str) -> bool {
    (1..=MAX_REVISION).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_repository_with_or_without_a_revision() {
        let plain: Reference = "hf:lightonai/GTE-ModernColBERT-v1".parse().unwrap();
        assert_eq!((plain.repository.to_string().as_str(), plain.revision), ("lightonai/GTE-ModernColBERT-v1", None));
        let pull: Reference = "hf:o/r@refs/pr/3".parse().unwrap();
        assert_eq!(pull.revision.as_deref(), Some("refs/pr/3"));
    }

    #[test]
    fn names_that_would_lead_out_of_the_folder_are_no_references() {
        for text in [
            "o/r",
            "hf:",
            "hf:r",
            "hf:o/",
            "hf:/r",
            "hf:o/r/s",
            "hf:../r",
            "hf:o/..",
            "hf:o/.r",
            "hf:-o/r",
            "hf:o/r@",
            "hf:o/r@a b",
            "hf:o/a--b",
            "hf:o/a..b",
            "hf:o\\p/r",
            "hf:o/r\n",
            "hf:o/r@\u{7f}",
            "hf:ö/r",
        ] {
            let error = text.parse::<Reference>().unwrap_err().to_string();
            assert!(error.contains("hf:ORG/REPO"), "{text:?}: {error}");
        }
    }
}
