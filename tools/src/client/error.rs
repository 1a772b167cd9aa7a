//! Why there is no reply.

use maxsimd_server::wire::ProblemBody;

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody listens there.
    #[error("no connection: {0}")]
    Connect(#[source] std::io::Error),
    /// The connection ended.
    #[error("the connection ended: {0}")]
    HungUp(#[source] hyper::Error),
    /// The reply took too long.
    #[error("no reply in time")]
    Timeout,
    /// The reply is longer than is read.
    #[error("the reply is longer than {most} bytes")]
    TooLarge {
        /// What is read at most.
        most: usize,
    },
    /// The daemon says what is wrong.
    #[error("{}: {}", .0.code, .0.detail)]
    Refused(Box<ProblemBody>),
    /// The reply is not what the protocol says.
    #[error("status {status}, and a body that cannot be read: {reason}")]
    Unreadable {
        /// HTTP status.
        status: u16,
        /// What is wrong with the body.
        reason: String,
    },
    /// The request cannot be written.
    #[error("the request cannot be written: {0}")]
    Unwritable(String),
}
