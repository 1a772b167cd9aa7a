//! Every code that a problem reply can carry, with its status and title. `PROTOCOL.md` explains each.

use axum::http::StatusCode;

/// Stable name of a kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Syntax of the body.
    InvalidJson,
    /// Bytes of the body.
    InvalidUtf8,
    /// Bytes of a body in the compact form.
    InvalidCompact,
    /// Collection name in the path.
    InvalidName,
    /// Anything else that makes a request unreadable.
    InvalidRequest,
    /// No key.
    KeyMissing,
    /// A key that is not valid.
    KeyUnknown,
    /// A page of another origin asks.
    OriginNotAllowed,
    /// A key of another scope.
    ScopeTooSmall,
    /// A key for other collections.
    CollectionNotAllowed,
    /// Path.
    RouteNotFound,
    /// Collection.
    CollectionNotFound,
    /// Model of a chat completion.
    ModelNotFound,
    /// Alias.
    AliasNotFound,
    /// Document.
    DocumentNotFound,
    /// Operation.
    OperationNotFound,
    /// Method on a known path.
    MethodNotAllowed,
    /// The body came too slowly.
    BodyTimeout,
    /// Collection and daemon have different encoders.
    EncoderMismatch,
    /// Another process is writing.
    Locked,
    /// An alias stands for it.
    Aliased,
    /// The name is taken.
    CollectionExists,
    /// An idempotency key came with another request.
    KeyReused,
    /// Size of the body.
    BodyTooLarge,
    /// Content type or encoding of the body.
    UnsupportedMediaType,
    /// `Host` header.
    HostNotAllowed,
    /// Value of a field.
    InvalidField,
    /// A field that does not exist.
    UnknownField,
    /// A field given twice.
    DuplicateField,
    /// Mode.
    ModeUnavailable,
    /// Scope.
    ScopeUnavailable,
    /// Width of query vectors.
    WidthMismatch,
    /// A change that cannot be encoded.
    OperationFailed,
    /// Too many changes wait to be applied.
    BacklogFull,
    /// Queue or memory for bodies is full.
    Overloaded,
    /// A defect of the daemon.
    Internal,
    /// A file's bytes are not what was written.
    IndexDamaged,
    /// A file of another format version.
    FormatUnsupported,
    /// The operating system refused to read a file.
    IoFailed,
    /// ONNX Runtime failed.
    EncoderFailed,
    /// No encoder, or not yet.
    EncoderUnavailable,
    /// The collection exists but could not be opened.
    CollectionUnavailable,
    /// The collection is to be locked in memory and cannot be.
    MemoryNotLocked,
    /// The work was given up.
    Cancelled,
    /// Deadline.
    DeadlineExceeded,
    /// No space on the disk.
    DiskFull,
    /// The data folder is not on this machine.
    RemoteFileSystem,
}

