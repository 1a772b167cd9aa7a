//! Creating a collection that has nothing yet, and dropping one.

use super::LiveCollection;
use crate::codes::Coder;
use crate::collection::{CollectionName, EncoderId, Lock, Manifest, Store, remove_unnamed};
use crate::filter::Fields;
use crate::format;
use crate::keywords::Language;
use crate::raptor::{Raptor, Represent};
use crate::split::Splitting;
use crate::{Error, Result};

/// Folders with such a name are what is left of dropped collections.
const DROPPED: &str = ".dropped-";

/// What a new collection is.
#[derive(Debug, Clone)]
pub struct NewCollection {
    /// The encoder that token vectors come from; empty if they come from elsewhere.
    pub encoder: EncoderId,
    /// Values per token vector.
    pub width: usize,
    /// Bits per value of a score code: 1, 2, 3, 4 or 8.
    pub bits: u8,
    /// Seed of the rotation and of the router.
    pub seed: u64,
    /// Language whose rules make keywords of words.
    pub language: Language,
    /// Types of fields of metadata; those of other fields are learnt from the first document that has them.
    pub fields: Fields,
    /// How texts become passages.
    pub splitting: Splitting,
    /// Keep full-precision vectors for mode `exact`.
    pub keep_vectors: bool,
    /// Makes a tree of summaries for each document that comes as text.
    pub raptor: Option<Raptor>,
    /// Indexes small things that stand for each passage of documents that come as text.
    pub represent: Option<Represent>,
}

impl NewCollection {
    /// A collection of an encoder's vectors with everything else by default.
    pub fn of(encoder: EncoderId, width: usize) -> Self {
        Self {
            encoder,
            width,
            bits: 2,
            seed: 0,
            language: Language::default(),
            fields: Fields::default(),
            splitting: Splitting::default(),
            keep_vectors: false,
            raptor: None,
            represent: None,
        }
    }
}

impl Store {
    /// Creates a collection; durable when this returns.
    pub fn create(&self, name: &CollectionName, new: NewCollection) -> Result<()> {
        // What cannot be coded must not get a name.
        Coder::new(new.width, new.bits, new.seed)?;
        let folder = self.make_folder(name)?;
        let refuse_existing = || match Manifest::read(folder.path()) {
            Ok(None) => Ok(()),
            _ => Err(Error::CollectionExists { name: name.as_str().to_owned() }),
        };
        // Asked twice: one that exists may be locked by its writer, and one may come to exist before the lock is taken.
        refuse_existing()?;
        let _lock = Lock::take(folder.path())?;
        refuse_existing()?;
        // Of a build that was never finished.
        remove_unnamed(&folder, &[])?;
        crate::log::forget_log(&folder)?;
        // Before there is a manifest: an old log must not become the new collection's.
        folder.sync()?;
        fail::fail_point!("create.manifest");
        Manifest {
            format: format::VERSION,
            generation: 1,
            encoder: new.encoder,
            width: new.width,
            bits: new.bits,
            seed: new.seed,
            language: new.language,
            fields: new.fields,
            splitting: new.splitting,
            keep_vectors: new.keep_vectors,
            raptor: new.raptor,
            represent: new.represent,
            next_passage_key: 0,
            applied: 0,
            tombstones: None,
            router: None,
            routed: 0,
            efforts: Vec::new(),
            segments: Vec::new(),
            across: None,
        }
        .publish(&folder)
    }

    /// Drops a collection that nobody writes to. Who has it open keeps what is mapped.
    pub fn drop_collection(&self, name: &CollectionName) -> Result<()> {
        let folder = self.folder(name);
        if Manifest::read(&folder).is_ok_and(|manifest| manifest.is_none()) {
            return Err(Error::CollectionNotFound { name: name.as_str().to_owned() });
        }
        let _lock = Lock::take(&folder)?;
        self.unlink(name, || ())
    }

    /// Whether a collection has a log, which its first change begins.
    pub fn has_log(&self, name: &CollectionName) -> Result<bool> {
        let folder = self.folder(name);
        Ok(folder.is_dir() && crate::log::exists(&folder)?)
    }

    /// Whether a collection's log has something that its generation does not hold.
    pub fn has_backlog(&self, name: &CollectionName) -> Result<bool> {
        let folder = self.folder(name);
        let applied = Manifest::read(&folder)?.map_or(0, |manifest| manifest.applied);
        Ok(crate::log::last_number(&folder)? > applied)
    }

    /// Removes what is left of dropped collections.
    pub fn sweep(&self) -> Result<()> {
        let root = self.root();
        let left: Vec<String> = root.names()?.into_iter().filter(|name| name.starts_with(DROPPED)).collect();
        if !left.is_empty() {
            // Of a process that was killed: what is in the folder must not go before its old name.
            root.sync()?;
        }
        left.into_iter().try_for_each(|name| root.remove_folder(&name))
    }

    /// From one moment to the next there is no such collection; says so right before.
    fn unlink(&self, name: &CollectionName, gone: impl FnOnce()) -> Result<()> {
        let root = self.root();
        let _names = Lock::of_names(root.path())?;
        self.check_not_aliased(name)?;
        let dropped = format!("{DROPPED}{}", name.as_str());
        // Once it has been renamed, only the sync has to be tried again.
        let there = self.folder(name).is_dir();
        if there {
            root.remove_folder(&dropped)?;
        }
        gone();
        if there {
            root.rename(name.as_str(), &dropped)?;
        }
        root.sync()?;
        fail::fail_point!("drop.renamed");
        // What cannot be removed now is swept another time.
        let _ = root.remove_folder(&dropped);
        Ok(())
    }
}

impl LiveCollection {
    /// Whether the collection is dropped, or just being dropped.
    pub fn dropped(&self) -> bool {
        self.state().dropped
    }

    /// Drops the collection; every later change of it fails. After an error it may be repeated.
    pub fn drop_from(&self, store: &Store) -> Result<()> {
        let mut publishing = self.publishing();
        if !publishing.dropped {
            // Not before it is certain: what is refused goes on as if nobody had asked.
            let gone = || self.state().dropped = true;
            store.unlink(&self.name, gone).inspect_err(|_| self.state().dropped = !self.folder.path().is_dir())?;
            publishing.dropped = true;
        }
        Ok(())
    }
}
