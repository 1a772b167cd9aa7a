//! Whom to ask.

use std::fmt;
use std::time::Duration;

/// Whom to ask, and how long to wait for it.
#[derive(Debug, Clone)]
pub struct OpenAiSettings {
    /// What kind of generator it is, as replies name it.
    pub kind: &'static str,
    /// What stands before `/chat/completions`, e.g. `http://127.0.0.1:11434/v1`.
    pub url: String,
    /// Name of the model.
    pub model: String,
    /// The server's key for its users.
    pub key: Option<Secret>,
    /// How long nothing may come.
    pub silence: Duration,
}

impl OpenAiSettings {
    /// A model of a server, without a key, that may be silent for 20 seconds.
    pub fn new(kind: &'static str, url: impl Into<String>, model: impl Into<String>) -> Self {
        let (url, model) = (url.into(), model.into());
        Self { kind, url, model, key: None, silence: Duration::from_secs(20) }
    }
}

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
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
