//! Models from a hub that speaks Hugging Face's routes, into `models/ORG/REPO` of the asset folder: pinned to a commit,
//! every file checked against the hashes that the hub lists. No pickle is ever fetched.

mod address;
mod client;
mod content;
mod download;
mod error;
mod layout;
mod listing;
mod lock;
mod proxies;
mod pull;
mod reference;
mod retry;
mod settings;
mod staging;
mod token;

use std::path::{Path, PathBuf};

use maxsimd_server::home::Home;

pub use error::HubError;
pub use proxies::Proxies;
pub use reference::{PREFIX, Reference, Repository};
pub use settings::{Patience, Settings};
pub use token::Token;

use crate::assets::{Verified, exclusive};
use client::Client;
use lock::Lock;
use pull::Pull;
use staging::Staging;

/// A model that was pulled from a hub.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// Name that `--model` takes: `ORG/REPO`.
    pub name: String,
    /// Branch, tag or commit that was asked for.
    pub revision: String,
    /// The commit that it is pinned to.
    pub commit: String,
    /// Whether all its files are there (by length; `verify` reads them).
    pub pulled: bool,
    /// Bytes of its files.
    pub bytes: u64,
}

/// What is to be pulled.
#[derive(Debug, Clone)]
pub struct Request {
    /// The model.
    pub reference: Reference,
    /// Whether the commit that it is pinned to gives way to what its revision is now.
    pub update: bool,
}

/// Makes sure that a model is there and says where. What is pinned is verified and kept, unless it is to be updated.
/// What is being done is told to `report`, a line at a time.
pub fn pull(
    home: &Home,
    request: &Request,
    settings: &Settings,
    report: &mut dyn FnMut(&str),
) -> Result<PathBuf, HubError> {
    let client = Client::new(settings)?;
    let _lock = exclusive::lock(home, report)?;
    let Reference { repository, revision } = &request.reference;
    let staging = Staging::new(home, repository, client);
    Pull { staging }.run(revision.as_deref(), request.update, report)?;
    Ok(repository.folder(home))
}

/// Every model that was pulled from a hub. One whose lock cannot be read is left to `verify`.
pub fn list(home: &Home) -> Vec<Listed> {
    let locks = folders(home).into_iter().filter_map(|folder| Some((Lock::read(&folder).ok()??, folder)));
    locks
        .map(|(lock, folder)| Listed {
            pulled: lock.is_there(&folder),
            bytes: lock.bytes(),
            name: lock.repository,
            revision: lock.revision,
            commit: lock.commit,
        })
        .collect()
}

/// Reads every file of every model that was pulled from a hub and compares it with its lock.
pub fn verify(home: &Home) -> Vec<Verified> {
    folders(home).into_iter().flat_map(|folder| verify_folder(&folder)).collect()
}

fn verify_folder(folder: &Path) -> Vec<Verified> {
    match Lock::read(folder) {
        Ok(Some(lock)) => {
            let states = lock.states(folder);
            states
                .map(|(name, problem)| Verified {
                    path: folder.join(name),
                    problem: problem.map(|problem| problem.to_string()),
                })
                .collect()
        }
        Ok(None) => Vec::new(),
        Err(error) => vec![Verified { path: folder.join(lock::NAME), problem: Some(error.to_string()) }],
    }
}

/// Folders `models/*/*` with a lock, in the order of their names.
fn folders(home: &Home) -> Vec<PathBuf> {
    let below = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        entries.map(|entry| entry.path())
    };
    let mut folders: Vec<PathBuf> = below(home.root().join("models")).flat_map(below).collect();
    folders.retain(|folder| folder.join(lock::NAME).is_file());
    folders.sort_unstable();
    folders
}
