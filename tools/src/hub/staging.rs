//! A model folder, put together beside, pinned, and then put in its place whole.

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
use super::lock::{CONVERTED, Lock};
use super::reference::Repository;

/// What is put together.
pub(super) struct Plan<'a> {
    pub(super) revision: &'a str,
    pub(super) commit: &'a str,
    pub(super) files: BTreeMap<String, Expected>,
    /// Whether the files are a checkpoint.
    pub(super) converts: bool,
}

/// Where a repository is put together, and where it belongs.
#[derive(Debug)]
pub(super) struct Staging<'a> {
    pub(super) client: Client<'a>,
    pub(super) repository: &'a Repository,
    pub(super) folder: PathBuf,
    root: PathBuf,
}

impl<'a> Staging<'a> {
    pub(super) fn new(home: &Home, repository: &'a Repository, client: Client<'a>) -> Self {
        Self { client, repository, folder: repository.folder(home), root: repository.staging(home) }
    }

    /// Undoes a replacement that was killed halfway.
    pub(super) fn recover(&self) -> Result<(), HubError> {
        let old = self.old();
        match (old.exists(), self.folder.exists()) {
            (true, false) => fs::rename(&old, &self.folder).map_err(HubError::io(&old)),
            (true, true) => fs::remove_dir_all(&old).map_err(HubError::io(&old)),
            (false, _) => Ok(()),
        }
    }

    /// Where the old folder is while the fresh one takes its place.
    fn old(&self) -> PathBuf {
        self.root.join("old")
    }

    /// Where a commit is put together. The folder's own name becomes the encoder's.
    fn fresh(&self, commit: &str) -> PathBuf {
        self.root.join(commit).join(self.repository.name())
    }

    /// One file in the staging folder, ahead of the others.
    pub(super) fn peek(
        &self,
        commit: &str,
        file: (&str, &Expected),
        report: &mut dyn FnMut(&str),
    ) -> Result<Vec<u8>, HubError> {
        let fresh = self.fresh(commit);
        self.file(commit, file, &fresh, report)?;
        let path = fresh.join(file.0);
        fs::read(&path).map_err(HubError::io(&path))
    }

    /// Brings all files together in the staging folder, and puts that in place of the old one.
    pub(super) fn assemble(
        &self,
        plan: &Plan<'_>,
        old: Option<&Lock>,
        report: &mut dyn FnMut(&str),
    ) -> Result<(), HubError> {
        let fresh = self.fresh(plan.commit);
        let mut lock = Lock::new(self.repository, plan.revision, plan.commit);
        for (name, expected) in &plan.files {
            let pin = self.file(plan.commit, (name, expected), &fresh, report)?;
            lock.files.insert(name.clone(), pin);
        }
        if plan.converts {
            lock.converted = self.converted(&fresh, old.filter(|old| old.files == lock.files), report)?;
        }
        lock.write(&fresh)?;
        self.replace(&fresh)?;
        report(&format!("{} at commit {} is in {}", self.repository, plan.commit, self.folder.display()));
        Ok(())
    }

    /// The graph of the checkpoint in the staging folder: that of the old lock if it is whole, else made anew.
    fn converted(
        &self,
        fresh: &Path,
        old: Option<&Lock>,
        report: &mut dyn FnMut(&str),
    ) -> Result<BTreeMap<String, Pin>, HubError> {
        if let Some(old) = old.filter(|old| !old.converted.is_empty() && old.is_converted(&self.folder)) {
            old.converted.keys().try_for_each(|name| adopt(&self.folder, fresh, name))?;
            return Ok(old.converted.clone());
        }
        report("converting the checkpoint to an int8 graph");
        convert(fresh).inspect_err(|_| drop(fs::remove_dir_all(&self.root)))?;
        CONVERTED.into_iter().map(|name| Ok((name.to_owned(), Pin::of(&fresh.join(name))?))).collect()
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
        if let Ok(pin) = expected.check(&self.folder.join(name), name, "") {
            adopt(&self.folder, fresh, name)?;
            return Ok(pin);
        }
        report(&format!("downloading {name} ({:.1} MB)", expected.bytes as f64 / 1e6));
        let url = address::file(&self.client.settings().endpoint, self.repository, commit, name);
        Download { client: &self.client, url, target, expected: expected.clone() }.run(report)
    }

    /// Puts the fresh folder in place of the old one.
    fn replace(&self, fresh: &Path) -> Result<(), HubError> {
        if self.folder.exists() {
            fs::rename(&self.folder, self.old()).map_err(HubError::io(&self.folder))?;
        }
        create_folder_of(&self.folder)?;
        fs::rename(fresh, &self.folder).map_err(HubError::io(&self.folder))?;
        if let Some(parent) = self.folder.parent() {
            File::open(parent).and_then(|parent| parent.sync_all()).map_err(HubError::io(parent))?;
        }
        fs::remove_dir_all(&self.root).map_err(HubError::io(&self.root))
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
    let (settings, graph) = encode::convert(folder, Precision::Int8).map_err(HubError::Engine)?;
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
