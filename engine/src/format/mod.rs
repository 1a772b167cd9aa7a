#![doc = include_str!("FORMAT.md")]
//!
//! Byte layout lives in this module and nowhere else.

mod archive;
mod footer;
mod log;
mod reader;
mod sealed;
mod section;
mod stretches;
mod writer;

pub(crate) use archive::{ARCHIVE_END, ARCHIVE_HEADER, ArchiveHeader, LENGTH, length_of};
pub(crate) use log::{LOG_HEADER, MAX_RECORD, Record, RecordKind, log_header, read_log_header};
pub(crate) use reader::Sections;
pub(crate) use sealed::{MAX_SEALED, seal, sealed, sealed_bytes, unseal};
pub use sealed::{read_sealed, write_sealed};
pub(crate) use section::{
    DocumentRecord, FieldRecord, FileKind, NodeKind, NodeRecord, PackedFile, PassageRecord, PostingsHeader,
    RouterHeader, Section, SegmentHeader, Span,
};
pub(crate) use writer::{PARTIAL, SectionWriter, Written};

/// Format version that this build writes and reads.
pub(crate) const VERSION: u32 = 5;
/// Bytes that one block checksum covers.
pub(crate) const BLOCK: usize = 64 * 1024;
/// Alignment of sections.
pub(crate) const ALIGNMENT: usize = 64;
