//! Publishing: the next generation from the newest one and an edit, opened before anyone can see it.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::LiveCollection;
use crate::collection::{Generation, Manifest, Tombstones, file_name};
use crate::{Error, Result};

/// What belongs to whoever publishes.
#[derive(Debug, Default)]
pub(super) struct Publishing {
    /// Files that no generation names any more.
    garbage: Vec<String>,
    /// Work under way that reads files by their names: nothing is removed meanwhile.
    pub(super) readers: usize,
    /// The collection is dropped; nothing is published any more.
    pub(super) dropped: bool,
}

/// What an edit changes.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) manifest: Manifest,
    pub(super) tombstones: Tombstones,
}

impl LiveCollection {
    /// Publishes what an edit makes of the newest generation. Durable and searchable when this returns.
    pub(super) fn publish(&self, edit: impl FnOnce(&Generation, &mut Draft) -> Result<()>) -> Result<Arc<Generation>> {
        let mut publishing = self.publishing();
        if publishing.dropped {
            return Err(Error::CollectionNotFound { name: self.name.as_str().to_owned() });
        }
        let before = self.generation();
        let mut draft = Draft { manifest: before.manifest().clone(), tombstones: before.tombstones().clone() };
        edit(&before, &mut draft)?;
        let Draft { mut manifest, tombstones } = draft;
        manifest.generation += 1;
        if tombstones != *before.tombstones() {
            manifest.tombstones = tombstones.write(&self.folder)?;
        }
        let next = before.next(self.folder.path(), &manifest)?;
        fail::fail_point!("publish.opened");
        manifest.publish(&self.folder).inspect_err(|_| self.undo(before.manifest(), &manifest))?;
        fail::fail_point!("publish.done");
        let next = Arc::new(next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&next);
        let kept: HashSet<_> = manifest.files().into_iter().collect();
        let gone = before.manifest().files().into_iter().filter(|file| !kept.contains(file));
        publishing.garbage.extend(gone.map(|(kind, hash)| file_name(kind, hash)));
        self.collect(&mut publishing);
        Ok(next)
    }

    /// Keeps files where they are while `work` reads them by their names.
    pub(super) fn keeping_files<T>(&self, work: impl FnOnce() -> T) -> T {
        /// Lets go, also if the work panics.
        struct Held<'a>(&'a LiveCollection);
        impl Drop for Held<'_> {
            fn drop(&mut self) {
                let mut publishing = self.0.publishing();
                publishing.readers -= 1;
                self.0.collect(&mut publishing);
            }
        }
        self.publishing().readers += 1;
        let _held = Held(self);
        work()
    }

    pub(super) fn publishing(&self) -> std::sync::MutexGuard<'_, Publishing> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes files that nothing names. Who has them mapped keeps them.
    fn collect(&self, publishing: &mut Publishing) {
        if publishing.readers > 0 || publishing.dropped {
            return;
        }
        fail::fail_point!("publish.collect");
        let generation = self.generation();
        let named = generation.manifest().files();
        let named: HashSet<String> = named.into_iter().map(|(kind, hash)| file_name(kind, hash)).collect();
        // The same content may have been written again meanwhile. What cannot be removed now is at the next opening.
        for name in publishing.garbage.drain(..).filter(|name| !named.contains(name)) {
            let _ = self.folder.remove(&name);
        }
    }

    /// Takes away files of a generation that could not be published: a full disk needs the space.
    fn undo(&self, before: &Manifest, failed: &Manifest) {
        // Where the rename was done and its sync failed, they are in use.
        if !Manifest::read(self.folder.path()).is_ok_and(|found| found.as_ref() == Some(before)) {
            return;
        }
        let kept: HashSet<_> = before.files().into_iter().collect();
        for (kind, hash) in failed.files().into_iter().filter(|file| !kept.contains(file)) {
            let _ = self.folder.remove(&file_name(kind, hash));
        }
    }
}
