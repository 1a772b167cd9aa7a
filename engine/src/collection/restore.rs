//! Reading a snapshot: a collection out of a stream that nobody vouches for. It holds no names of files, every length
//! is bounded before anything is read or written for it, and until all is checked there is no collection.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::manifest::MANIFEST;
use super::snapshot::SNAPSHOT;
use super::verify::check_contents;
use super::{CollectionName, Description, Generation, Lock, Manifest, Store, file_name, remove_unnamed};
use crate::format::{ARCHIVE_END, ARCHIVE_HEADER, ArchiveHeader, FileKind, LENGTH, MAX_SEALED, PARTIAL, length_of};
use crate::log::forget_log;
use crate::storage::{Folder, free_bytes};
use crate::{Context, Error, Result};

/// Most files of a snapshot.
const MAX_FILES: u64 = 1 << 18;
/// Bytes that are read at a time.
const BUFFER: usize = 1 << 20;

/// A snapshot that is being read.
struct Archive<'a> {
    input: &'a mut dyn Read,
    manifest: Manifest,
    /// Bytes that are still to come, by the header.
    left: u64,
}

/// The folder while it is filled; dropped before the collection is published, it takes away what was written.
struct Filling {
    root: Folder,
    name: String,
    folder: Folder,
    /// There was no folder before.
    fresh: bool,
    published: bool,
}

impl Store {
    /// Makes a collection of a snapshot. It must not exist; its log begins anew, so that operations are numbered from 1.
    /// On an error nothing stays behind.
    pub fn restore(&self, context: &Context, name: &CollectionName, input: &mut dyn Read) -> Result<Description> {
        let mut archive = Archive::open(input)?;
        let root = self.root();
        archive.check_room(root.path())?;
        let fresh = !self.folder(name).exists();
        let folder = self.make_folder(name)?;
        let _lock = Lock::take(folder.path())?;
        match Manifest::read(folder.path()) {
            Ok(None) => {}
            _ => return Err(Error::CollectionExists { name: name.as_str().to_owned() }),
        }
        let mut filling = Filling { root, name: name.as_str().to_owned(), folder, fresh, published: false };
        // Of a build or a restore that was never finished.
        remove_unnamed(&filling.folder, &[])?;
        forget_log(&filling.folder)?;
        let manifest = archive.manifest.clone();
        for (kind, hash) in manifest.files() {
            fail::fail_point!("restore.file");
            archive.receive(context, &filling.folder, kind, hash)?;
        }
        archive.finish()?;
        filling.folder.sync()?;
        let generation = Generation::open(name, filling.folder.path(), &manifest)?;
        check_contents(context, &generation)?;
        fail::fail_point!("restore.manifest");
        manifest.publish(&filling.folder)?;
        filling.published = true;
        Ok(generation.description().clone())
    }
}

impl<'a> Archive<'a> {
    /// Reads and checks header and manifest.
    fn open(input: &'a mut dyn Read) -> Result<Self> {
        let mut header = [0; ARCHIVE_HEADER];
        fill(input, &mut header, "header")?;
        let header = ArchiveHeader::of_bytes(header, Path::new(SNAPSHOT))?;
        bounded("manifest", header.manifest, MAX_SEALED)?;
        bounded("files", header.files, MAX_FILES)?;
        let mut bytes = Vec::new();
        // The buffer grows with what comes, not with what was announced.
        (&mut *input).take(header.manifest).read_to_end(&mut bytes).map_err(Error::io(SNAPSHOT))?;
        let mut manifest = Manifest::of_bytes(&bytes, Path::new(SNAPSHOT))?;
        let named = manifest.files().len() as u64;
        if named != header.files {
            return Err(damaged("header", &format!("{named} files"), &header.files.to_string()));
        }
        manifest.applied = 0;
        let before = ARCHIVE_HEADER as u64 + header.manifest;
        let least = before + named * LENGTH as u64 + ARCHIVE_END.len() as u64;
        let left = header.total.checked_sub(before).filter(|_| header.total >= least);
        let left =
            left.ok_or_else(|| damaged("header", &format!("at least {least} bytes"), &header.total.to_string()))?;
        Ok(Self { input, manifest, left })
    }

    /// Fails at once where a disk would be full later.
    fn check_room(&self, root: &Path) -> Result<()> {
        let free = free_bytes(root).map_err(Error::io(root))?;
        if self.left <= free {
            return Ok(());
        }
        let reason = format!("the snapshot has {} bytes, {free} are free", self.left);
        Err(Error::io(root)(std::io::Error::new(ErrorKind::StorageFull, reason)))
    }

    /// Reads a file and publishes it under the hash that the manifest names it by, if that is its hash.
    fn receive(&mut self, context: &Context, folder: &Folder, kind: FileKind, hash: &str) -> Result<()> {
        let mut length = [0; LENGTH];
        self.take(&mut length, kind.extension())?;
        let mut rest = length_of(length);
        bounded(kind.extension(), rest, self.left)?;
        let partial = format!("restore.{PARTIAL}");
        let file = folder.create(&partial)?;
        let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; BUFFER]);
        while rest > 0 {
            context.check()?;
            let now = usize::try_from(rest).map_or(BUFFER, |rest| rest.min(BUFFER));
            self.take(&mut buffer[..now], kind.extension())?;
            hasher.update(&buffer[..now]);
            file.append(&buffer[..now])?;
            rest -= now as u64;
        }
        let found = hasher.finalize().to_hex();
        if found.as_str() != hash {
            return Err(damaged(kind.extension(), &format!("BLAKE3 {hash}"), &found));
        }
        file.freeze()?;
        file.sync()?;
        folder.rename(&partial, &file_name(kind, hash))
    }

    /// Nothing may follow the end.
    fn finish(&mut self) -> Result<()> {
        let mut end = [0; ARCHIVE_END.len()];
        self.take(&mut end, "end")?;
        if end != ARCHIVE_END {
            return Err(damaged("end", &format!("{ARCHIVE_END:02x?}"), &format!("{end:02x?}")));
        }
        let more = (&mut *self.input).take(1).read_to_end(&mut Vec::new()).map_err(Error::io(SNAPSHOT))?;
        match (self.left, more) {
            (0, 0) => Ok(()),
            (left, more) => Err(damaged("end", "nothing behind it", &format!("{left} bytes announced, {more} there"))),
        }
    }

    fn take(&mut self, bytes: &mut [u8], section: &str) -> Result<()> {
        bounded(section, bytes.len() as u64, self.left)?;
        fill(self.input, bytes, section)?;
        self.left -= bytes.len() as u64;
        Ok(())
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        if self.published {
            return;
        }
        // What cannot be removed is removed by whoever writes here next.
        let _ = match self.fresh {
            true => self.root.remove_folder(&self.name),
            false => self.folder.remove(MANIFEST).and_then(|()| remove_unnamed(&self.folder, &[])),
        };
    }
}

fn fill(input: &mut dyn Read, bytes: &mut [u8], section: &str) -> Result<()> {
    match input.read_exact(bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(damaged(section, &format!("{} more bytes", bytes.len()), "the end"))
        }
        result => result.map_err(Error::io(SNAPSHOT)),
    }
}

fn bounded(section: &str, found: u64, most: u64) -> Result<()> {
    if found <= most { Ok(()) } else { Err(damaged(section, &format!("at most {most}"), &found.to_string())) }
}

fn damaged(section: &str, expected: &str, found: &str) -> Error {
    let (path, section) = (SNAPSHOT.into(), section.to_owned());
    Error::Corrupt { path, section, expected: expected.to_owned(), found: found.to_owned() }
}
