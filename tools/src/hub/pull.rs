//! Pulling: what the lock says is kept; what is new is put together beside, pinned, and then takes its place whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use maxsimd_engine::encode::{self, Precision};
use maxsimd_server::home::Home;

use super::address;
use super::client::Client;
use super::content::{Expected, Pin};
use super::download::Download;
use super::error::HubError;
use super::layout::{Layout, most_bytes};
use super::listing::Listing;
use super::lock::{self, CONVERTED, Lock};
use super::reference::Repository;

/// The branch that is meant where none is named.
const DEFAULT_REVISION: &str = "main";

/// A repository on its way into the asset folder.
#[derive(Debug)]
pub(super) struct Pull<'a> {
    client: Client<'a>,
    repository: &'a Repository,
    /// Where it belongs.
    folder: PathBuf,
    /// Where it is put together.
    staging: PathBuf,
}

/// What is put together.
struct Plan<'a> {
    revision: &'a str,
    commit: &'a str,
    files: BTreeMap<String, Expected>,
    /// Whether the files are a checkpoint.
    converts: bool,
}

impl<'a> Pull<'a> {
    pub(super) fn new(home: &Home, repository: &'a Repository, client: Client<'a>) -> Self {
        Self { client, repository, folder: repository.folder(home), staging: repository.staging(home) }
    }

