//! Writing a snapshot: a generation as one stream that restores it elsewhere.

use std::ffi::OsStr;
use std::io::Write;

use super::{Generation, file_name};
use crate::format::{ARCHIVE_END, ARCHIVE_HEADER, ArchiveHeader, LENGTH, Sections, sealed};
use crate::{Context, Error, Result};

/// Stands for the stream in errors.
pub(super) const SNAPSHOT: &str = "snapshot";

impl Generation {
    /// Writes a snapshot and gives its bytes. It reads mapped files, which a live collection may replace and remove
    /// meanwhile, and checks every block on the way; memory stays constant.
    pub fn snapshot(&self, context: &Context, out: &mut dyn Write) -> Result<u64> {
        let files: Vec<_> = self.sections().collect();
        self.check_order(&files)?;
        let manifest = sealed(self.manifest()).map_err(Error::io(SNAPSHOT))?;
        let lengths = files.iter().map(|file| LENGTH as u64 + file.file_length()).sum::<u64>();
        let total = (ARCHIVE_HEADER + manifest.len() + ARCHIVE_END.len()) as u64 + lengths;
        let header = ArchiveHeader { total, manifest: manifest.len() as u64, files: files.len() as u64 };
        put(out, &header.to_bytes())?;
        put(out, &manifest)?;
        for file in files {
            fail::fail_point!("snapshot.file");
            put(out, &file.file_length().to_le_bytes())?;
            for stretch in file.stretches() {
                context.check()?;
                stretch.sound?;
                put(out, stretch.bytes)?;
            }
        }
        put(out, &ARCHIVE_END)?;
        out.flush().map_err(Error::io(SNAPSHOT))?;
        Ok(total)
    }

    /// A snapshot has no names: its files are in the order in which the manifest names them.
    fn check_order(&self, files: &[&Sections]) -> Result<()> {
        let names: Vec<String> = self.manifest().files().iter().map(|(kind, hash)| file_name(*kind, hash)).collect();
        let mapped = files.iter().map(|file| file.path().file_name().and_then(OsStr::to_str));
        match mapped.eq(names.iter().map(|name| Some(name.as_str()))) {
            true => Ok(()),
            false => Err(Error::invalid("generation", "its files are not those that its manifest names")),
        }
    }
}

fn put(out: &mut dyn Write, bytes: &[u8]) -> Result<()> {
    out.write_all(bytes).map_err(Error::io(SNAPSHOT))
}
