//! Classes of failures; none of them is a latency.

/// Why a request has no latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Failure {
    /// No connection could be opened.
    #[error("connect")]
    Connect,
    /// The connection ended before the reply did.
    #[error("hung up")]
    HungUp,
    /// The reply took too long.
    #[error("timeout")]
    Timeout,
    /// The server answered with another status than success.
    #[error("status {0}")]
    Status(u16),
    /// The reply has more bytes than any should have.
    #[error("too large")]
    TooLarge,
    /// The reply is not of the protocol.
    #[error("unreadable")]
    Unreadable,
}