impl Code {
    /// All codes, by status.
    pub const ALL: [Self; 47] = [
        Self::InvalidJson,
        Self::InvalidUtf8,
        Self::InvalidCompact,
        Self::InvalidName,
        Self::InvalidRequest,
        Self::KeyMissing,
        Self::KeyUnknown,
        Self::OriginNotAllowed,
        Self::ScopeTooSmall,
        Self::CollectionNotAllowed,
        Self::RouteNotFound,
        Self::CollectionNotFound,
        Self::ModelNotFound,
        Self::AliasNotFound,
        Self::DocumentNotFound,
        Self::OperationNotFound,
        Self::MethodNotAllowed,
        Self::BodyTimeout,
        Self::EncoderMismatch,
        Self::Locked,
        Self::Aliased,
        Self::CollectionExists,
        Self::KeyReused,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::HostNotAllowed,
        Self::InvalidField,
        Self::UnknownField,
        Self::DuplicateField,
        Self::ModeUnavailable,
        Self::ScopeUnavailable,
        Self::WidthMismatch,
        Self::OperationFailed,
        Self::BacklogFull,
        Self::Overloaded,
        Self::Internal,
        Self::IndexDamaged,
        Self::FormatUnsupported,
        Self::IoFailed,
        Self::EncoderFailed,
        Self::EncoderUnavailable,
        Self::CollectionUnavailable,
        Self::MemoryNotLocked,
        Self::Cancelled,
        Self::DeadlineExceeded,
        Self::DiskFull,
        Self::RemoteFileSystem,
    ];

    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::InvalidJson => (S::BAD_REQUEST, "invalid_json", "The body is not valid JSON"),
            Self::InvalidUtf8 => (S::BAD_REQUEST, "invalid_utf8", "The body is not valid UTF-8"),
            Self::InvalidCompact => (S::BAD_REQUEST, "invalid_compact", "The body is not in the compact form"),
            Self::InvalidName => (S::BAD_REQUEST, "invalid_name", "Not a collection name"),
            Self::InvalidRequest => (S::BAD_REQUEST, "invalid_request", "The request cannot be read"),
            Self::KeyMissing => (S::UNAUTHORIZED, "key_missing", "A key is needed"),
            Self::KeyUnknown => (S::UNAUTHORIZED, "key_unknown", "The key is not valid"),
            Self::ScopeTooSmall => (S::FORBIDDEN, "scope_too_small", "The key is not for this"),
            Self::CollectionNotAllowed => {
                (S::FORBIDDEN, "collection_not_allowed", "The key is not for this collection")
            }
            Self::OriginNotAllowed => (S::FORBIDDEN, "origin_not_allowed", "Refused for this origin"),
            Self::RouteNotFound => (S::NOT_FOUND, "route_not_found", "No such route"),
            Self::CollectionNotFound => (S::NOT_FOUND, "collection_not_found", "No such collection"),
            Self::ModelNotFound => (S::NOT_FOUND, "model_not_found", "No such model"),
            Self::AliasNotFound => (S::NOT_FOUND, "alias_not_found", "No such alias"),
            Self::DocumentNotFound => (S::NOT_FOUND, "document_not_found", "No such document"),
            Self::OperationNotFound => (S::NOT_FOUND, "operation_not_found", "No such operation"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "Not with this method"),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "body_timeout", "The body took too long"),
            Self::EncoderMismatch => (S::CONFLICT, "encoder_mismatch", "Another encoder made this collection"),
            Self::Locked => (S::CONFLICT, "locked", "Another process is writing"),
            Self::Aliased => (S::CONFLICT, "aliased", "An alias stands for the collection"),
            Self::CollectionExists => (S::CONFLICT, "collection_exists", "The name is taken"),
            Self::KeyReused => (S::CONFLICT, "key_reused", "The idempotency key came with another request"),
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body_too_large", "The body is too large"),
            Self::UnsupportedMediaType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "The body has the wrong type")
            }
            Self::HostNotAllowed => (S::MISDIRECTED_REQUEST, "host_not_allowed", "Refused for this host name"),
            Self::InvalidField => (S::UNPROCESSABLE_ENTITY, "invalid_field", "A field has an unusable value"),
            Self::UnknownField => (S::UNPROCESSABLE_ENTITY, "unknown_field", "There is no such field"),
            Self::DuplicateField => (S::UNPROCESSABLE_ENTITY, "duplicate_field", "A field is given twice"),
            Self::ModeUnavailable => (S::UNPROCESSABLE_ENTITY, "mode_unavailable", "The mode is not available"),
            Self::ScopeUnavailable => (S::UNPROCESSABLE_ENTITY, "scope_unavailable", "The scope is not available"),
            Self::WidthMismatch => (S::UNPROCESSABLE_ENTITY, "width_mismatch", "Vectors of the wrong width"),
            Self::OperationFailed => (S::UNPROCESSABLE_ENTITY, "operation_failed", "The change was given up"),
            Self::BacklogFull => (S::TOO_MANY_REQUESTS, "backlog_full", "Too many changes wait to be applied"),
            Self::Overloaded => (S::TOO_MANY_REQUESTS, "overloaded", "The daemon has more work than it takes"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "A defect of the daemon"),
            Self::IndexDamaged => (S::INTERNAL_SERVER_ERROR, "index_damaged", "The index is damaged"),
            Self::FormatUnsupported => {
                (S::INTERNAL_SERVER_ERROR, "format_unsupported", "The index has another format version")
            }
            Self::IoFailed => (S::INTERNAL_SERVER_ERROR, "io_failed", "The index cannot be read"),
            Self::EncoderFailed => (S::INTERNAL_SERVER_ERROR, "encoder_failed", "The encoder failed"),
            Self::EncoderUnavailable => {
                (S::SERVICE_UNAVAILABLE, "encoder_unavailable", "There is no encoder for texts")
            }
            Self::CollectionUnavailable => {
                (S::SERVICE_UNAVAILABLE, "collection_unavailable", "The collection cannot be opened")
            }
            Self::MemoryNotLocked => {
                (S::SERVICE_UNAVAILABLE, "memory_not_locked", "The collection cannot be locked in memory")
            }
            Self::Cancelled => (S::SERVICE_UNAVAILABLE, "cancelled", "The work was given up"),
            Self::DeadlineExceeded => (S::GATEWAY_TIMEOUT, "deadline_exceeded", "The deadline passed"),
            Self::RemoteFileSystem => (S::INTERNAL_SERVER_ERROR, "remote_file_system", "The data folder is remote"),
            Self::DiskFull => (S::INSUFFICIENT_STORAGE, "disk_full", "There is no space on the disk"),
        }
    }

    /// HTTP status.
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    /// Name on the wire.
    pub const fn name(self) -> &'static str {
        self.row().1
    }

    /// One line for people.
    pub const fn title(self) -> &'static str {
        self.row().2
    }
}
