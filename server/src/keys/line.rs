//! A key as it stands in a file: `ID SCOPE COLLECTIONS HASH`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use maxsimd_engine::collection::CollectionName;

use super::KeyScope;

/// Stands for all collections.
const ALL: &str = "*";
const HASH: &str = "blake3:";
/// Collections of one key.
const MOST_COLLECTIONS: usize = 1024;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is called in logs.
    pub id: String,
    /// What it is for.
    pub scope: KeyScope,
    /// Collections that it is for, by their own names; `None` for all.
    pub collections: Option<BTreeSet<CollectionName>>,
    pub(super) hash: blake3::Hash,
}

/// Why a line is no key. Never says what stands there: it may be a key itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The number of words.
    #[error("four words are expected: id, scope, collections, hash; `maxsimd keys new` prints such a line")]
    Words,
    /// The id.
    #[error("the id has to be 1 to 64 of a-z, 0-9, _ and -")]
    Id,
    /// The scope.
    #[error("the scope has to be metrics, read, write or admin")]
    Scope,
    /// The collections.
    #[error("the collections have to be names of collections with commas between, or *")]
    Collections,
    /// The hash.
    #[error("the hash has to be blake3: and 64 hexadecimal digits")]
    Hash,
}

impl FromStr for Key {
    type Err = LineError;

    fn from_str(line: &str) -> Result<Self, LineError> {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [id, scope, collections, hash] = words[..] else { return Err(LineError::Words) };
        let id = CollectionName::parse(id).map_err(|_| LineError::Id)?.as_str().to_owned();
        let scope = KeyScope::parse(scope).ok_or(LineError::Scope)?;
        let hash = hash.strip_prefix(HASH).and_then(|digits| blake3::Hash::from_hex(digits).ok());
        Ok(Self { id, scope, collections: names(collections)?, hash: hash.ok_or(LineError::Hash)? })
    }
}

fn names(text: &str) -> Result<Option<BTreeSet<CollectionName>>, LineError> {
    if text == ALL {
        return Ok(None);
    }
    let names = text.split(',').take(MOST_COLLECTIONS + 1).map(CollectionName::parse);
    let names = names.collect::<Result<BTreeSet<_>, _>>().map_err(|_| LineError::Collections)?;
    if names.len() > MOST_COLLECTIONS { Err(LineError::Collections) } else { Ok(Some(names)) }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.id, self.scope)?;
        match &self.collections {
            None => f.write_str(ALL)?,
            Some(names) => f.write_str(&names.iter().map(CollectionName::as_str).collect::<Vec<_>>().join(","))?,
        }
        write!(f, " {HASH}{}", self.hash.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_anything_else_is_refused_without_repeating_it() {
        let hash = format!("{HASH}{}", "0f".repeat(32));
        for line in [format!("k1 read * {hash}"), format!("backup admin a,b-2 {hash}")] {
            assert_eq!(line.parse::<Key>().map(|key| key.to_string()), Ok(line));
        }
        for (line, error) in [
            (format!("k1 read {hash}"), LineError::Words),
            (format!("k1 read * {hash} more"), LineError::Words),
            (format!("K read * {hash}"), LineError::Id),
            (format!("k1 root * {hash}"), LineError::Scope),
            (format!("k1 read a,,b {hash}"), LineError::Collections),
            (format!("k1 read ../a {hash}"), LineError::Collections),
            (format!("k1 read a,* {hash}"), LineError::Collections),
            ("k1 read * maxsimd_secret".to_owned(), LineError::Hash),
            (format!("k1 read * {hash}0"), LineError::Hash),
        ] {
            assert_eq!(line.parse::<Key>(), Err(error), "{line}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
