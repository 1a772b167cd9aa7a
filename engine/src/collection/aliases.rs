//! Aliases: other names of collections. All are in one sealed file, so that one rename changes what they stand for.

use std::collections::BTreeMap;

use super::manifest::MANIFEST;
use super::{CollectionName, Lock, Store};
use crate::format::{read_sealed, seal};
use crate::{Error, Result};

/// File name; with its dot never the name of a collection.
const ALIASES: &str = "aliases.json";

/// Most aliases of a data folder.
pub const MAX_ALIASES: usize = 1000;

impl Store {
    /// All aliases and the collections that they stand for.
    pub fn aliases(&self) -> Result<BTreeMap<CollectionName, CollectionName>> {
        Ok(read_sealed(&self.root().path().join(ALIASES))?.unwrap_or_default())
    }

    /// Lets an alias stand for a collection, whatever it stood for before; from one moment to the next and durable when
    /// this returns.
    pub fn set_alias(&self, alias: &CollectionName, target: &CollectionName) -> Result<()> {
        self.check_local()?;
        let _names = Lock::of_names(self.root().path())?;
        let mut aliases = self.aliases()?;
        let refuse = |reason: String| Err(Error::invalid("alias", reason));
        if self.folder(alias).exists() {
            return refuse(format!("{} is a collection, or what an unfinished build left", alias.as_str()));
        }
        if let Some(further) = aliases.get(target) {
            let (target, further) = (target.as_str(), further.as_str());
            return refuse(format!("{target} is an alias itself; name the collection, {further}"));
        }
        if !self.is_collection(target) {
            return Err(Error::CollectionNotFound { name: target.as_str().to_owned() });
        }
        aliases.insert(alias.clone(), target.clone());
        if aliases.len() > MAX_ALIASES {
            return refuse(format!("a data folder has at most {MAX_ALIASES}"));
        }
        self.write_aliases(&aliases)
    }

    /// Removes an alias; true if there was one. Durable when this returns.
    pub fn remove_alias(&self, alias: &CollectionName) -> Result<bool> {
        self.check_local()?;
        let _names = Lock::of_names(self.root().path())?;
        let mut aliases = self.aliases()?;
        match aliases.remove(alias) {
            Some(_) => self.write_aliases(&aliases).map(|()| true),
            None => Ok(false),
        }
    }

    /// The collection that a name stands for: the one that has it, or the alias's. An error if there is neither.
    pub fn resolve(&self, name: &CollectionName) -> Result<CollectionName> {
        if self.is_collection(name) {
            return Ok(name.clone());
        }
        let not_found = || Error::CollectionNotFound { name: name.as_str().to_owned() };
        self.aliases()?.remove(name).ok_or_else(not_found)
    }

    /// Fails if an alias has a name; for those who hold the lock of names.
    pub(super) fn check_no_alias(&self, name: &CollectionName) -> Result<()> {
        let Some(target) = self.aliases()?.remove(name) else { return Ok(()) };
        let (name, target) = (name.as_str(), target.as_str());
        Err(Error::invalid("collection", format!("{name} is an alias of {target}; take another name, or {target}")))
    }

    /// Fails if an alias stands for a collection; for those who hold the lock of names.
    pub(crate) fn check_not_aliased(&self, name: &CollectionName) -> Result<()> {
        match self.aliases()?.into_iter().find(|(_, target)| target == name) {
            None => Ok(()),
            Some((alias, target)) => Err(Error::Aliased { name: target.into(), alias: alias.into() }),
        }
    }

    fn is_collection(&self, name: &CollectionName) -> bool {
        self.folder(name).join(MANIFEST).is_file()
    }

    fn write_aliases(&self, aliases: &BTreeMap<CollectionName, CollectionName>) -> Result<()> {
        fail::fail_point!("alias.write");
        seal(&self.root(), ALIASES, aliases)
    }
}
