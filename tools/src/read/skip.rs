//! What was left out, and why.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A file, or a line of one, that gave no document.
#[derive(Debug)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, if only that is left out.
    pub line: Option<u64>,
    /// Why.
    pub reason: SkipReason,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why a file or line was left out.
#[derive(Debug, thiserror::Error)]
pub enum SkipReason {
    /// The operating system did not give it.
    #[error("unreadable: {0}")]
    Unreadable(#[from] io::Error),
    /// It holds no text.
    #[error("empty")]
    Empty,
    /// It holds NUL bytes.
    #[error("binary: NUL at byte {0}")]
    Binary(usize),
    /// It, or its text, is larger than allowed.
    #[error("too large: {found} bytes, at most {limit} are read")]
    TooLarge {
        /// Most bytes allowed.
        limit: u64,
        /// Bytes found; a lower bound if reading stopped there.
        found: u64,
    },
    /// It is not UTF-8.
    #[error("not UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A line is not a JSON object.
    #[error("bad JSON: {0}")]
    BadJson(String),
    /// A record has no `_id`, or an empty one.
    #[error("missing _id")]
    MissingId,
    /// A field of a record has another type or size than it must have.
    #[error("field {field} must be {expected}")]
    BadField {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Another document before it has the same id.
    #[error("duplicate id {0:?}")]
    DuplicateId(String),
    /// The parser refused it or crashed.
    #[error("parser failed: {0}")]
    ParserFailed(String),
    /// The parser took too long and was ended.
    #[error("parser timed out after {} s", .0.as_secs_f32())]
    ParserTimedOut(Duration),
    /// The parser asked for too much memory and was ended.
    #[error("parser ran out of its {} MiB of memory", .0 >> 20)]
    ParserOutOfMemory(u64),
    /// Its kind is not read.
    #[error("unsupported type")]
    UnsupportedType,
    /// It holds the questions of a BEIR data set, which are no documents.
    #[error("queries of the data set beside corpus.jsonl")]
    Queries,
    /// Symbolic links inside folders are not followed.
    #[error("symbolic link")]
    SymbolicLink,
}
