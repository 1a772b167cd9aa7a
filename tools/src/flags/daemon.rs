//! How a command is known to a daemon, and a daemon to it.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::reach::Target;

/// What it takes to be let in, and to know that it is the right one. A key is never among the arguments, which every process of the machine
/// can read.
#[derive(Debug, Clone, clap::Args)]
pub struct DaemonFlags {
    /// File with the key that it asks for [default: what MAXSIMD_KEY holds]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Over https, certificates in PEM that are trusted in place of those that browsers trust [default: what SSL_CERT_FILE names]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl DaemonFlags {
    /// A server at an address, with the key that it is shown if there is one.
    pub fn target(&self, url: &str) -> anyhow::Result<Target> {
        let target = Target::parse(url)?;
        let named = || std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        let target = match self.ca_file.clone().or_else(named) {
            Some(path) => target.trusting(&path)?,
            None => target,
        };
        let key = match &self.key_file {
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?),
            None => std::env::var("MAXSIMD_KEY").ok(),
        };
        match key.as_deref().map(str::trim).filter(|key| !key.is_empty()) {
            Some(key) => Ok(target.with_key(key)?),
            None => Ok(target),
        }
    }
}
