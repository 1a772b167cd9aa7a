//! Publishing: the next generation from the newest one and an edit, opened before anyone can see it.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::LiveCollection;
use crate::collection::{Generation, Manifest, Tombstones, file_name, remove_unpublished};
use crate::{Error, Result};

/// What belongs to whoever publishes.
#[derive(Debug, Default)]
pub(super) struct Publishing {
    /// Files that no generation names any more.
    garbage: Vec<String>,
    /// Work under way that reads files by their names: nothing is removed meanwhile.
    readers: usize,
    /// Work under way whose files no generation names yet.
    writers: usize,
    /// Whether there may be files of work that failed.
    failed: bool,
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
        manifest.publish(&self.folder)?;
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

    /// Does work that writes files, and takes them away if it fails: a full disk needs the space.
    pub(super) fn writing<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        /// Counts the work as failed until it is known not to be.
        struct Writer<'a> {
            collection: &'a LiveCollection,
            failed: bool,
        }
        impl Drop for Writer<'_> {
            fn drop(&mut self) {
                let mut publishing = self.collection.publishing();
                publishing.writers -= 1;
                publishing.failed |= self.failed;
                self.collection.tidy(&mut publishing);
            }
        }
        self.publishing().writers += 1;
        let mut writer = Writer { collection: self, failed: true };
        let result = work();
        writer.failed = result.is_err();
        result
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

    /// Removes files of work that failed, once no other work has files that nothing names yet.
    fn tidy(&self, publishing: &mut Publishing) {
        if !publishing.failed || publishing.writers > 0 || publishing.dropped {
            return;
        }
        let generation = self.generation();
        // Where a rename was done and its sync failed, what is published is not what is current.
        let Ok(Some(published)) = Manifest::read(self.folder.path()) else { return };
        let named = [generation.manifest().files(), published.files()].concat();
        let tidy = remove_unpublished(&self.folder, &named).is_ok();
        publishing.failed = !tidy || published != *generation.manifest();
    }
}
