//! All keys, and the file that they are read from again when it changes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use super::secret::{LONGEST, hash};
use super::{Key, LineError};
use crate::process::reload::{Reload, Stamp};

/// Largest file of keys.
const MOST_BYTES: u64 = 1 << 20;
/// Keys at once: each request is compared with all of them.
const MOST_KEYS: usize = 1024;

/// Why keys cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file cannot be read.
    #[error("keys in {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A line is no key.
    #[error("keys in {place}, line {line}: {reason}")]
    Line {
        /// Where it stands.
        place: String,
        /// Its number, from 1.
        line: usize,
        /// What is wrong.
        reason: LineError,
    },
    /// Two keys have the same id, so that logs would not tell them apart.
    #[error("keys: id {0} is given twice")]
    Twice(String),
    /// There is none.
    #[error("there is no key in {0}; `maxsimd keys new` makes one")]
    None(String),
    /// There are too many.
    #[error("there are more than {MOST_KEYS} keys")]
    TooMany,
}

/// Where keys stand.
#[derive(Debug, Clone, Default)]
pub struct KeySource {
    /// A file.
    pub file: Option<PathBuf>,
    /// Lines of such a file.
    pub lines: Option<String>,
}

impl KeySource {
    fn read(&self) -> Result<Vec<Key>, KeysError> {
        let mut keys = Vec::new();
        if let Some(path) = &self.file {
            parse(&path.display().to_string(), &text(path)?, &mut keys)?;
        }
        if let Some(lines) = &self.lines {
            parse("MAXSIMD_KEYS", lines, &mut keys)?;
        }
        Ok(keys)
    }
}

fn text(path: &Path) -> Result<String, KeysError> {
    let refuse = |reason: String| KeysError::File { path: path.to_path_buf(), reason };
    let file = File::open(path).map_err(|error| refuse(error.to_string()))?;
    let found = file.metadata().map_err(|error| refuse(error.to_string()))?;
    if others_write(&found) {
        return Err(refuse("everybody may write to it, and so make keys; chmod o-w".to_owned()));
    }
    let mut text = String::new();
    file.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(|error| refuse(error.to_string()))?;
    if u64::try_from(text.len()).is_ok_and(|bytes| bytes > MOST_BYTES) {
        return Err(refuse(format!("it has more than {MOST_BYTES} bytes")));
    }
    Ok(text)
}

fn others_write(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o002 != 0
}

fn parse(place: &str, text: &str, keys: &mut Vec<Key>) -> Result<(), KeysError> {
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let key: Key =
            line.parse().map_err(|reason| KeysError::Line { place: place.to_owned(), line: number, reason })?;
        if keys.iter().any(|other| other.id == key.id) {
            return Err(KeysError::Twice(key.id));
        }
        if keys.len() == MOST_KEYS {
            return Err(KeysError::TooMany);
        }
        keys.push(key);
    }
    Ok(())
}

/// All keys that are valid now.
#[derive(Debug)]
pub struct Keyring {
    source: KeySource,
    keys: ArcSwap<Vec<Arc<Key>>>,
    seen: Mutex<Option<Stamp>>,
}

impl Keyring {
    /// Reads the keys; there has to be one.
    pub fn open(source: KeySource) -> Result<Self, KeysError> {
        let seen = source.file.as_deref().and_then(Stamp::of);
        let keys = source.read()?;
        if keys.is_empty() {
            let place = source.file.as_ref().map_or("MAXSIMD_KEYS".to_owned(), |path| path.display().to_string());
            return Err(KeysError::None(place));
        }
        let keys = keys.into_iter().map(Arc::new).collect();
        Ok(Self { source, keys: ArcSwap::from_pointee(keys), seen: Mutex::new(seen) })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.keys.load().len()
    }

    /// What is known of a key that somebody shows. All keys are compared, each in constant time.
    pub(super) fn find(&self, shown: &[u8]) -> Option<Arc<Key>> {
        if shown.len() > LONGEST {
            return None;
        }
        let shown = hash(shown);
        self.keys.load().iter().fold(None, |found, key| if key.hash == shown { Some(Arc::clone(key)) } else { found })
    }
}

