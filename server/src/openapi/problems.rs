//! Failures that kinds of endpoints have in common.

use crate::error::Code::{
    self, BacklogFull, BodyTimeout, BodyTooLarge, Cancelled, CollectionNotAllowed, CollectionNotFound,
    CollectionUnavailable, DeadlineExceeded, DiskFull, EncoderFailed, EncoderMismatch, EncoderUnavailable,
    FormatUnsupported, HostNotAllowed, IndexDamaged, Internal, InvalidField, InvalidJson, InvalidRequest, InvalidUtf8,
    IoFailed, KeyMissing, KeyUnknown, Locked, MemoryNotLocked, OriginNotAllowed, Overloaded, RemoteFileSystem,
    ScopeTooSmall, UnsupportedMediaType, WidthMismatch,
};

/// Of any request.
pub(super) const ALWAYS: &[Code] = &[InvalidRequest, OriginNotAllowed, HostNotAllowed, Internal, DeadlineExceeded];

/// Where a key is asked for.
pub(super) const KEYS: &[Code] = &[KeyMissing, KeyUnknown, ScopeTooSmall];

/// Of a request with a body.
pub(super) const BODIES: &[Code] =
    &[InvalidJson, InvalidUtf8, BodyTimeout, BodyTooLarge, UnsupportedMediaType, InvalidField, Overloaded];

/// Where collections are named.
pub(crate) const COLLECTIONS: &[Code] = &[
    CollectionNotAllowed,
    CollectionNotFound,
    IndexDamaged,
    FormatUnsupported,
    IoFailed,
    CollectionUnavailable,
    MemoryNotLocked,
];

/// Where something is changed.
pub(crate) const WRITES: &[Code] = &[
    Locked,
    Overloaded,
    BacklogFull,
    DiskFull,
    RemoteFileSystem,
    IndexDamaged,
    FormatUnsupported,
    IoFailed,
    Cancelled,
];

/// Where texts are encoded, or vectors compared with an encoder's.
pub(crate) const ENCODES: &[Code] =
    &[EncoderFailed, EncoderUnavailable, EncoderMismatch, WidthMismatch, Overloaded, Cancelled];
