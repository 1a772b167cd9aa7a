//! Names of collections.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Name of a collection: `[a-z0-9][a-z0-9_-]{0,63}`; never a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CollectionName(String);

impl CollectionName {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Self> {
        let first = name.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let rest = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if first && rest && name.len() <= 64 {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::invalid("collection", "a name has 1 to 64 of a-z, 0-9, _ and -, and begins with a letter or digit"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CollectionName {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        Self::parse(&name)
    }
}

impl From<CollectionName> for String {
    fn from(name: CollectionName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_be_paths_are_refused() {
        let long = "a".repeat(65);
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "A", "-a", "_a", "a.b", "a b", "ä", "a\0", long.as_str()] {
            assert!(CollectionName::parse(name).is_err(), "{name:?}");
        }
        for name in ["a", "0", "my-docs_2", &long[..64]] {
            assert_eq!(CollectionName::parse(name).unwrap().as_str(), name);
        }
    }
}
