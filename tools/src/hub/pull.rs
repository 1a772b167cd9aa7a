//! Deciding what is pulled: what the lock says is kept, what is new is looked up and chosen.

use std::collections::BTreeMap;

use super::content::Expected;
use super::error::HubError;
use super::layout::{Layout, most_bytes};
use super::listing::Listing;
use super::lock::{self, Lock};
use super::retry::persist;
use super::staging::{Plan, Staging};

/// The branch that is meant where none is named.
const DEFAULT_REVISION: &str = "main";

/// A repository on its way into the asset folder.
#[derive(Debug)]
pub(super) struct Pull<'a> {
    pub(super) staging: Staging<'a>,
}

impl Pull<'_> {
    /// Makes sure that the model is there, at the pinned commit unless it is to be updated.
    pub(super) fn run(
        &self,
        revision: Option<&str>,
        update: bool,
        report: &mut dyn FnMut(&str),
    ) -> Result<(), HubError> {
        self.staging.recover()?;
        let folder = &self.staging.folder;
        if folder.exists() && !folder.join(lock::NAME).exists() {
            return Err(HubError::Occupied { folder: folder.clone() });
        }
        let lock = match Lock::read(folder) {
            Err(HubError::Lock { .. }) if update => None,
            read => read?,
        };
        match lock {
            Some(lock) if !update => self.keep(&lock, revision, report),
            lock => self.renew(lock.as_ref(), revision, report),
        }
    }

    /// Verifies and repairs what is pinned, and says if the branch has moved.
    fn keep(&self, lock: &Lock, revision: Option<&str>, report: &mut dyn FnMut(&str)) -> Result<(), HubError> {
        let asked = revision.unwrap_or(&lock.revision);
        if asked != lock.revision && asked != lock.commit && self.listing(asked, report)?.commit != lock.commit {
            return Err(HubError::Pinned {
                repository: self.staging.repository.clone(),
                revision: lock.revision.clone(),
                commit: lock.commit.clone(),
                asked: asked.to_owned(),
            });
        }
        if !lock.is_whole(&self.staging.folder) {
            let files = lock.files.iter().map(|(name, pin)| (name.clone(), pin.expected())).collect();
            let converts = !lock.converted.is_empty();
            let plan = Plan { revision: &lock.revision, commit: &lock.commit, files, converts };
            self.staging.assemble(&plan, Some(lock), report)?;
        } else if asked == lock.revision && asked != lock.commit && !self.staging.client.settings().offline {
            self.look_for_news(lock, report);
        }
        Ok(())
    }

    /// The model is there, so a hub that cannot be asked is no error, and is asked once.
    fn look_for_news(&self, lock: &Lock, report: &mut dyn FnMut(&str)) {
        let (repository, revision) = (self.staging.repository, &lock.revision);
        match Listing::ask(&self.staging.client, repository, revision).map(|listing| listing.commit) {
            Ok(commit) if commit == lock.commit => {}
            Ok(commit) => report(&format!(
                "{repository}: {revision} is now at commit {commit}, {} stays pinned; `maxsim models pull \
                 hf:{repository} --update` replaces it",
                lock.commit
            )),
            Err(error) => report(&format!("{repository} is whole; whether {revision} has moved is not known: {error}")),
        }
    }

    fn listing(&self, revision: &str, report: &mut dyn FnMut(&str)) -> Result<Listing, HubError> {
        let Staging { client, repository, .. } = &self.staging;
        persist(&client.settings().patience, report, || Listing::ask(client, repository, revision))
    }

    /// Pulls a revision, whatever is pinned.
    fn renew(&self, lock: Option<&Lock>, revision: Option<&str>, report: &mut dyn FnMut(&str)) -> Result<(), HubError> {
        let pinned = lock.map(|lock| lock.revision.as_str());
        let revision = revision.or(pinned).unwrap_or(DEFAULT_REVISION);
        let listing = self.listing(revision, report)?;
        if let Some(mut lock) =
            lock.filter(|lock| lock.commit == listing.commit && lock.is_whole(&self.staging.folder)).cloned()
        {
            revision.clone_into(&mut lock.revision);
            return lock.write(&self.staging.folder);
        }
        let mut layouts = self.layouts(&listing, report)?.into_iter().peekable();
        while let Some(layout) = layouts.next() {
            let (files, converts) = (self.expected(layout, &listing)?, layout == Layout::Checkpoint);
            let plan = Plan { revision, commit: &listing.commit, files, converts };
            match self.staging.assemble(&plan, lock, report) {
                Err(HubError::Engine(error)) if layouts.peek().is_some() => {
                    report(&format!("{error}; taking the ONNX graph of the repository instead"));
                }
                done => return done,
            }
        }
        Ok(())
    }

    /// The layouts that a repository has, best first. Only its `config.json` tells a classifier from an encoder.
    fn layouts(&self, listing: &Listing, report: &mut dyn FnMut(&str)) -> Result<Vec<Layout>, HubError> {
        if Layout::may_be_cross_encoder(listing) {
            let name = "config.json";
            let config = self.staging.peek(&listing.commit, (name, &self.sized(name, listing)?), report)?;
            if Layout::is_cross_encoder(&config) {
                return Ok(vec![Layout::CrossEncoder]);
            }
        }
        Layout::of(self.staging.repository, listing)
    }

    fn expected(&self, layout: Layout, listing: &Listing) -> Result<BTreeMap<String, Expected>, HubError> {
        let files = layout.files(self.staging.repository, listing)?;
        files.into_iter().map(|name| Ok((name.clone(), self.sized(&name, listing)?))).collect()
    }

    /// What is listed of a file, unless it is too large.
    fn sized(&self, name: &str, listing: &Listing) -> Result<Expected, HubError> {
        let expected = listing.expected(name)?;
        let most = most_bytes(name).unwrap_or(0);
        if expected.bytes > most {
            let (repository, bytes) = (self.staging.repository.clone(), expected.bytes);
            return Err(HubError::TooLarge { repository, path: name.to_owned(), bytes, most });
        }
        Ok(expected)
    }
}
