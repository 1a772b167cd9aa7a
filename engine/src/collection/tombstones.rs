//! Passages that are deleted and still stored, by key.

use std::path::Path;

use roaring::RoaringTreemap;

use crate::format::{FileKind, Section, SectionWriter, Sections};
use crate::storage::Folder;
use crate::{Error, Result};

/// The list of one generation.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tombstones(RoaringTreemap);

impl Tombstones {
    /// Reads a list.
    pub(crate) fn open(path: &Path) -> Result<(Self, Sections)> {
        let sections = Sections::open(path, FileKind::Tombstones)?;
        let bytes: &[u8] = sections.values(Section::Tombstones)?;
        let keys = RoaringTreemap::deserialize_from(bytes)
            .map_err(|error| sections.corrupt(Section::Tombstones, "a Roaring bitmap", &error.to_string()))?;
        Ok((Self(keys), sections))
    }

    /// Writes the list; `None` if it is empty.
    pub(crate) fn write(&self, folder: &Folder) -> Result<Option<String>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        self.0.serialize_into(&mut bytes).map_err(Error::io(folder.path()))?;
        fail::fail_point!("tombstones.write");
        let mut file = SectionWriter::create(folder, FileKind::Tombstones)?;
        file.section(Section::Tombstones, &bytes)?;
        Ok(Some(file.publish()?.hash))
    }

    /// Adds a passage.
    pub(crate) fn insert(&mut self, key: u64) {
        self.0.insert(key);
    }

    /// Takes passages off that are not stored any more.
    pub(crate) fn remove_all(&mut self, purged: &Self) {
        self.0 -= &purged.0;
    }

    /// The deleted passages among keys from `first` to `last`, ascending.
    pub(crate) fn among(&self, first: u64, last: u64) -> impl Iterator<Item = u64> + '_ {
        let mut keys = self.0.iter();
        keys.advance_to(first);
        keys.take_while(move |key| *key <= last)
    }

    /// Number of passages.
    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }
}

impl FromIterator<u64> for Tombstones {
    fn from_iter<I: IntoIterator<Item = u64>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}
