//! The work folder: what is built and computed once and used by several comparisons.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::engines::PEER_WIDTH;
use crate::npy::MatrixWriter;
use crate::pca::{self, Projection};
use crate::vectors::VectorsFolder;

/// Token vectors that the projection is fitted to, about.
const SAMPLE: usize = 100_000;

/// A work folder, which belongs to one corpus and its queries.
#[derive(Debug)]
pub(crate) struct Work(PathBuf);

/// Which vectors were projected, and how.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stamp {
    corpus: String,
    queries: String,
    centred: bool,
    width: usize,
}

impl Work {
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        Ok(Self(folder.to_path_buf()))
    }

    /// The data folder of maxsimd's collections.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("maxsimd")
    }

    /// A peer's index.
    pub(crate) fn index(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What building an index took.
    pub(crate) fn built(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.built.json"))
    }

    /// The corpus as peers get it.
    pub(crate) fn projected_corpus(&self) -> PathBuf {
        self.0.join("projected-corpus")
    }

    /// The queries as peers get them.
    pub(crate) fn projected_queries(&self) -> PathBuf {
        self.0.join("projected-queries")
    }

    /// Rankings by the full vectors.
    pub(crate) fn exact(&self) -> PathBuf {
        self.0.join("exact.json")
    }

    /// Rankings of one of several folders.
    pub(crate) fn exact_of(&self, folder: usize) -> PathBuf {
        self.0.join(format!("exact-{folder}.json"))
    }

    /// Writes the peers' vectors, unless they are there.
    pub(crate) fn project(&self, corpus: &Path, queries: &Path, centred: bool) -> anyhow::Result<()> {
        let (from, asked) = (VectorsFolder::open(corpus)?, VectorsFolder::open(queries)?);
        ensure!(from.width() == asked.width(), "corpus and queries have different widths");
        let (stamp_path, width) = (self.0.join("projection.json"), from.width().min(PEER_WIDTH));
        let stamp = Stamp { corpus: from.identity().to_owned(), queries: asked.identity().to_owned(), centred, width };
        let there = std::fs::read(&stamp_path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if there.as_ref() == Some(&stamp) {
            return Ok(());
        }
        let projection = Projection::fit(pca::matrix(&sample(&from)?, from.width())?, width, centred);
        write(&projection, (&from, corpus), &self.projected_corpus())?;
        write(&projection, (&asked, queries), &self.projected_queries())?;
        Ok(std::fs::write(stamp_path, serde_json::to_vec(&stamp)?)?)
    }
}

/// Token vectors of texts that are evenly spread over a folder.
fn sample(folder: &VectorsFolder) -> anyhow::Result<Vec<f32>> {
    let step = folder.token_vectors().div_ceil(SAMPLE).max(1);
    let mut values = Vec::new();
    for text in (0..folder.len()).step_by(step) {
        values.extend(folder.read(text)?);
    }
    Ok(values)
}

fn write(projection: &Projection, (from, folder): (&VectorsFolder, &Path), out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    for name in ["offsets.npy", "ids.json"] {
        std::fs::copy(folder.join(name), out.join(name))?;
    }
    let mut file = MatrixWriter::create(&out.join("vectors.npy"), from.token_vectors(), projection.width())?;
    for text in 0..from.len() {
        let projected = projection.apply(from.read(text)?)?;
        file.append(projected.as_standard_layout().as_slice().context("rows in order")?)?;
    }
    file.finish()
}