    /// Makes sure that the model is there, at the pinned commit unless it is to be updated.
    pub(super) fn run(
        &self,
        revision: Option<&str>,
        update: bool,
        report: &mut dyn FnMut(&str),
    ) -> Result<(), HubError> {
        if self.folder.exists() && !self.folder.join(lock::NAME).exists() {
            return Err(HubError::Occupied { folder: self.folder.clone() });
        }
        let lock = match Lock::read(&self.folder) {
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
        if asked != lock.revision && asked != lock.commit && self.commit_of(asked, report)? != lock.commit {
            return Err(HubError::Pinned {
                repository: self.repository.clone(),
                revision: lock.revision.clone(),
                commit: lock.commit.clone(),
                asked: asked.to_owned(),
            });
        }
        if !lock.is_whole(&self.folder) {
            let files = lock.files.iter().map(|(name, pin)| (name.clone(), pin.expected())).collect();
            let converts = !lock.converted.is_empty();
            let plan = Plan { revision: &lock.revision, commit: &lock.commit, files, converts };
            self.assemble(&plan, Some(lock), report)?;
        } else if asked == lock.revision && asked != lock.commit && !self.client.settings().offline {
            self.look_for_news(lock, report);
        }
        Ok(())
    }

    /// The model is there, so a hub that cannot be asked is no error.
    fn look_for_news(&self, lock: &Lock, report: &mut dyn FnMut(&str)) {
        let (repository, revision) = (self.repository, &lock.revision);
        match self.commit_of(revision, report) {
            Ok(commit) if commit == lock.commit => {}
            Ok(commit) => report(&format!(
                "{repository}: {revision} is now at commit {commit}, {} stays pinned; `maxsim models pull \
                 hf:{repository} --update` replaces it",
                lock.commit
            )),
            Err(error) => report(&format!("{repository} is whole; whether {revision} has moved is not known: {error}")),
        }
    }

    fn commit_of(&self, revision: &str, report: &mut dyn FnMut(&str)) -> Result<String, HubError> {
        Listing::fetch(&self.client, self.repository, revision, report).map(|listing| listing.commit)
    }

    /// Pulls a revision, whatever is pinned.
    fn renew(&self, lock: Option<&Lock>, revision: Option<&str>, report: &mut dyn FnMut(&str)) -> Result<(), HubError> {
        let pinned = lock.map(|lock| lock.revision.as_str());
        let revision = revision.or(pinned).unwrap_or(DEFAULT_REVISION);
        let listing = Listing::fetch(&self.client, self.repository, revision, report)?;
        if let Some(mut lock) =
            lock.filter(|lock| lock.commit == listing.commit && lock.is_whole(&self.folder)).cloned()
        {
            revision.clone_into(&mut lock.revision);
            return lock.write(&self.folder);
        }
        let mut layouts = Layout::of(self.repository, &listing)?.into_iter().peekable();
        while let Some(layout) = layouts.next() {
            let (files, converts) = (self.expected(layout, &listing)?, layout == Layout::Checkpoint);
            let plan = Plan { revision, commit: &listing.commit, files, converts };
            match self.assemble(&plan, lock, report) {
                Err(HubError::Convert(error)) if layouts.peek().is_some() => {
                    report(&format!("{error}; taking the ONNX graph of the repository instead"));
                }
                done => return done,
            }
        }
        Ok(())
    }

    fn expected(&self, layout: Layout, listing: &Listing) -> Result<BTreeMap<String, Expected>, HubError> {
        let files = layout.files(self.repository, listing)?.into_iter().map(|name| {
            let expected = listing.expected(&name)?;
            let most = most_bytes(&name).unwrap_or(0);
            if expected.bytes > most {
                let (repository, bytes) = (self.repository.clone(), expected.bytes);
                return Err(HubError::TooLarge { repository, path: name, bytes, most });
            }
            Ok((name, expected))
        });
        files.collect()
    }

    /// Brings all files together in the staging folder, and puts that in place of the old one.
    fn assemble(&self, plan: &Plan<'_>, old: Option<&Lock>, report: &mut dyn FnMut(&str)) -> Result<(), HubError> {
        // The folder's own name becomes the encoder's.
        let fresh = self.staging.join(plan.commit).join(self.repository.name());
        let mut lock = Lock::new(self.repository, plan.revision, plan.commit);
        for (name, expected) in &plan.files {
            let pin = self.file(plan.commit, (name, expected), &fresh, report)?;
            lock.files.insert(name.clone(), pin);
        }
        if plan.converts {
            let unchanged = old.filter(|old| old.files == lock.files && old.is_converted(&self.folder));
            if unchanged.is_some_and(|_| CONVERTED.iter().all(|name| adopt(&self.folder, &fresh, name).is_ok())) {
                report("the converted graph is kept");
            } else {
                report("converting the checkpoint to an int8 graph");
                convert(&fresh).inspect_err(|_| drop(fs::remove_dir_all(&self.staging)))?;
            }
            for name in CONVERTED {
                lock.converted.insert(name.to_owned(), Pin::of(&fresh.join(name))?);
            }
        }
        lock.write(&fresh)?;
        self.replace(&fresh)?;
        report(&format!("{} at commit {} is in {}", self.repository, plan.commit, self.folder.display()));
        Ok(())
    }

    /// A file in the staging folder: there from an earlier try, taken from the old folder, or downloaded.
    fn file(
        &self,
        commit: &str,
        (name, expected): (&str, &Expected),
        fresh: &Path,
        report: &mut dyn FnMut(&str),
    ) -> Result<Pin, HubError> {
        let target = fresh.join(name);
        create_folder_of(&target)?;
        if let Ok(pin) = expected.check(&target, name, "") {
            return Ok(pin);
        }
        if expected.check(&self.folder.join(name), name, "").is_ok() {
            adopt(&self.folder, fresh, name)?;
            return Pin::of(&target);
        }
        report(&format!("downloading {name} ({:.1} MB)", expected.bytes as f64 / 1e6));
        let url = address::file(&self.client.settings().endpoint, self.repository, commit, name);
        Download { client: &self.client, url, target, expected: expected.clone() }.run(report)
    }

    /// Puts the fresh folder in place of the old one. Killed in between, the next pull finds the fresh one whole.
    fn replace(&self, fresh: &Path) -> Result<(), HubError> {
        let old = self.staging.join("old");
        if self.folder.exists() {
            fs::rename(&self.folder, &old).map_err(HubError::io(&self.folder))?;
        }
        create_folder_of(&self.folder)?;
        fs::rename(fresh, &self.folder).map_err(HubError::io(&self.folder))?;
        if let Some(parent) = self.folder.parent() {
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(HubError::io(parent))?;
        }
        fs::remove_dir_all(&self.staging).map_err(HubError::io(&self.staging))
    }
}

fn create_folder_of(path: &Path) -> Result<(), HubError> {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(HubError::io(parent))
}

/// The same file under the same name in another folder, without copying it where the file system can.
fn adopt(from: &Path, to: &Path, name: &str) -> Result<(), HubError> {
    let (source, target) = (from.join(name), to.join(name));
    let _ = fs::remove_file(&target);
    if fs::hard_link(&source, &target).is_err() {
        fs::copy(&source, &target).map_err(HubError::io(&target))?;
    }
    Ok(())
}

/// Writes `encoder.json` and `model.onnx` beside a checkpoint.
fn convert(folder: &Path) -> Result<(), HubError> {
    let (settings, graph) = encode::convert(folder, Precision::Int8).map_err(HubError::Convert)?;
    let settings = serde_json::to_vec_pretty(&settings).map_err(|e| HubError::io(folder)(e.into()))?;
    for (name, content) in CONVERTED.into_iter().zip([settings, graph]) {
        let path = folder.join(name);
        // It may be a second name of a file that is in use.
        let _ = fs::remove_file(&path);
        let mut file = File::create(&path).map_err(HubError::io(&path))?;
        file.write_all(&content).and_then(|()| file.sync_all()).map_err(HubError::io(&path))?;
    }
    Ok(())
}
