#![doc = include_str!("FORMAT.md")]
//!
//! Byte layout lives in this module and nowhere else.

mod footer;
mod reader;
mod sealed;
mod section;
mod writer;

pub(crate) use reader::Sections;
pub use sealed::{read_sealed, write_sealed};
pub(crate) use section::{
    DocumentRecord, FieldRecord, FileKind, PackedFile, PassageRecord, PostingsHeader, RouterHeader, Section,
    SegmentHeader, Span,
};
pub(crate) use writer::{SectionWriter, Written, sync_folder};

/// Format version that this build writes and reads.
pub(crate) const VERSION: u32 = 3;
/// Bytes that one block checksum covers.
pub(crate) const BLOCK: usize = 64 * 1024;
/// Alignment of sections.
pub(crate) const ALIGNMENT: usize = 64;
