//! What a disk holds for sure, what was asked of it since, and what it may hold once the power is back.
//!
//! Contents belong to files, not to names: a rename that persists names a file with whatever of its bytes persisted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Noise;
use super::power::Operation;

/// A disk writes as much whole or not at all.
const SECTOR: usize = 512;

#[derive(Debug, Clone)]
pub struct Medium {
    files: Vec<File>,
    /// The first one is the root.
    folders: Vec<Folder>,
}

/// What is at each path: the bytes of a file, or a folder.
pub type Image = BTreeMap<PathBuf, Option<Vec<u8>>>;

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Write>,
}

#[derive(Debug, Clone)]
enum Write {
    Append(Arc<[u8]>),
    Cut(usize),
}

#[derive(Debug, Clone, Default)]
struct Folder {
    synced: BTreeMap<String, Entry>,
    since: Vec<Naming>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Entry {
    File(usize),
    Folder(usize),
}

#[derive(Debug, Clone)]
enum Naming {
    Link(String, Entry),
    Unlink(String),
    Rename(String, String, Entry),
}

/// Which of what was not synced is there.
#[derive(Debug)]
pub enum Loss {
    /// None of it.
    All,
    /// All names, no bytes.
    Bytes,
    /// All bytes, no names.
    Names,
    /// Any part of it.
    Any(Noise),
}

impl Medium {
    /// An empty folder.
    pub fn new() -> Self {
        Self { files: Vec::new(), folders: vec![Folder::default()] }
    }

    /// A disk that holds an image for sure.
    pub fn of(image: &Image) -> Self {
        let mut medium = Self::new();
        for (path, bytes) in image {
            let entry = match bytes {
                Some(bytes) => {
                    medium.files.push(File { synced: bytes.clone(), since: Vec::new() });
                    Entry::File(medium.files.len() - 1)
                }
                None => {
                    medium.folders.push(Folder::default());
                    Entry::Folder(medium.folders.len() - 1)
                }
            };
            let (folder, name) = medium.place(path);
            medium.folders[folder].synced.insert(name, entry);
        }
        medium
    }

    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Create(path) => match self.file(path) {
                Some(file) => self.files[file].since.push(Write::Cut(0)),
                None => {
                    self.files.push(File::default());
                    let entry = Entry::File(self.files.len() - 1);
                    self.name(path, |name| Naming::Link(name, entry));
                }
            },
            Operation::Append(file, bytes) => self.files[*file].since.push(Write::Append(Arc::clone(bytes))),
            Operation::Cut(file, length) => self.files[*file].since.push(Write::Cut(*length)),
            Operation::SyncFile(file) => {
                let file = &mut self.files[*file];
                file.synced = file.now();
                file.since.clear();
            }
            Operation::Rename(from, to) => {
                let entry = self.entry(from).expect("something to rename");
                let (folder, from) = self.place(from);
                let (same, to) = self.place(to);
                assert_eq!(folder, same, "renames stay in a folder");
                self.folders[folder].since.push(Naming::Rename(from, to, entry));
            }
            Operation::Remove(path) => self.name(path, Naming::Unlink),
            Operation::CreateFolder(path) => {
                self.folders.push(Folder::default());
                let entry = Entry::Folder(self.folders.len() - 1);
                self.name(path, |name| Naming::Link(name, entry));
            }
            Operation::RemoveFolder(path) => {
                let folder = self.folder(path);
                let names: Vec<String> = self.folders[folder].now().into_keys().collect();
                self.folders[folder].since.extend(names.into_iter().map(Naming::Unlink));
                self.name(path, Naming::Unlink);
            }
            Operation::SyncFolder(path) => {
                let folder = self.folder(path);
                let folder = &mut self.folders[folder];
                folder.synced = folder.now();
                folder.since.clear();
            }
        }
    }

    /// What programs see while the power is on.
    pub fn visible(&self) -> Image {
        self.image(&mut |folder| folder.now(), &mut File::now)
    }

    /// What may be there once the power is back.
    pub fn after(&self, loss: &Loss) -> Image {
        // Asked for by turns; the seed alone decides.
        let noise = std::cell::RefCell::new(match loss {
            Loss::Any(noise) => noise.clone(),
            _ => Noise::new(0),
        });
        let mut names = |folder: &Folder| match loss {
            Loss::All | Loss::Names => folder.synced.clone(),
            Loss::Bytes => folder.now(),
            Loss::Any(_) => folder.some(&mut noise.borrow_mut()),
        };
        let mut bytes = |file: &File| match loss {
            Loss::All | Loss::Bytes => file.synced.clone(),
            Loss::Names => file.now(),
            Loss::Any(_) => file.some(&mut noise.borrow_mut()),
        };
        self.image(&mut names, &mut bytes)
    }

    /// The file that has a path.
    pub fn file(&self, path: &Path) -> Option<usize> {
        match self.entry(path)? {
            Entry::File(file) => Some(file),
            Entry::Folder(_) => None,
        }
    }

    fn entry(&self, path: &Path) -> Option<Entry> {
        let (folder, name) = self.place(path);
        self.folders[folder].now().get(&name).copied()
    }

    fn folder(&self, path: &Path) -> usize {
        match path.as_os_str().is_empty() {
            true => 0,
            false => match self.entry(path) {
                Some(Entry::Folder(folder)) => folder,
                found => panic!("{} is no folder but {found:?}", path.display()),
            },
        }
    }

    /// The folder that a path is in, and its name there.
    fn place(&self, path: &Path) -> (usize, String) {
        let name = path.file_name().expect("a name").to_str().expect("UTF-8").to_owned();
        (self.folder(path.parent().expect("a parent")), name)
    }

    fn name(&mut self, path: &Path, naming: impl FnOnce(String) -> Naming) {
        let (folder, name) = self.place(path);
        self.folders[folder].since.push(naming(name));
    }

    fn image(
        &self,
        names: &mut dyn FnMut(&Folder) -> BTreeMap<String, Entry>,
        bytes: &mut dyn FnMut(&File) -> Vec<u8>,
    ) -> Image {
        let mut image = Image::new();
        let mut folders = vec![(PathBuf::new(), 0)];
        while let Some((path, folder)) = folders.pop() {
            for (name, entry) in names(&self.folders[folder]) {
                let path = path.join(name);
                match entry {
                    Entry::File(file) => drop(image.insert(path, Some(bytes(&self.files[file])))),
                    Entry::Folder(folder) => {
                        image.insert(path.clone(), None);
                        folders.push((path, folder));
                    }
                }
            }
        }
        image
    }
}

