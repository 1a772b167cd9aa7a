//! Flags and environment to keys.

use std::path::PathBuf;
use std::sync::Arc;

use super::{KeySource, Keyring, KeysError};

/// Variable that holds lines of keys.
const LINES: &str = "MAXSIMD_KEYS";

/// Who may ask.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Security")]
pub struct KeyFlags {
    /// File with the keys that are valid, of which it holds hashes; `keys new` makes one. Read again when it changes [default: what
    /// MAXSIMD_KEYS holds]
    #[arg(long, value_name = "FILE", env = "MAXSIMD_KEYS_FILE")]
    pub keys_file: Option<PathBuf>,
    /// Listen on an address that others can reach, although everybody may do everything
    #[arg(long, env = "MAXSIMD_INSECURE_NO_AUTH")]
    pub insecure_no_auth: bool,
}

impl KeyFlags {
    /// The keys, if any are named.
    pub fn open(&self) -> Result<Option<Arc<Keyring>>, KeysError> {
        // An empty one is refused, not taken for none: whoever sets it wants keys to be asked for.
        let lines = std::env::var_os(LINES).map(|lines| lines.to_string_lossy().into_owned());
        if self.keys_file.is_none() && lines.is_none() {
            return Ok(None);
        }
        Keyring::open(KeySource { file: self.keys_file.clone(), lines }).map(|ring| Some(Arc::new(ring)))
    }
}
