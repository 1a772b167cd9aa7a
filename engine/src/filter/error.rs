//! What is wrong with a filter, and where.

/// A filter that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}{}", at.map(|at| format!(" at byte {at}")).unwrap_or_default())]
pub struct FilterError {
    /// What was expected and what was found; of JSON it begins with the path.
    pub reason: String,
    /// Byte offset in the text.
    pub at: Option<usize>,
}