impl Reload for Keyring {
    /// Keys that cannot be read leave those in force that were; a file without any takes all away.
    fn reload(&self, forced: bool) {
        let Some(path) = &self.source.file else { return };
        let now = Stamp::of(path);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !forced && *seen == now {
            return;
        }
        *seen = now;
        match self.source.read() {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "keys were read again");
                self.keys.store(Arc::new(keys.into_iter().map(Arc::new).collect()));
            }
            Err(error) => tracing::error!(%error, "the keys of before stay in force"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{KeyScope, NewKey};

    fn new(scope: KeyScope) -> NewKey {
        NewKey::make(None, scope, None).expect("randomness")
    }

    #[test]
    fn two_keys_are_valid_at_once_and_a_file_that_changes_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let [old, next] = [KeyScope::Read, KeyScope::Write].map(new);
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        write(&format!("# of the reports\n\n{}\n", old.line));
        let ring = Keyring::open(KeySource { file: Some(path.clone()), lines: None }).unwrap();
        let scope = |key: &NewKey| ring.find(key.key.as_bytes()).map(|key| key.scope);
        assert_eq!((scope(&old), scope(&next)), (Some(KeyScope::Read), None));
        write(&format!("{}\n{}\n", old.line, next.line));
        ring.reload(false);
        assert_eq!((scope(&old), scope(&next)), (Some(KeyScope::Read), Some(KeyScope::Write)));
        write("something that is no key\n");
        ring.reload(true);
        assert_eq!(ring.count(), 2, "what cannot be read changes nothing");
        std::fs::remove_file(&path).unwrap();
        ring.reload(false);
        assert_eq!(ring.count(), 2);
        write(&format!("{}\n", next.line));
        ring.reload(false);
        assert_eq!((scope(&old), scope(&next)), (None, Some(KeyScope::Write)));
        write("# none\n");
        ring.reload(false);
        assert_eq!(ring.count(), 0);
    }

    #[test]
    fn a_source_that_cannot_be_meant_is_refused() {
        let open = |lines: &str| Keyring::open(KeySource { file: None, lines: Some(lines.to_owned()) });
        let line = new(KeyScope::Admin).line;
        assert!(open(&line).is_ok());
        assert!(matches!(open(""), Err(KeysError::None(_))));
        assert!(matches!(open(&format!("{line}\n{line}")), Err(KeysError::Twice(_))));
        assert!(matches!(open(&format!("{line}\n\nx")), Err(KeysError::Line { line: 3, .. })));
        let many: String = (0..=MOST_KEYS)
            .map(|n| line.replacen(line.split(' ').next().unwrap(), &format!("n{n}"), 1) + "\n")
            .collect();
        assert!(matches!(open(&many), Err(KeysError::TooMany)));
        let missing = Keyring::open(KeySource { file: Some("/nowhere/keys".into()), lines: None });
        assert!(missing.unwrap_err().to_string().contains("/nowhere/keys"));
    }

    #[test]
    fn a_file_that_everybody_may_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, new(KeyScope::Read).line).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
        let source = KeySource { file: Some(path), lines: None };
        assert!(Keyring::open(source).unwrap_err().to_string().contains("o-w"));
    }

    #[test]
    fn what_is_no_key_is_not_found_however_long_it_is() {
        let new = new(KeyScope::Admin);
        let ring = Keyring::open(KeySource { file: None, lines: Some(new.line.clone()) }).unwrap();
        assert!(ring.find(new.key.as_bytes()).is_some());
        let long = new.key.repeat(100);
        for shown in ["", &new.key[1..], new.line.split("blake3:").last().unwrap(), &long, &format!("{} ", new.key)] {
            assert!(ring.find(shown.as_bytes()).is_none(), "{shown}");
        }
    }
}
