//! Writing a file of sections: once, front to back, checksummed on the way, published under its content hash.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bytemuck::NoUninit;

use super::footer::{Entry, Footer, Header, MAGIC, UNCOVERED};
use super::{ALIGNMENT, BLOCK, FileKind, Section, VERSION};
use crate::{Error, Result};

/// Name of a file that is being written; never one of a published file.
const PARTIAL: &str = "partial";

/// A published file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// BLAKE3 of the whole file, 64 hex digits; with the kind's extension its name.
    pub(crate) hash: String,
    /// Length in bytes.
    pub(crate) bytes: u64,
}

/// Writes one file. Dropped before `publish`, it leaves nothing behind but a partial file that the next build removes.
#[derive(Debug)]
pub(crate) struct SectionWriter {
    kind: FileKind,
    folder: PathBuf,
    path: PathBuf,
    out: BufWriter<File>,
    hasher: blake3::Hasher,
    offset: u64,
    block: u32,
    checksums: Vec<u32>,
    table: Vec<Entry>,
}

impl SectionWriter {
    /// Begins a file in a folder.
    pub(crate) fn create(folder: &Path, kind: FileKind) -> Result<Self> {
        let path = folder.join(format!("{}.{PARTIAL}", kind.extension()));
        let out = BufWriter::with_capacity(1 << 20, File::create(&path).map_err(Error::io(&path))?);
        let mut writer = Self {
            kind,
            folder: folder.to_path_buf(),
            path,
            out,
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
        self.out.write_all(&tail).map_err(Error::io(&self.path))?;
        self.rename()
    }

    fn rename(self) -> Result<Written> {
        let Self { kind, folder, path, out, hasher, .. } = self;
        let file = out.into_inner().map_err(|e| Error::io(&path)(e.into_error()))?;
        let mut permissions = file.metadata().map_err(Error::io(&path))?.permissions();
        permissions.set_readonly(true);
        file.set_permissions(permissions).map_err(Error::io(&path))?;
        file.sync_all().map_err(Error::io(&path))?;
        let bytes = file.metadata().map_err(Error::io(&path))?.len();
        let hash = hasher.finalize().to_hex().to_string();
        let published = folder.join(format!("{hash}.{}", kind.extension()));
        fs::rename(&path, &published).map_err(Error::io(&published))?;
        sync_folder(&folder)?;
        Ok(Written { hash, bytes })
    }

    fn align(&mut self) -> Result<()> {
        let padding = self.offset.next_multiple_of(ALIGNMENT as u64) - self.offset;
        self.put(&[0; ALIGNMENT][..usize::try_from(padding).unwrap_or(0)])
    }

    fn put(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes).map_err(Error::io(&self.path))?;
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

/// Makes renames and removals in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(Error::io(folder))
}
