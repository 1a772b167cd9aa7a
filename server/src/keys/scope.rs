//! What a key is for.

use std::fmt;

/// What a key is for; each scope contains those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum KeyScope {
    /// Whether the daemon is ready, its version, what it counts
    Metrics,
    /// Searches, answers, encoding, reading documents
    Read,
    /// Adding and deleting documents
    Write,
    /// Creating and dropping collections, aliases, snapshots
    Admin,
}

impl KeyScope {
    /// All of them, smallest first.
    pub const ALL: [Self; 4] = [Self::Metrics, Self::Read, Self::Write, Self::Admin];

    /// Name in files and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The scope of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for KeyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
