//! Why a generator wrote nothing, or not to the end. None of it ends an answer: it is said in the reply what stands in for it.

use std::time::Duration;

/// Why there is no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GeneratorError {
    /// Nothing listens there, or it cannot be started.
    #[error("the generator cannot be reached: {reason}")]
    Unreachable {
        /// What the system said.
        reason: String,
    },
    /// It does not want to.
    #[error("the generator refused with status {status}: {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The beginning of what it said.
        said: String,
    },
    /// It is too busy, or failed; asking again did not help.
    #[error("the generator is busy or failed with status {status}")]
    Busy {
        /// HTTP status.
        status: u16,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// Nothing came for too long.
    #[error("the generator was silent for {} s", after.as_secs_f32())]
    Silent {
        /// How long.
        after: Duration,
    },
    /// The connection ended before the text did.
    #[error("the generator's reply was cut off: {reason}")]
    CutOff {
        /// What was seen of it.
        reason: String,
    },
    /// The reply is not of the protocol, or larger than any reply may be.
    #[error("the generator's reply cannot be read: {reason}")]
    Unreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// The reply has no text.
    #[error("the generator wrote nothing")]
    Empty,
    /// The answer's share of time for it is over.
    #[error("the generator was not done in time")]
    Deadline,
    /// Nobody waits for it any more.
    #[error("given up")]
    Cancelled,
    /// It may not be asked again for this answer.
    #[error("all calls of language models that the budget has were made")]
    Budget,
}

impl GeneratorError {
    /// Stable name for replies.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "generator_unreachable",
            Self::Refused { .. } => "generator_refused",
            Self::Busy { .. } => "generator_busy",
            Self::Silent { .. } => "generator_silent",
            Self::CutOff { .. } => "generator_cut_off",
            Self::Unreadable { .. } => "generator_unreadable",
            Self::Empty => "generator_empty",
            Self::Deadline => "deadline",
            Self::Cancelled => "cancelled",
            Self::Budget => "budget",
        }
    }
}
