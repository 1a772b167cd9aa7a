//! Reading a file of sections: opening checks the ends and the table; a block is checked when it is first touched.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use bytemuck::Pod;

use super::footer::{Entry, Header, check_ends};
use super::{ALIGNMENT, BLOCK, FileKind, PackedFile, Section};
use crate::mapped::{MappedBytes, MappedFile};
use crate::{Context, Error, Result};

/// A mapped file of sections.
#[derive(Debug)]
pub(crate) struct Sections {
    pub(super) file: MappedFile,
    kind: FileKind,
    pub(super) body: usize,
    table: Vec<(Section, Range<usize>)>,
    checksums: Vec<u32>,
    checked: Vec<AtomicU64>,
}

impl Sections {
    /// Maps a file and checks header, footer, table and lengths: O(sections + blocks), writes nothing.
    pub(crate) fn open(path: &Path, kind: FileKind) -> Result<Self> {
        let file = MappedFile::open(path)?;
        let bytes = file.bytes();
        let footer = check_ends(bytes, path, kind)?;
        let body = usize::try_from(footer.table_offset).map_err(|_| too_large(path))?;
        let (table_bytes, rest) = bytes[body..].split_at(footer.sections as usize * size_of::<Entry>());
        let mut table = Vec::with_capacity(footer.sections as usize);
        for entry in table_bytes.chunks_exact(size_of::<Entry>()) {
            table.push(checked_entry(bytemuck::pod_read_unaligned(entry), body, path)?);
        }
        let checksums: Vec<u32> =
            rest[..footer.blocks as usize * 4].chunks_exact(4).map(bytemuck::pod_read_unaligned).collect();
        let checked = (0..checksums.len().div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { file, kind, body, table, checksums, checked })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// What the file is.
    pub(crate) fn kind(&self) -> FileKind {
        self.kind
    }

    /// Bytes of the whole file.
    pub(crate) fn file_length(&self) -> u64 {
        self.file.bytes().len() as u64
    }

    /// Sections and their lengths, in the order of the file.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = (Section, u64)> + '_ {
        self.table.iter().map(|(section, range)| (*section, range.len() as u64))
    }

    /// Length of a section in bytes, 0 if the file has none.
    pub(crate) fn length(&self, section: Section) -> u64 {
        self.lengths().find(|(s, _)| *s == section).map_or(0, |(_, length)| length)
    }

    /// A whole section as values.
    pub(crate) fn values<T: Pod>(&self, section: Section) -> Result<&[T]> {
        let range = self.range_of(section)?;
        self.cast(section, range)
    }

    /// Some values of a section.
    pub(crate) fn some<T: Pod>(&self, section: Section, values: Range<usize>) -> Result<&[T]> {
        let whole = self.range_of(section)?;
        let size = size_of::<T>();
        let bytes = (values.start.checked_mul(size), values.end.checked_mul(size));
        let (Some(start), Some(end)) = bytes else { return Err(self.outside(section, &values)) };
        if start > end || end > whole.len() {
            return Err(self.outside(section, &values));
        }
        self.cast(section, whole.start + start..whole.start + end)
    }

    /// One value of a section.
    pub(crate) fn one<T: Pod>(&self, section: Section, at: usize) -> Result<T> {
        let end = at.checked_add(1).ok_or_else(|| self.outside(section, &(at..at)))?;
        Ok(self.some::<T>(section, at..end)?[0])
    }

    /// UTF-8 text at a place in a section.
    pub(crate) fn text(&self, section: Section, span: super::Span) -> Result<&str> {
        let start = span.start as usize;
        let bytes = self.some::<u8>(section, start..start.saturating_add(span.len as usize))?;
        std::str::from_utf8(bytes).map_err(|e| self.corrupt(section, "UTF-8", &e.to_string()))
    }

    /// Where a packed file lies in its section; `files` is the section that lists it.
    pub(crate) fn packed(&self, files: Section, section: Section, name: &str) -> Result<Option<Range<usize>>> {
        let files: &[PackedFile] = self.values(files)?;
        let Some((start, length)) = files.iter().find_map(|file| file.place(name)) else { return Ok(None) };
        match start.checked_add(length).filter(|&end| end <= self.length(section)) {
            // Not above the length of the section, which is mapped.
            Some(end) => Ok(Some(start as usize..end as usize)),
            None => Err(self.corrupt(section, "a file within it", &format!("{name}: {length} bytes from {start}"))),
        }
    }

    /// Some bytes of a section, checked, for those who outlive a borrow.
    pub(crate) fn owned(&self, section: Section, bytes: Range<usize>) -> Result<MappedBytes> {
        let start = self.range_of(section)?.start;
        self.some::<u8>(section, bytes.clone())?;
        Ok(self.file.owned(start + bytes.start..start + bytes.end))
    }

