//! Files of collections taken apart, edited and put together again with the checksums that they need, by FORMAT.md alone.

use crate::edits::{Edit, apply};

const BLOCK: usize = 64 * 1024;
const ALIGNMENT: usize = 64;
const MAGIC: [u8; 8] = *b"\x89MXSIMD\n";
/// Bytes of a header, of whatever file.
const HEADER: usize = 64;
/// Bytes of the footer before its checksum.
const FOOTER: usize = 52;
const ENTRY: usize = 24;
/// A record of a log before its text.
const RECORD: usize = 36;
/// The last line of sealed JSON.
const SEAL: usize = 72;

/// What a file is put together from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A header, sections, their table, checksums, a footer.
    Sections,
    /// A header and records.
    Log,
    /// JSON with a seal.
    Sealed,
    /// A header, a manifest, files.
    Snapshot,
    /// Nothing that has to agree.
    Raw,
}

impl Shape {
    /// The file after some edits, with checksums and lengths that agree again, unless an edit was of these.
    pub(super) fn edited(self, file: &[u8], edits: &[Edit<'_>]) -> Vec<u8> {
        match self {
            Self::Sections => sections(file, edits),
            Self::Log => log(file, edits),
            Self::Sealed => {
                let mut body = [file[..file.len() - SEAL].to_vec()];
                apply(edits, &mut body, (0, 1));
                sealed(&body[0])
            }
            Self::Snapshot => snapshot(file, edits),
            Self::Raw => {
                let mut whole = [file.to_vec()];
                apply(edits, &mut whole, (0, 1));
                whole.concat()
            }
        }
    }
}

/// JSON behind which its seal stands.
pub(super) fn sealed(body: &[u8]) -> Vec<u8> {
    [body, format!("blake3 {}\n", blake3::hash(body).to_hex()).as_bytes()].concat()
}

fn u64_at(bytes: &[u8], at: usize) -> usize {
    let read = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    usize::try_from(read).unwrap_or(usize::MAX)
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).to_le_bytes()
}

fn sections(file: &[u8], edits: &[Edit<'_>]) -> Vec<u8> {
    let footer = &file[file.len() - HEADER..];
    let entries: Vec<&[u8]> = file[u64_at(footer, 0)..].chunks_exact(ENTRY).take(count(footer)).collect();
    let mut pieces = vec![file[..HEADER].to_vec()];
    for entry in &entries {
        let start = u64_at(entry, 8);
        pieces.push(file[start..start + u64_at(entry, 16)].to_vec());
    }
    let all = pieces.len() + 1;
    apply(edits, &mut pieces, (0, all));
    let (mut body, mut table) = (pieces[0].clone(), Vec::new());
    for (entry, piece) in entries.iter().zip(&pieces[1..]) {
        body.resize(body.len().next_multiple_of(ALIGNMENT), 0);
        table.extend_from_slice(&entry[..8]);
        table.extend([body.len(), piece.len()].map(|n| n as u64).iter().flat_map(|n| n.to_le_bytes()));
        body.extend_from_slice(piece);
    }
    body.resize(body.len().next_multiple_of(ALIGNMENT), 0);
    let checksums: Vec<u8> = body.chunks(BLOCK).flat_map(crc).collect();
    let mut tail = [table, checksums.clone()].concat();
    let length = body.len() + tail.len() + HEADER;
    tail.extend([body.len(), length].map(|n| n as u64).iter().flat_map(|n| n.to_le_bytes()));
    tail.extend_from_slice(&footer[16..20]);
    tail.extend(u32::try_from(checksums.len() / 4).unwrap_or(u32::MAX).to_le_bytes());
    tail.extend_from_slice(&footer[24..FOOTER]);
    let mut tail = [tail];
    apply(edits, &mut tail, (all - 1, all));
    body.extend_from_slice(&tail[0]);
    let start = body.len().checked_sub(FOOTER).map_or(0, |footer| u64_at(&body, footer));
    let covered = crc(body.get(start..).unwrap_or(&body));
    [&body, &covered[..], &MAGIC].concat()
}

/// Sections of a file with this footer.
fn count(footer: &[u8]) -> usize {
    u64_at(footer, 16) & 0xffff_ffff
}

fn log(file: &[u8], edits: &[Edit<'_>]) -> Vec<u8> {
    let mut pieces = vec![file[..HEADER - 4].to_vec()];
    let mut at = HEADER;
    while at + RECORD + 4 <= file.len() {
        let head = &file[at + 4..at + 4 + RECORD];
        let (text, values) = (u64_at(head, RECORD - 16), u64_at(head, RECORD - 8));
        let start = at + 4 + RECORD;
        pieces
            .extend([head, &file[start..start + text], &file[start + text..start + text + values]].map(<[u8]>::to_vec));
        at = start + text + values;
    }
    let lengths: Vec<usize> = pieces.iter().map(Vec::len).collect();
    let all = pieces.len();
    apply(edits, &mut pieces, (0, all));
    let mut file = [&pieces[0][..], &crc(&pieces[0])].concat();
    for (record, lengths) in pieces[1..].chunks_exact_mut(3).zip(lengths[1..].chunks_exact(3)) {
        for (part, place) in [(1, 16), (2, 8)] {
            let grown = record[part].len().wrapping_sub(lengths[part]);
            if let Some(at) = record[0].len().checked_sub(place) {
                grow(&mut record[0], at, grown);
            }
        }
        let record = record.concat();
        file.extend(crc(&record));
        file.extend(record);
    }
    file
}

fn snapshot(file: &[u8], edits: &[Edit<'_>]) -> Vec<u8> {
    let (total, manifest) = (16, 24);
    let body = HEADER + u64_at(file, manifest) - SEAL;
    let parts = [&file[..HEADER - 4], &file[HEADER..body], &file[body + SEAL..]];
    let mut pieces = parts.map(<[u8]>::to_vec);
    apply(edits, &mut pieces, (0, parts.len()));
    let [head, body, rest] = &mut pieces;
    let grown = body.len().wrapping_sub(parts[1].len());
    grow(head, manifest, grown);
    grow(head, total, grown.wrapping_add(rest.len()).wrapping_sub(parts[2].len()));
    let covered = crc(head);
    [&head[..], &covered, &sealed(body), rest].concat()
}

/// Adds to a length, if it is there.
fn grow(bytes: &mut [u8], at: usize, by: usize) {
    let grown = (u64_at(bytes, at).wrapping_add(by) as u64).to_le_bytes();
    if let Some(place) = bytes.get_mut(at..at + 8) {
        place.copy_from_slice(&grown);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bases::BASES, shape};

    #[test]
    fn a_file_that_nobody_edits_is_put_together_as_it_was() {
        for (path, bytes) in BASES.iter().flat_map(|base| &base.files) {
            let shape = shape(path);
            assert!(shape.edited(bytes, &[]) == *bytes, "{} as {shape:?}", path.display());
        }
    }
}
