//! Keys, which are told to servers and to nobody else.

use std::fmt;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What a server says, without the key, in case it repeats what it was sent.
    pub(crate) fn cut_from(&self, said: &str) -> String {
        match self.0.is_empty() {
            true => said.to_owned(),
            false => said.replace(&self.0, "(key)"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
