//! Engine errors to problem replies, in one exhaustive match. Paths stay in the log.

use std::io::ErrorKind;

use maxsimd_engine::Error;

use super::{Code, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let cause = error.to_string();
        let mut problem = reply(error);
        if problem.status().is_server_error() {
            problem.cause = Some(cause);
        }
        problem
    }
}

fn reply(error: Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::Io { source, .. } if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
            let detail = "there is no space on the disk; nothing was changed, and the request can be repeated later";
            Problem::new(Code::DiskFull, detail).retry_after(10)
        }
        Error::Io { source, .. } => {
            Problem::new(Code::IoFailed, format!("a file of the index cannot be read or written ({})", source.kind()))
        }
        Error::MemoryLock { bytes, source, .. } => Problem::new(
            Code::MemoryNotLocked,
            format!(
                "a file of {bytes} bytes cannot be locked in memory ({}); raise the daemon's limit on locked memory, or \
                 start it without --lock-memory",
                source.kind()
            ),
        ),
        Error::Corrupt { section, .. } => Problem::new(
            Code::IndexDamaged,
            format!("section {section} of a file is damaged; `maxsim verify` names the file"),
        ),
        Error::Version { found, supported, .. } => Problem::new(
            Code::FormatUnsupported,
            format!("format version {found}, this build reads version {supported}; rebuild the collection"),
        ),
        Error::CollectionNotFound { .. } => Problem::new(Code::CollectionNotFound, text),
        Error::CollectionExists { .. } => Problem::new(Code::CollectionExists, text).at("name"),
        Error::Backlog { .. } => Problem::new(Code::BacklogFull, text).retry_after(1),
        Error::KeyReused { .. } => Problem::new(Code::KeyReused, text).at("idempotency-key"),
        Error::EncoderNeeded { .. } => Problem::new(Code::EncoderUnavailable, text),
        Error::Locked { .. } => Problem::new(Code::Locked, "another process is writing to this collection"),
        Error::Aliased { alias, .. } => {
            Problem::new(Code::Aliased, format!("alias {alias} stands for this collection; set or remove it first"))
        }
        Error::RemoteFileSystem { kind, .. } => Problem::new(
            Code::RemoteFileSystem,
            format!(
                "the data folder is on a remote file system ({kind}), where nothing is written unless it is allowed"
            ),
        ),
        Error::Invalid { field, reason } => Problem::field(field, reason),
        Error::Filter(error) => Problem { position: error.at, ..Problem::field("filter", error.to_string()) },
        Error::ModeUnavailable { .. } => Problem::new(Code::ModeUnavailable, text).at("mode"),
        Error::ScopeUnavailable { .. } => Problem::new(Code::ScopeUnavailable, text).at("scope"),
        Error::Width { .. } => Problem::new(Code::WidthMismatch, text).at("vectors"),
        Error::EncoderMismatch { .. } => Problem::new(Code::EncoderMismatch, text),
        Error::Model { reason, .. } => Problem::new(Code::EncoderUnavailable, reason),
        Error::Runtime { .. } => Problem::new(Code::EncoderFailed, "ONNX Runtime failed; the daemon's log has more"),
        Error::Keywords { .. } => Problem::new(Code::Internal, "the keyword index failed; the daemon's log has more"),
        Error::Deadline => Problem::new(Code::DeadlineExceeded, "the deadline passed before this was done"),
        Error::Cancelled => Problem::new(Code::Cancelled, "the work was given up"),
    }
}
