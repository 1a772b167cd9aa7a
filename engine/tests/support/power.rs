//! A storage that writes through to a real folder and keeps a journal of what it did, so that the power can be lost at
//! any point of it: what was not synced is then there, partly there or not there, in any combination.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use maxsimd_engine::storage::{Disk, Output, Storage};

use super::medium::Medium;

/// One operation on the disk. Paths are relative to its root; files are numbers, for they outlive their names.
#[derive(Debug, Clone)]
pub enum Operation {
    Create(PathBuf),
    Append(usize, Arc<[u8]>),
    Cut(usize, usize),
    SyncFile(usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    CreateFolder(PathBuf),
    RemoveFolder(PathBuf),
    SyncFolder(PathBuf),
}

/// The disk.
#[derive(Debug)]
pub struct Power {
    root: PathBuf,
    recorded: Arc<Mutex<Recorded>>,
    fail_sync: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Recorded {
    medium: Medium,
    journal: Vec<Operation>,
}

#[derive(Debug)]
struct PoweredFile {
    number: usize,
    file: Arc<dyn Output>,
    recorded: Arc<Mutex<Recorded>>,
    fail_sync: Arc<AtomicBool>,
}

impl Power {
    /// A disk over a real folder that shows what a medium holds.
    pub fn over(root: &Path, medium: Medium) -> Arc<Self> {
        let recorded = Arc::new(Mutex::new(Recorded { medium, journal: Vec::new() }));
        Arc::new(Self { root: root.to_path_buf(), recorded, fail_sync: Arc::default() })
    }

    /// Number of operations so far.
    pub fn operations(&self) -> usize {
        self.recorded.lock().unwrap().journal.len()
    }

    pub fn journal(&self) -> Vec<Operation> {
        self.recorded.lock().unwrap().journal.clone()
    }

    /// Makes the next sync of a file fail. What it should have synced stays unsynced.
    pub fn fail_next_sync(&self) {
        self.fail_sync.store(true, Ordering::Relaxed);
    }

    fn done(&self, operation: Operation) -> io::Result<()> {
        record(&self.recorded, operation);
        Ok(())
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).expect("a path in the folder").to_path_buf()
    }
}

fn record(recorded: &Mutex<Recorded>, operation: Operation) {
    let Recorded { medium, journal } = &mut *recorded.lock().unwrap();
    medium.apply(&operation);
    journal.push(operation);
}

impl Storage for Power {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Output>> {
        let file = Disk.create(path)?;
        let path = self.relative(path);
        self.done(Operation::Create(path.clone()))?;
        let number = self.recorded.lock().unwrap().medium.file(&path).expect("a file that was created");
        let (recorded, fail_sync) = (Arc::clone(&self.recorded), Arc::clone(&self.fail_sync));
        Ok(Arc::new(PoweredFile { number, file, recorded, fail_sync }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)?;
        self.done(Operation::Rename(self.relative(from), self.relative(to)))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)?;
        self.done(Operation::Remove(self.relative(path)))
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk.create_folder(path)?;
        self.done(Operation::CreateFolder(self.relative(path)))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)?;
        self.done(Operation::RemoveFolder(self.relative(path)))
    }

    fn sync_file(&self, path: &Path) -> io::Result<()> {
        let number = self.recorded.lock().unwrap().medium.file(&self.relative(path));
        self.done(Operation::SyncFile(number.ok_or(io::ErrorKind::NotFound)?))
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.done(Operation::SyncFolder(self.relative(path)))
    }
}

impl Output for PoweredFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.file.append(bytes)?;
        record(&self.recorded, Operation::Append(self.number, bytes.into()));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        if self.fail_sync.swap(false, Ordering::Relaxed) {
            return Err(io::Error::from_raw_os_error(5));
        }
        record(&self.recorded, Operation::SyncFile(self.number));
        Ok(())
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        self.file.cut(length)?;
        record(&self.recorded, Operation::Cut(self.number, usize::try_from(length).unwrap()));
        Ok(())
    }

    fn freeze(&self) -> io::Result<()> {
        // A permission is nothing that recovery relies on.
        Ok(())
    }
}
