//! A storage of which some operation fails: once, or from then on until the fault is over.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use maxsimd_engine::storage::{Disk, Output, Storage};

pub const ENOSPC: i32 = 28;
pub const EIO: i32 = 5;

/// What fails, and how.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// Operations before the one that fails.
    pub after: usize,
    /// Whether all operations fail from then on.
    pub lasts: bool,
    pub error: i32,
}

/// The disk.
#[derive(Debug)]
pub struct Failing(Arc<State>);

#[derive(Debug, Default)]
struct State {
    fault: Mutex<Option<Fault>>,
    done: AtomicUsize,
    struck: AtomicBool,
}

#[derive(Debug)]
struct FailingFile {
    file: Arc<dyn Output>,
    length: AtomicU64,
    synced: AtomicU64,
    state: Arc<State>,
}

impl Failing {
    /// A disk without a fault.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Arc::default()))
    }

    /// Gives it a fault; operations count from now.
    pub fn break_down(&self, fault: Fault) {
        self.0.done.store(0, Ordering::SeqCst);
        self.0.struck.store(false, Ordering::SeqCst);
        *self.0.fault.lock().unwrap() = Some(fault);
    }

    /// Ends the fault; true if there was one.
    pub fn heal(&self) -> bool {
        *self.0.fault.lock().unwrap() = None;
        self.0.struck.load(Ordering::SeqCst)
    }

    /// Whether every operation fails with an error now.
    pub fn lasting(&self, error: i32) -> bool {
        self.0.fault.lock().unwrap().is_some_and(|fault| fault.lasts && fault.error == error)
    }
}

impl State {
    /// One operation that needs space.
    fn turn(&self) -> io::Result<()> {
        let turn = self.done.fetch_add(1, Ordering::SeqCst);
        match *self.fault.lock().unwrap() {
            Some(fault) if turn == fault.after || fault.lasts && turn > fault.after => {
                self.struck.store(true, Ordering::SeqCst);
                Err(io::Error::from_raw_os_error(fault.error))
            }
            _ => Ok(()),
        }
    }

    /// One that needs none: it works on a full disk, not on a broken one.
    fn free(&self) -> io::Result<()> {
        match *self.fault.lock().unwrap() {
            Some(Fault { lasts: true, error: EIO, .. }) if self.struck.load(Ordering::SeqCst) => {
                Err(io::Error::from_raw_os_error(EIO))
            }
            _ => Ok(()),
        }
    }
}

impl Storage for Failing {
    fn create(&self, path: &Path) -> io::Result<Arc<dyn Output>> {
        self.0.turn()?;
        let (file, state) = (Disk.create(path)?, Arc::clone(&self.0));
        Ok(Arc::new(FailingFile { file, length: AtomicU64::new(0), synced: AtomicU64::new(0), state }))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.turn()?;
        Disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.free()?;
        Disk.remove(path)
    }
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.0.turn()?;
        Disk.create_folder(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.0.free()?;
        Disk.remove_folder(path)
    }
    fn sync_file(&self, _: &Path) -> io::Result<()> {
        self.0.turn()
    }
    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.0.turn()
    }
}

impl Output for FailingFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let turn = self.state.turn();
        let written = if turn.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        self.length.fetch_add(written.len() as u64, Ordering::SeqCst);
        self.file.append(written)?;
        turn
    }
    fn sync(&self) -> io::Result<()> {
        // So that several wait for one sync, and others append meanwhile.
        std::thread::sleep(std::time::Duration::from_micros(50));
        if let Err(error) = self.state.turn() {
            // What a sync could not write is not there any more.
            self.file.cut(self.synced.load(Ordering::SeqCst))?;
            return Err(error);
        }
        self.synced.store(self.length.load(Ordering::SeqCst), Ordering::SeqCst);
        Ok(())
    }
    fn cut(&self, length: u64) -> io::Result<()> {
        self.state.free()?;
        self.length.store(length, Ordering::SeqCst);
        self.file.cut(length)
    }
    fn freeze(&self) -> io::Result<()> {
        Ok(())
    }
}
