//! Whom to ask.

use std::time::Duration;

use crate::secret::Secret;

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
