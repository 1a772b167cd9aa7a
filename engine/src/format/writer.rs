//! Writing a file of sections: once, front to back, checksummed on the way, published under its content hash.

use std::io::{BufWriter, Write};
use std::sync::atomic::{AtomicU64, Ordering};

use bytemuck::NoUninit;

use super::footer::{Entry, Footer, Header, MAGIC, UNCOVERED};
use super::{ALIGNMENT, BLOCK, FileKind, Section, VERSION};
use crate::storage::{Folder, Writing};
use crate::{Error, Result};

/// Extension of a file that is being written; never one of a published file.
pub(crate) const PARTIAL: &str = "partial";
/// Tells apart the files that one process is writing.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// BLAKE3 of the whole file, 64 hex digits; with the kind's extension its name.
    pub(crate) hash: String,
    /// Length in bytes.
    pub(crate) bytes: u64,
}

/// Writes one file. Dropped before `publish`, it takes away what it wrote.
#[derive(Debug)]
pub(crate) struct SectionWriter {
    kind: FileKind,
    out: BufWriter<Writing>,
    partial: Partial,
    hasher: blake3::Hasher,
    offset: u64,
    block: u32,
    checksums: Vec<u32>,
    table: Vec<Entry>,
}

/// The file under its temporary name.
#[derive(Debug)]
struct Partial {
    folder: Folder,
    name: String,
    published: bool,
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.published {
            // What cannot be removed is removed by the next writer; a full disk needs the space now.
            let _ = self.folder.remove(&self.name);
        }
    }
}

impl SectionWriter {
    /// Begins a file in a folder.
    pub(crate) fn create(folder: &Folder, kind: FileKind) -> Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.{PARTIAL}", kind.extension());
        let out = BufWriter::with_capacity(1 << 20, folder.create(&name)?);
        let mut writer = Self {
            kind,
            out,
            partial: Partial { folder: folder.clone(), name, published: false },
            hasher: blake3::Hasher::new(),
            offset: 0,
            block: 0,
            checksums: Vec::new(),
            table: Vec::new(),
        };
        writer.put(bytemuck::bytes_of(&Header::new(kind)))?;
        Ok(writer)
    }

    /// Begins a section; `append` fills it.
    pub(crate) fn begin(&mut self, section: Section) -> Result<()> {
        self.align()?;
        self.table.push(Entry { section: section.number(), zeros: 0, offset: self.offset, length: 0 });
        Ok(())
    }

    /// Appends values to the section begun last.
    pub(crate) fn append<T: NoUninit>(&mut self, values: &[T]) -> Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(values);
        if let Some(entry) = self.table.last_mut() {
            entry.length += bytes.len() as u64;
        }
        self.put(bytes)
    }

    /// Writes a whole section.
    pub(crate) fn section<T: NoUninit>(&mut self, section: Section, values: &[T]) -> Result<()> {
        self.begin(section)?;
        self.append(values)
    }

    /// Writes the tail, syncs, makes the file read-only and gives it the name of its hash.
    pub(crate) fn publish(mut self) -> Result<Written> {
        self.align()?;
        let table_offset = self.offset;
        if !self.offset.is_multiple_of(BLOCK as u64) {
            self.checksums.push(self.block);
        }
        let mut tail: Vec<u8> = bytemuck::cast_slice(&self.table).to_vec();
        tail.extend_from_slice(bytemuck::cast_slice(&self.checksums));
        let mut footer = Footer {
            table_offset,
            file_length: table_offset + (tail.len() + size_of::<Footer>()) as u64,
            sections: count(self.table.len())?,
            blocks: count(self.checksums.len())?,
            version: VERSION,
            kind: self.kind.number(),
            zeros: [0; 5],
            crc: 0,
            magic: MAGIC,
        };
        tail.extend_from_slice(bytemuck::bytes_of(&footer));
        footer.crc = crc32c::crc32c(&tail[..tail.len() - UNCOVERED]);
        let start = tail.len() - size_of::<Footer>();
        tail[start..].copy_from_slice(bytemuck::bytes_of(&footer));
        self.hasher.update(&tail);
        self.out.write_all(&tail).map_err(Error::io(self.out.get_ref().path()))?;
        self.rename(table_offset + tail.len() as u64)
    }

    fn rename(self, bytes: u64) -> Result<Written> {
        let Self { kind, mut out, mut partial, hasher, .. } = self;
        out.flush().map_err(Error::io(out.get_ref().path()))?;
        fail::fail_point!("file.sync");
        out.get_ref().freeze()?;
        if !crate::mutation(3) { out.get_ref().sync()?; }
        let hash = hasher.finalize().to_hex().to_string();
        fail::fail_point!("file.rename");
        partial.folder.rename(&partial.name, &format!("{hash}.{}", kind.extension()))?;
        partial.published = true;
        if !crate::mutation(4) { partial.folder.sync()?; }
        Ok(Written { hash, bytes })
    }

    fn align(&mut self) -> Result<()> {
        let padding = self.offset.next_multiple_of(ALIGNMENT as u64) - self.offset;
        self.put(&[0; ALIGNMENT][..usize::try_from(padding).unwrap_or(0)])
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes).map_err(Error::io(self.out.get_ref().path()))?;
        while !bytes.is_empty() {
            let filled = (self.offset % BLOCK as u64) as usize;
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - filled));
            self.block = crc32c::crc32c_append(self.block, now);
            self.offset += now.len() as u64;
            if self.offset.is_multiple_of(BLOCK as u64) {
                self.checksums.push(std::mem::take(&mut self.block));
            }
            bytes = later;
        }
        Ok(())
    }
}

fn count(n: usize) -> Result<u32> {
    u32::try_from(n).map_err(|_| Error::invalid("segment", format!("{n} blocks are more than a file can have")))
}
