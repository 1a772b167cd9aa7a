//! The fixed ends of a file: 64 bytes of header, 64 bytes of footer, and the section table before the footer.

use std::path::Path;

use bytemuck::{Pod, Zeroable};

use super::{BLOCK, FileKind, VERSION};
use crate::{Error, Result};

/// First and last eight bytes of a file; the first is no ASCII and the last a line end, to notice text transfers.
pub(super) const MAGIC: [u8; 8] = *b"\x89MXSIMD\n";

/// Start of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Header {
    pub(super) magic: [u8; 8],
    pub(super) version: u32,
    pub(super) kind: u32,
    pub(super) zeros: [u64; 6],
}

/// Entry of the section table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Entry {
    pub(super) section: u32,
    pub(super) zeros: u32,
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// End of a file. `crc` is CRC32C over the section table, the block checksums and the footer up to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Footer {
    pub(super) table_offset: u64,
    pub(super) file_length: u64,
    pub(super) sections: u32,
    pub(super) blocks: u32,
    pub(super) version: u32,
    pub(super) kind: u32,
    pub(super) zeros: [u32; 5],
    pub(super) crc: u32,
    pub(super) magic: [u8; 8],
}

/// Bytes of the footer that its own checksum does not cover: checksum and magic.
pub(super) const UNCOVERED: usize = 12;

const FOOTER: usize = size_of::<Footer>();

impl Header {
    pub(super) fn new(kind: FileKind) -> Self {
        Self { magic: MAGIC, version: VERSION, kind: kind.number(), zeros: [0; 6] }
    }
}

/// Number of blocks in a body of some length.
pub(super) fn blocks_in(body: u64) -> u64 {
    body.div_ceil(BLOCK as u64)
}

/// Checks a file's ends and returns the footer. Everything after it may rely on: the table and the checksums lie
/// where the footer says and are intact.
pub(super) fn check_ends(bytes: &[u8], path: &Path, kind: FileKind) -> Result<Footer> {
    let corrupt = |section: &str, expected: String, found: String| Error::Corrupt {
        path: path.to_path_buf(),
        section: section.to_owned(),
        expected,
        found,
    };
    let least = size_of::<Header>() + FOOTER;
    if bytes.len() < least {
        return Err(corrupt("footer", format!("at least {least} bytes"), format!("{} bytes", bytes.len())));
    }
    let footer: Footer = bytemuck::pod_read_unaligned(&bytes[bytes.len() - FOOTER..]);
    if footer.magic != MAGIC {
        return Err(corrupt("footer", format!("{MAGIC:02x?}"), format!("{:02x?}", footer.magic)));
    }
    let length = bytes.len() as u64;
    if footer.file_length != length {
        return Err(corrupt("footer", format!("a file of {} bytes", footer.file_length), format!("{length} bytes")));
    }
    let tail = usize::try_from(footer.table_offset).ok().filter(|&t| t <= bytes.len() - FOOTER).ok_or_else(|| {
        corrupt("footer", "a table inside the file".into(), format!("table at byte {}", footer.table_offset))
    })?;
    let crc = crc32c::crc32c(&bytes[tail..bytes.len() - UNCOVERED]);
    if crc != footer.crc {
        return Err(corrupt("table", format!("checksum {:08x}", footer.crc), format!("{crc:08x}")));
    }
    if footer.version != VERSION {
        return Err(Error::Version { path: path.to_path_buf(), found: footer.version, supported: VERSION });
    }
    if footer.kind != kind.number() {
        return Err(corrupt(
            "footer",
            format!("kind {} ({})", kind.number(), kind.extension()),
            footer.kind.to_string(),
        ));
    }
    let table = u64::from(footer.sections) * size_of::<Entry>() as u64;
    let tail_length = table + u64::from(footer.blocks) * 4 + FOOTER as u64;
    if footer.table_offset.checked_add(tail_length) != Some(length)
        || u64::from(footer.blocks) != blocks_in(footer.table_offset)
    {
        return Err(corrupt("footer", "counts that fill the file".into(), format!("{footer:?}")));
    }
    let header: Header = bytemuck::pod_read_unaligned(&bytes[..size_of::<Header>()]);
    if header != Header::new(kind) {
        return Err(corrupt("header", format!("{:?}", Header::new(kind)), format!("{header:?}")));
    }
    Ok(footer)
}
