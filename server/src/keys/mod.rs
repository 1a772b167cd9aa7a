//! Keys: who may ask for what. A key is 256 random bits, which are told to its holder and to nobody else; the daemon knows a hash of it,
//! its scope and its collections. Several are valid at once, so that one is replaced by adding another and taking the first away later.
//!
//! # Layout
//!
//! `secret` makes keys and hashes them, `line` is a key as it stands in a file, `ring` all keys and their file, `caller` what a request
//! may, `guard` the layer that finds out, before anything else of a request is looked at.

mod caller;
mod flags;
mod guard;
mod line;
mod ring;
mod scope;
mod secret;

pub(crate) use caller::Caller;
pub use flags::KeyFlags;
pub(crate) use guard::{KeyId, authenticate, require};
pub use line::{Key, LineError};
pub use ring::{KeySource, Keyring, KeysError};
pub use scope::KeyScope;
pub use secret::NewKey;
