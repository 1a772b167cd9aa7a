//! Why the web gave nothing. None of it ends an answer: it is said in the reply what is done without it.

use std::time::Duration;

/// Why there are no results, or no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Nothing listens there, or nobody knows its name.
    #[error("{from} cannot be reached: {reason}")]
    Unreachable {
        /// What was asked.
        from: String,
        /// What the system said.
        reason: String,
    },
    /// An address of a kind that is not asked.
    #[error("{url:?} is not asked: {reason}")]
    RefusedUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The machine behind a name is not one of the public internet.
    #[error("{host} is not asked: it is no machine of the public internet")]
    RefusedAddress {
        /// The name, or the address itself.
        host: String,
    },
    /// It leads from one address to another, and on.
    #[error("{from} redirects more than {most} times")]
    TooManyRedirects {
        /// What was asked first.
        from: String,
        /// How often it may.
        most: u32,
    },
    /// It does not want to, or failed.
    #[error("{from} answers with status {status}: {said}")]
    Status {
        /// What was asked.
        from: String,
        /// HTTP status.
        status: u16,
        /// The beginning of what it said, or what to do about it.
        said: String,
    },
    /// It sends more than is read.
    #[error("{from} sends more than {most} bytes")]
    TooLarge {
        /// What was asked.
        from: String,
        /// Bytes that are read.
        most: u64,
    },
    /// A page of a kind that is not read.
    #[error("{from} sends {kind:?}; HTML and plain text are read")]
    WrongKind {
        /// What was asked.
        from: String,
        /// Its media type.
        kind: String,
    },
    /// What came is not of the protocol, or ended too early.
    #[error("what {from} sends cannot be read: {reason}")]
    BadReply {
        /// What was asked.
        from: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A page without text.
    #[error("{from} has no text")]
    Empty {
        /// What was asked.
        from: String,
    },
    /// It was not done within the time that it has.
    #[error("{from} was not done after {} s", after.as_secs_f32())]
    Slow {
        /// What was asked.
        from: String,
        /// The time that it has.
        after: Duration,
    },
    /// The answer's time for it is over.
    #[error("the web was not done in time")]
    Deadline,
    /// Nobody waits for it any more.
    #[error("given up")]
    Cancelled,
}

impl WebError {
    /// Stable name for replies.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "web_unreachable",
            Self::RefusedUrl { .. } => "web_refused_url",
            Self::RefusedAddress { .. } => "web_refused_address",
            Self::TooManyRedirects { .. } => "web_too_many_redirects",
            Self::Status { .. } => "web_status",
            Self::TooLarge { .. } => "web_too_large",
            Self::WrongKind { .. } => "web_wrong_kind",
            Self::BadReply { .. } => "web_bad_reply",
            Self::Empty { .. } => "web_empty",
            Self::Slow { .. } => "web_slow",
            Self::Deadline => "web_deadline",
            Self::Cancelled => "web_cancelled",
        }
    }
}
