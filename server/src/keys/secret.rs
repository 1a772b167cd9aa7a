//! Making a key, and what is kept of it.
//!
//! What is kept is a BLAKE3 hash. Slow hashes with salt (Argon2, bcrypt) protect what people think up, of which an attacker can try the
//! likely ones. Nobody can try 2^256 keys at any speed, so that a slow hash would protect nothing and cost every request its time.

use std::collections::BTreeSet;
use std::fmt;
use std::io;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maxsimd_engine::collection::CollectionName;

use super::{Key, KeyScope};

/// Before every key, so that people and scanners for secrets recognise one.
const PREFIX: &str = "maxsimd_";
const BYTES: usize = 32;
/// Random bytes of an id that nobody chose.
const ID_BYTES: usize = 5;
/// Longest text that may be a key.
pub(super) const LONGEST: usize = 256;

/// What is kept of a key. Comparing two takes the same time wherever they differ.
pub(super) fn hash(key: &[u8]) -> blake3::Hash {
    blake3::hash(key)
}

/// A key that was just made. Its text is nowhere else.
pub struct NewKey {
    /// The key, for its holder.
    pub key: String,
    /// What the daemon has to know of it, as a line of its file.
    pub line: String,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewKey").field("line", &self.line).finish_non_exhaustive()
    }
}

impl NewKey {
    /// Makes a key for collections, or for all of them.
    pub fn make(
        id: Option<CollectionName>,
        scope: KeyScope,
        collections: Option<BTreeSet<CollectionName>>,
    ) -> io::Result<Self> {
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<BYTES>()?));
        let id = match id {
            Some(id) => id.as_str().to_owned(),
            None => format!("k{}", random::<ID_BYTES>()?.map(|byte| format!("{byte:02x}")).concat()),
        };
        let line = Key { id, scope, collections, hash: hash(key.as_bytes()) }.to_string();
        Ok(Self { key, line })
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_long_random_and_not_in_what_is_kept_of_them() {
        let [one, other] = [0, 1].map(|_| NewKey::make(None, KeyScope::Read, None).expect("randomness"));
        assert_ne!(one.key, other.key);
        assert_eq!(one.key.len(), PREFIX.len() + 43);
        for text in [one.line.clone(), format!("{one:?}")] {
            assert!(!text.contains(&one.key) && !text.contains(&one.key[PREFIX.len()..]), "{text}");
        }
        let kept: Key = one.line.parse().expect("a line");
        assert!(kept.hash == hash(one.key.as_bytes()) && kept.hash != hash(other.key.as_bytes()));
    }
}