/// Writes an image into an empty folder.
pub fn write(image: &Image, root: &Path) {
    // Ordered by path: a folder comes before what is in it.
    for (path, bytes) in image {
        match bytes {
            Some(bytes) => fs::write(root.join(path), bytes).unwrap(),
            None => fs::create_dir(root.join(path)).unwrap(),
        }
    }
}

impl File {
    fn now(&self) -> Vec<u8> {
        self.written(self.since.len()).1
    }

    /// The bytes after some of the writes, and how many of them are as they were synced.
    fn written(&self, writes: usize) -> (usize, Vec<u8>) {
        let (mut sure, mut bytes) = (self.synced.len(), self.synced.clone());
        for write in &self.since[..writes] {
            match write {
                Write::Append(more) => bytes.extend_from_slice(more),
                Write::Cut(length) => {
                    bytes.truncate(*length);
                    sure = sure.min(*length);
                }
            }
        }
        (sure, bytes)
    }

    /// Cut somewhere behind what is synced, then zeros for the end of it or for sectors that were not written.
    fn some(&self, noise: &mut Noise) -> Vec<u8> {
        if self.since.is_empty() {
            return self.synced.clone();
        }
        let (sure, mut bytes) = self.written(noise.below(self.since.len() + 1));
        if noise.below(3) > 0 {
            bytes.truncate(sure + noise.below(bytes.len() - sure + 1));
        }
        let length = bytes.len();
        match noise.below(3) {
            0 => bytes[sure + noise.below(length - sure + 1)..].fill(0),
            1 => {
                for sector in (sure / SECTOR..length.div_ceil(SECTOR)).filter(|_| noise.below(2) == 0) {
                    bytes[sure.max(sector * SECTOR)..length.min((sector + 1) * SECTOR)].fill(0);
                }
            }
            _ => {}
        }
        bytes
    }
}

impl Folder {
    fn now(&self) -> BTreeMap<String, Entry> {
        self.named(|_| true)
    }

    /// Any of what happened to names, in any combination.
    fn some(&self, noise: &mut Noise) -> BTreeMap<String, Entry> {
        match noise.below(4) {
            0 => self.synced.clone(),
            1 => self.now(),
            _ => self.named(|_| noise.below(2) == 0),
        }
    }

    fn named(&self, mut persisted: impl FnMut(&Naming) -> bool) -> BTreeMap<String, Entry> {
        let mut names = self.synced.clone();
        for naming in self.since.iter().filter(|naming| persisted(naming)) {
            match naming {
                Naming::Link(name, entry) => drop(names.insert(name.clone(), *entry)),
                Naming::Unlink(name) => drop(names.remove(name)),
                Naming::Rename(from, to, entry) => {
                    if names.get(from) == Some(entry) {
                        names.remove(from);
                    }
                    names.insert(to.clone(), *entry);
                }
            }
        }
        names
    }
}
