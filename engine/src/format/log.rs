//! Bytes of a log: a header, then records one behind the other, each with its checksum.

use bytemuck::{Pod, Zeroable};

use super::VERSION;
use super::footer::MAGIC;

/// Number of the kind in a log's header; the other kinds are those of files of sections.
const KIND: u32 = 6;
/// Most bytes of a record's two parts together.
pub(crate) const MAX_RECORD: u64 = 256 << 20;

/// Start of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct LogHeader {
    magic: [u8; 8],
    version: u32,
    kind: u32,
    /// The number that the first record has or would have.
    first: u64,
    zeros: [u32; 9],
    /// CRC32C of everything before.
    crc: u32,
}

/// Start of a record; its text (JSON) and its values (f16) follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
struct RecordHeader {
    /// CRC32C of the rest of this header, the text and the values.
    crc: u32,
    kind: u32,
    number: u64,
    /// Operations below this number were durable when it was written.
    durable: u64,
    text: u64,
    values: u64,
}

/// Bytes of a log's header.
pub(crate) const LOG_HEADER: usize = size_of::<LogHeader>();

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// A change that was asked for; its number is the operation's.
    Change,
    /// An operation failed for good; the number is that operation's.
    Failure,
}

/// A record as it stands in a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Record<'a> {
    pub(crate) kind: RecordKind,
    pub(crate) number: u64,
    /// Operations below this number were durable when it was written: what is missing of them was lost later.
    pub(crate) durable: u64,
    pub(crate) text: &'a [u8],
    pub(crate) values: &'a [u8],
}

/// The header of a log that begins with a number.
pub(crate) fn log_header(first: u64) -> [u8; LOG_HEADER] {
    let mut header = LogHeader { magic: MAGIC, version: VERSION, kind: KIND, first, zeros: [0; 9], crc: 0 };
    header.crc = crc32c::crc32c(&bytemuck::bytes_of(&header)[..LOG_HEADER - 4]);
    bytemuck::must_cast(header)
}

/// The version in a log's header, if it is one at all, and the number that it begins with.
pub(crate) fn read_log_header(bytes: &[u8]) -> Option<(u32, u64)> {
    let header: LogHeader = bytemuck::try_pod_read_unaligned(bytes.get(..LOG_HEADER)?).ok()?;
    let sound = header.crc == crc32c::crc32c(&bytes[..LOG_HEADER - 4])
        && (header.magic, header.kind, header.zeros) == (MAGIC, KIND, [0; 9]);
    sound.then_some((header.version, header.first))
}

impl RecordKind {
    const fn number(self) -> u32 {
        match self {
            Self::Change => 1,
            Self::Failure => 2,
        }
    }

    fn of_number(number: u32) -> Option<Self> {
        [Self::Change, Self::Failure].into_iter().find(|kind| kind.number() == number)
    }
}

impl<'a> Record<'a> {
    /// The record's bytes in a log.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Self { kind, number, durable, text, values } = self;
        let lengths = (text.len() as u64, values.len() as u64);
        let kind = kind.number();
        let mut header = RecordHeader { crc: 0, kind, number, durable, text: lengths.0, values: lengths.1 };
        let covered = crc32c::crc32c(&bytemuck::bytes_of(&header)[4..]);
        header.crc = crc32c::crc32c_append(crc32c::crc32c_append(covered, text), values);
        [bytemuck::bytes_of(&header), text, values].concat()
    }

    /// The values as bits of f16.
    pub(crate) fn halves(&self) -> impl Iterator<Item = u16> + 'a {
        self.values.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
    }

    /// Bytes that a record takes by what its header says, sound or not; `None` if the header is not whole.
    pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
        let header: RecordHeader = bytemuck::try_pod_read_unaligned(bytes.get(..size_of::<RecordHeader>())?).ok()?;
        let body = usize::try_from(header.text.saturating_add(header.values)).unwrap_or(usize::MAX);
        Some(body.saturating_add(size_of::<RecordHeader>()))
    }

    /// The record at the start of some bytes, and how many it takes; `None` if none is whole and sound there.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        const HEADER: usize = size_of::<RecordHeader>();
        let header: RecordHeader = bytemuck::try_pod_read_unaligned(bytes.get(..HEADER)?).ok()?;
        if header.text.checked_add(header.values)? > MAX_RECORD {
            return None;
        }
        let (text_end, end) = (HEADER + header.text as usize, HEADER + (header.text + header.values) as usize);
        let (text, values) = (bytes.get(HEADER..text_end)?, bytes.get(text_end..end)?);
        let found = crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(&bytes[4..HEADER]), text), values);
        let kind = RecordKind::of_number(header.kind)?;
        let RecordHeader { number, durable, .. } = header;
        (found == header.crc).then_some((Self { kind, number, durable, text, values }, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written_and_no_flipped_bit_passes() {
        let record = Record { kind: RecordKind::Change, number: 7, durable: 5, text: b"{}", values: &[1, 2, 3, 4] };
        let mut bytes = record.to_bytes();
        assert_eq!(Record::read(&bytes), Some((record, bytes.len())));
        for at in 0..bytes.len() * 8 {
            bytes[at / 8] ^= 1 << (at % 8);
            assert_eq!(Record::read(&bytes), None, "bit {at}");
            bytes[at / 8] ^= 1 << (at % 8);
        }
        for end in 0..bytes.len() {
            assert_eq!(Record::read(&bytes[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn a_header_tells_its_version_and_first_number() {
        let mut header = log_header(42);
        assert_eq!(read_log_header(&header), Some((VERSION, 42)));
        for at in 0..header.len() {
            header[at] ^= 1;
            assert_eq!(read_log_header(&header), None, "byte {at}");
            header[at] ^= 1;
        }
    }
}