    /// Checks every block, whether or not it was touched before.
    pub(crate) fn verify(&self) -> Result<()> {
        (0..self.checksums.len()).try_for_each(|block| self.check_block(block))
    }

    /// Reads and checks every block of some sections before anybody needs them; stops at the first damaged one.
    pub(crate) fn preload(&self, context: &Context, sections: &[Section]) -> Result<()> {
        for section in sections {
            let whole = self.range_of(*section)?;
            self.file.read_ahead(&whole)?;
            for start in whole.clone().step_by(BLOCK) {
                context.check()?;
                self.touch(&(start..(start + BLOCK).min(whole.end)))?;
            }
        }
        Ok(())
    }

    /// Keeps the whole file in memory for as long as it is mapped.
    pub(crate) fn lock(&self) -> Result<()> {
        self.file.lock()
    }

    /// An error that names this file and a section.
    pub(crate) fn corrupt(&self, section: Section, expected: &str, found: &str) -> Error {
        Error::Corrupt {
            path: self.path().to_path_buf(),
            section: section.name().to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// Fails unless a section holds `count` values of `T`.
    pub(crate) fn expect_count<T>(&self, section: Section, count: u64) -> Result<()> {
        let found = self.length(section);
        match count.checked_mul(size_of::<T>() as u64) {
            Some(expected) if expected == found => Ok(()),
            expected => Err(self.corrupt(section, &format!("{expected:?} bytes"), &format!("{found} bytes"))),
        }
    }

    fn range_of(&self, section: Section) -> Result<Range<usize>> {
        let found = self.table.iter().find(|(s, _)| *s == section).map(|(_, range)| range.clone());
        found.ok_or_else(|| self.corrupt(section, "a section of this name", "none"))
    }

    fn cast<T: Pod>(&self, section: Section, bytes: Range<usize>) -> Result<&[T]> {
        self.touch(&bytes)?;
        bytemuck::try_cast_slice(&self.file.bytes()[bytes])
            .map_err(|e| self.corrupt(section, &format!("whole values of {} bytes", size_of::<T>()), &e.to_string()))
    }

    /// Checks the blocks under some bytes of the body that nobody has checked before.
    fn touch(&self, bytes: &Range<usize>) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        for block in bytes.start / BLOCK..=(bytes.end - 1) / BLOCK {
            let bit = 1 << (block % 64);
            // The bytes never change, so nothing else has to become visible along with the bit.
            if self.checked[block / 64].load(Ordering::Relaxed) & bit == 0 {
                self.check_block(block)?;
                self.checked[block / 64].fetch_or(bit, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    pub(super) fn check_block(&self, block: usize) -> Result<()> {
        let range = block * BLOCK..((block + 1) * BLOCK).min(self.body);
        let found = crc32c::crc32c(&self.file.bytes()[range.clone()]);
        if found == self.checksums[block] {
            return Ok(());
        }
        Err(Error::Corrupt {
            path: self.path().to_path_buf(),
            section: self.names_in(&range),
            expected: format!("checksum {:08x} of bytes {} to {}", self.checksums[block], range.start, range.end),
            found: format!("{found:08x}"),
        })
    }

    /// Names of what lies in a block.
    fn names_in(&self, block: &Range<usize>) -> String {
        let header = (block.start < size_of::<Header>()).then_some("header");
        let sections = self.table.iter().filter(|(_, r)| r.start < block.end && block.start < r.end);
        let names: Vec<&str> = header.into_iter().chain(sections.map(|(s, _)| s.name())).collect();
        names.join(", ")
    }

    fn outside(&self, section: Section, values: &Range<usize>) -> Error {
        let length = format!("a place within {} bytes", self.length(section));
        self.corrupt(section, &length, &format!("values {values:?}"))
    }
}

fn checked_entry(entry: Entry, body: usize, path: &Path) -> Result<(Section, Range<usize>)> {
    let corrupt = |expected: &str| Error::Corrupt {
        path: path.to_path_buf(),
        section: "table".to_owned(),
        expected: expected.to_owned(),
        found: format!("{entry:?}"),
    };
    let section = Section::of_number(entry.section).ok_or_else(|| corrupt("a known section"))?;
    let start = usize::try_from(entry.offset).map_err(|_| too_large(path))?;
    let length = usize::try_from(entry.length).map_err(|_| too_large(path))?;
    match start.checked_add(length) {
        Some(end) if end <= body && start.is_multiple_of(ALIGNMENT) && start >= size_of::<Header>() => {
            Ok((section, start..end))
        }
        _ => Err(corrupt("an aligned range inside the body")),
    }
}

fn too_large(path: &Path) -> Error {
    Error::io(path)(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "larger than this machine can address"))
}
