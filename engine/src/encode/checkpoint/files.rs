//! The files of a model folder, read whole and no larger than is sensible.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Largest settings file, tokenizer and weights.
const MOST_SETTINGS: u64 = 1 << 20;
pub(crate) const MOST_VOCABULARY: u64 = 64 << 20;
pub(crate) const MOST_WEIGHTS: u64 = 4 << 30;

/// A file's bytes, and its path for errors.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// A folder in Hugging Face's layout; what may be absent is read when it is asked for.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) folder: PathBuf,
    pub(crate) config: Content,
    pub(crate) weights: Content,
    /// Projections' weights, in order.
    pub(crate) dense: Vec<Dense>,
}

/// One `N_Dense` folder.
#[derive(Debug)]
pub(crate) struct Dense {
    pub(crate) config: Content,
    pub(crate) weights: Content,
}

impl Content {
    /// Reads a file that has to be there.
    pub(crate) fn read(path: PathBuf, most: u64) -> Result<Self> {
        let shown = path.clone();
        Self::read_if_present(path, most)?.ok_or_else(|| Error::Model { path: shown, reason: "is absent".to_owned() })
    }

    /// Reads a file that may be absent.
    pub(crate) fn read_if_present(path: PathBuf, most: u64) -> Result<Option<Self>> {
        let refuse = |reason: String| Error::Model { path: path.clone(), reason };
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refuse(error.to_string())),
        };
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map_err(|e| refuse(e.to_string()))?;
        if bytes.len() as u64 > most {
            return Err(refuse(format!("is larger than the {most} bytes that are accepted")));
        }
        Ok(Some(Self { path, bytes }))
    }

    /// Reads a settings file that has to be there.
    pub(crate) fn settings(folder: &Path, name: &str) -> Result<Self> {
        Self::read(folder.join(name), MOST_SETTINGS)
    }

    /// Reads a settings file that may be absent.
    pub(crate) fn settings_if_present(folder: &Path, name: &str) -> Result<Option<Self>> {
        Self::read_if_present(folder.join(name), MOST_SETTINGS)
    }

    /// Parses JSON into what the caller needs of it.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.bytes).map_err(|e| Error::Model { path: self.path.clone(), reason: e.to_string() })
    }
}

/// One entry of sentence-transformers' `modules.json`.
#[derive(serde::Deserialize)]
struct Module {
    path: String,
    r#type: String,
}

impl Files {
    /// Reads a folder's settings and weights.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let mut transformer = folder.to_path_buf();
        let mut dense = Vec::new();
        if let Some(modules) = Content::settings_if_present(folder, "modules.json")? {
            for (number, module) in modules.json::<Vec<Module>>()?.into_iter().enumerate() {
                let inside = inside(folder, &module.path).ok_or_else(|| Error::Model {
                    path: modules.path.clone(),
                    reason: format!("path {:?} leads out of the folder", module.path),
                })?;
                if number == 0 {
                    transformer = inside;
                } else if module.r#type.ends_with("Dense") {
                    let config = Content::settings(&inside, "config.json")?;
                    let weights = Content::read(inside.join("model.safetensors"), MOST_WEIGHTS)?;
                    dense.push(Dense { config, weights });
                }
            }
        }
        let config = Content::settings(&transformer, "config.json")?;
        let weights = Content::read(transformer.join("model.safetensors"), MOST_WEIGHTS)?;
        Ok(Self { folder: folder.to_path_buf(), config, weights, dense })
    }
}

/// A path below a folder; `None` if it could lead elsewhere.
fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path);
    let below = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    below.then(|| folder.join(path))
}
