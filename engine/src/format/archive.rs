//! Bytes of a snapshot: a header, the manifest, its files one behind the other, an end. No name of a file is in it.

use std::path::Path;

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use super::footer::MAGIC;
use crate::{Error, Result};

/// Number of the kind in a snapshot's header; the other kinds are those of logs and files of sections.
const KIND: u32 = 7;

/// Bytes of the header.
pub(crate) const ARCHIVE_HEADER: usize = size_of::<Bytes>();
/// Bytes of the length before each file.
pub(crate) const LENGTH: usize = 8;
/// The last bytes.
pub(crate) const ARCHIVE_END: [u8; 8] = MAGIC;

/// Start of a snapshot, with the same layout in every version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct Bytes {
    magic: [u8; 8],
    version: u32,
    kind: u32,
    total: u64,
    manifest: u64,
    files: u64,
    zeros: [u32; 5],
    /// CRC32C of everything before.
    crc: u32,
}

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ArchiveHeader {
    /// Bytes of the whole snapshot.
    pub(crate) total: u64,
    /// Bytes of the manifest.
    pub(crate) manifest: u64,
    /// Number of files.
    pub(crate) files: u64,
}

impl ArchiveHeader {
    pub(crate) fn to_bytes(self) -> [u8; ARCHIVE_HEADER] {
        let Self { total, manifest, files } = self;
        let (magic, version) = (MAGIC, VERSION);
        let mut bytes = Bytes { magic, version, kind: KIND, total, manifest, files, zeros: [0; 5], crc: 0 };
        bytes.crc = crc32c::crc32c(&bytemuck::bytes_of(&bytes)[..ARCHIVE_HEADER - 4]);
        bytemuck::must_cast(bytes)
    }

    /// Reads a header; `path` is for errors.
    pub(crate) fn of_bytes(bytes: [u8; ARCHIVE_HEADER], path: &Path) -> Result<Self> {
        let crc = crc32c::crc32c(&bytes[..ARCHIVE_HEADER - 4]);
        let header: Bytes = bytemuck::must_cast(bytes);
        let refuse = |expected: String, found: String| {
            Err(Error::Corrupt { path: path.to_path_buf(), section: "header".to_owned(), expected, found })
        };
        if header.magic != MAGIC {
            return refuse("a snapshot".to_owned(), format!("a file that begins with {:02x?}", header.magic));
        }
        if header.crc != crc {
            return refuse(format!("checksum {:08x}", header.crc), format!("{crc:08x}"));
        }
        if header.version != VERSION {
            return Err(Error::Version { path: path.to_path_buf(), found: header.version, supported: VERSION });
        }
        if (header.kind, header.zeros) != (KIND, [0; 5]) {
            return refuse(format!("kind {KIND} (snapshot)"), format!("kind {}", header.kind));
        }
        let Bytes { total, manifest, files, .. } = header;
        Ok(Self { total, manifest, files })
    }
}

/// The length before a file.
pub(crate) fn length_of(bytes: [u8; LENGTH]) -> u64 {
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_no_flipped_bit_passes() {
        let header = ArchiveHeader { total: 1 << 40, manifest: 1000, files: 3 };
        let mut bytes = header.to_bytes();
        assert_eq!(ArchiveHeader::of_bytes(bytes, Path::new("snapshot")).unwrap(), header);
        for at in 0..bytes.len() * 8 {
            bytes[at / 8] ^= 1 << (at % 8);
            assert!(ArchiveHeader::of_bytes(bytes, Path::new("snapshot")).is_err(), "bit {at}");
            bytes[at / 8] ^= 1 << (at % 8);
        }
    }
}
